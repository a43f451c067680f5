/** The worker's whole program; the build makes one string of it (`program.ts`). */

import { serve } from "./serve.js";

serve();
