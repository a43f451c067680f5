const plot = require("downhill/plot");

import("./draw.mjs").then(({ draw }) => console.log(draw(plot)));
