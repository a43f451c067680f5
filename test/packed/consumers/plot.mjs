import * as plot from "downhill/plot";
import { draw } from "./draw.mjs";

console.log(draw(plot));
