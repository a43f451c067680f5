/** Callbacks: their types and those of the library. */

export type {
  Callback,
  CallbackContext,
  CallbackModel,
  Logs,
  MonitorMode,
  Sink,
  Verdict,
} from "./callback.js";
export { checkCallback } from "./callback.js";
export type { CSVLoggerOptions } from "./csv-logger.js";
export { csvLogger } from "./csv-logger.js";
export type { EarlyStopping, EarlyStoppingOptions, EarlyStoppingState } from "./early-stopping.js";
export { earlyStopping } from "./early-stopping.js";
export type { ModelCheckpointOptions } from "./model-checkpoint.js";
export { modelCheckpoint } from "./model-checkpoint.js";
export type { ProgressBarOptions } from "./progress-bar.js";
export { progressBar } from "./progress-bar.js";
export { terminateOnNaN } from "./terminate-on-nan.js";
