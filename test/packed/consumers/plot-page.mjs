import * as plot from "downhill/plot";
import { draw } from "./draw.mjs";

const drawn = draw(plot);
const image = new Image();
image.onload = () => document.body.setAttribute("data-result", image.naturalWidth > 0 ? drawn : "an empty picture");
image.onerror = () => document.body.setAttribute("data-result", "no picture");
image.src = `data:image/svg+xml,${encodeURIComponent(JSON.parse(drawn).pictures[0])}`;
