import * as downhill from "downhill";
import { train } from "./train.mjs";

train(downhill).then((result) => console.log(result));
