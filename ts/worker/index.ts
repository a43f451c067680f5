/** The entry `downhill/worker`: models that work off the main thread. */

export type { NodeWorker, WebWorker } from "../core/spawn.js";
export {
  type Transfer,
  type WorkerCallback,
  type WorkerFitOptions,
  WorkerModel,
  type WorkerModelOptions,
} from "./model.js";
