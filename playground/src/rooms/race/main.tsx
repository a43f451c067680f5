import { open } from "../../shell/page.js";
import { RaceRoom } from "./room.js";

open(<RaceRoom />);
