/**
 * The entry `downhill/worker-thread`: for a worker file of the user's own, where the page's content policy forbids what
 * `WorkerModel` does by itself. The file's whole content: `import { serve } from "downhill/worker-thread"; serve();`
 */
export { type Port, serve } from "./serve.js";
