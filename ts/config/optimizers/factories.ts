/** The public factories and the types of their options, all of which `ts/index.ts` hands on. */

export { type AdagradOptions, adagrad } from "./adagrad.js";
export { type AdamOptions, adam, adamw } from "./adam.js";
export { type RmspropOptions, rmsprop } from "./rmsprop.js";
export { type SgdOptions, sgd } from "./sgd.js";
export { type EmaOptions, ema, type LookaheadOptions, lookahead, perParameter, switchAt } from "./wrappers.js";
