import "./rate.css";
import { open } from "../../shell/page.js";
import { RateRoom } from "./room.js";

open(<RateRoom />);
