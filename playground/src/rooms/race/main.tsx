import { open } from "../../shell/page.js";
import { startRaces } from "./results.js";
import { RaceRoom } from "./room.js";

open(<RaceRoom />);
startRaces();
