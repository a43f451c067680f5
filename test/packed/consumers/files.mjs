import * as downhill from "downhill";
import * as files from "downhill/node";
import { goOn } from "./files-resume.mjs";

goOn(downhill, files).then((result) => console.log(JSON.stringify(result)));
