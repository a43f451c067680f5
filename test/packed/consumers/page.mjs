import * as downhill from "downhill";
import { train } from "./train.mjs";

train(downhill).then(
  (result) => document.body.setAttribute("data-result", result),
  (error) => document.body.setAttribute("data-result", String(error)),
);
