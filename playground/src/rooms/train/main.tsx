import "./train.css";
import { open } from "../../shell/page.js";
import { startPace } from "./pace.js";
import { TrainRoom } from "./room.js";
import { startSession } from "./session.js";

open(<TrainRoom />);
startPace();
startSession();
