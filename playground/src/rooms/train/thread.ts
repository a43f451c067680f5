import { serve } from "downhill/worker-thread";

serve();
