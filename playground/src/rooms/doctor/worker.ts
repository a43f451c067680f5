import { serve } from "../../worker/serve.js";
import { examine, train } from "./exam.js";
import type { DoctorJobs } from "./jobs.js";

serve<DoctorJobs>({ examine, train });
