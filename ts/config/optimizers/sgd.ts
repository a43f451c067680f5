import { field, oneOf, readFactory } from "../../check.js";
import { ConfigError } from "../../errors.js";
import type { OptimizerOf, OptimizerRow, SharedOptions } from "./shared.js";
import { fraction, off, shared } from "./shared.js";

const forms = ["torch", "keras", "ema"] as const;

/** Options of {@link sgd}. */
export interface SgdOptions extends SharedOptions {
  /** μ, 0 … 1; default 0 */
  momentum?: number;
  /** d, 0 … 1, of the form torch; default 0 */
  dampening?: number;
  /** looks ahead; needs momentum > 0, dampening 0 and the form torch or keras; default false */
  nesterov?: boolean;
  /** which momentum; default `"torch"` */
  form?: SgdForm;
}
export type SgdForm = (typeof forms)[number];

export type SgdConfig = OptimizerOf<"sgd", SgdOptions>;

export const sgdRow: OptimizerRow<SgdConfig> = {
  fields: {
    ...shared(0.01),
    momentum: field(fraction, 0),
    dampening: field(fraction, 0),
    nesterov: off,
    form: field<SgdForm>(oneOf(forms), "torch"),
  },
  words: forms,
  presets: { keras: { form: "keras" }, optax: {} },
  finish: checkSgd,
};

function checkSgd(config: SgdConfig, path: string): SgdConfig {
  const { form, momentum, dampening, nesterov } = config;
  if (nesterov && momentum === 0) throw new ConfigError(path, "nesterov needs a momentum > 0");
  if (nesterov && dampening !== 0) throw new ConfigError(path, `nesterov needs dampening 0, got ${dampening}`);
  if (nesterov && form === "ema") throw new ConfigError(path, 'nesterov needs the form "torch" or "keras", got "ema"');
  if (dampening !== 0 && form !== "torch") {
    throw new ConfigError(path, `dampening belongs to the form "torch", got the form "${form}"; leave it out`);
  }
  return config;
}

/**
 * Stochastic gradient descent, with momentum (Polyak 1964) or Nesterov's (Sutskever 2013) if wanted.
 *
 * - `"torch"`: b₁ = g, b = μb + (1 − d)g; θ −= ηb, with nesterov θ −= η(g + μb)
 * - `"keras"`: v = μv − ηg; θ += v, with nesterov θ += μv − ηg; also Polyak's heavy ball
 * - `"ema"`: v₀ = 0, v = μv + (1 − μ)g; θ −= ηv
 *
 * torch and keras agree while η is constant and d = 0. Decay is coupled (g + λθ). One state buffer, none without momentum.
 * Optax and TensorFlow.js have torch's form. learningRate 0.01 as Keras (torch 1e-3).
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true });
 * ```
 */
export function sgd(options: SgdOptions = {}): SgdConfig {
  return readFactory({ sgd: sgdRow }, "sgd", options);
}
