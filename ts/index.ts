/** The public names of `downhill`, and nothing else. */

export type { Callback, CallbackContext } from "./callbacks/index.js";
export * from "./config/activations.js";
export { init, type RuntimeInfo, runtimeInfo, type InitOptions } from "./core/runtime.js";
export { Model } from "./model.js";
export { Optimizer } from "./optimizer.js";
export { minimize } from "./minimize.js";
export { adam, adamw, sgd, rmsprop, adagrad } from "./config/optimizers.js";
export { dense, dropout, batchNormalization, residual } from "./config/layers.js";
export { cosineDecay } from "./config/schedules.js";
export { matrix } from "./data/matrix.js";
export { Dataset } from "./data/dataset.js";
