/** The public factories and the types of their options, all of which `ts/index.ts` hands on. */

export { adabelief } from "./adabelief.js";
export { type AdadeltaOptions, adadelta } from "./adadelta.js";
export { type AdafactorOptions, adafactor } from "./adafactor.js";
export { type AdagradOptions, adagrad } from "./adagrad.js";
export { type AdamOptions, adam, adamw } from "./adam.js";
export { adamax } from "./adamax.js";
export { type AdanOptions, adan } from "./adan.js";
export { type AsgdOptions, asgd } from "./asgd.js";
export { lamb } from "./lamb.js";
export { type LarsOptions, lars } from "./lars.js";
export { type LbfgsOptions, lbfgs } from "./lbfgs.js";
export { type LionOptions, lion } from "./lion.js";
export { type MuonOptions, muon } from "./muon.js";
export { type NadamOptions, nadam } from "./nadam.js";
export { type ProdigyOptions, prodigy } from "./prodigy.js";
export { radam } from "./radam.js";
export { type RmspropOptions, rmsprop } from "./rmsprop.js";
export { type RpropOptions, rprop } from "./rprop.js";
export { type ScheduleFreeAdamWOptions, scheduleFreeAdamW } from "./schedule-free.js";
export { type SgdOptions, sgd } from "./sgd.js";
export type { MomentOptions, Preset } from "./shared.js";
export {
  type EmaOptions,
  ema,
  type LookaheadOptions,
  lookahead,
  perParameter,
  type SamOptions,
  sam,
  switchAt,
} from "./wrappers.js";
export { type YogiOptions, yogi } from "./yogi.js";
