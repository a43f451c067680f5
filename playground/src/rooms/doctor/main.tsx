import "./doctor.css";
import { open } from "../../shell/page.js";
import { startDoctor } from "./results.js";
import { DoctorRoom } from "./room.js";

open(<DoctorRoom />);
startDoctor();
