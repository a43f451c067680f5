import { boolean, type Check, field, isRecord, readConfig, readFactory } from "../../check.js";
import { type AdamOptions, type AdamwConfig, adamw, adamwRow } from "./adam.js";
import type { OptimizerOf, OptimizerRow, SharedOptions } from "./shared.js";
import { amount, decay, shared } from "./shared.js";

/** Options of {@link muon}. */
export interface MuonOptions extends SharedOptions {
  /** μ, 0 <= μ < 1; default 0.95 */
  momentum?: number;
  /** looks ahead; default true */
  nesterov?: boolean;
  /** ε >= 0, the least length that is divided by; default 1e-7 */
  epsilon?: number;
  /** the options of the {@link adamw} that trains what is no kernel, its rate and its preset among them */
  adamw?: AdamOptions | AdamwConfig;
}
export type MuonConfig = Omit<OptimizerOf<"muon", MuonOptions>, "adamw"> & { readonly adamw: AdamwConfig };

const rest: Check<AdamwConfig> = (value, path) =>
  readConfig({ adamw: adamwRow }, isRecord(value) ? { type: "adamw", ...value } : value, path);

export const muonRow: OptimizerRow<MuonConfig> = {
  fields: {
    ...shared(1e-3, 0.1),
    momentum: field(decay, 0.95),
    nesterov: field<boolean>(boolean, true),
    epsilon: field(amount, 1e-7),
    adamw: field(rest, adamw()),
  },
  presets: {
    keras: { weightDecay: 0.004, adamw: adamw({ preset: "keras" }) },
    optax: { weightDecay: 0, epsilon: 1e-8, adamw: adamw({ preset: "optax", weightDecay: 0 }) },
  },
};

/**
 * Muon (Jordan 2024), for the kernels of dense layers: momentum whose step is made orthogonal, so that it goes equally far
 * in every direction: b = μb + (1 − μ)g; u = (1 − μ)g + μb, without `nesterov` b; θ −= (ηλ)θ; θ −= η·√max(1, units/inputs)·O(u).
 * O takes the singular values of u near 1, by five Newton–Schulz iterations from u/max(‖u‖, ε), in 32 bits.
 *
 * Tensors that have not two dimensions (biases, scales) are trained by `adamw`, with a rate, decay and schedule of its own; in
 * a bare `Optimizer` those are all arrays given by their lengths, and that of `minimize`. A schedule given to `fit` stands
 * for the rates of both. `excludeFromDecay` holds for both. Decay is decoupled, 0.1 by default. No bias correction: the size
 * of u does not count. The first step is η·√max(1, units/inputs)·O(g). One state buffer (AdamW's two for the rest). torch: the
 * same, but it iterates in bfloat16, 1.5e-2 away, and trains kernels alone. Keras and Optax (`contrib`) add ε to ‖u‖. Keras:
 * b = μb + g, the factor 0.2·√max(inputs, units), λ 0.004. Optax: both terms of u corrected, b by 1 − μᵗ⁺¹ with `nesterov`, g and
 * else b by 1 − μᵗ; λ 0, ε 1e-8 (and its Adam looks ahead too, ours does not). The presets train the rest by `adamw` with the same preset, which options in `adamw` replace whole.
 * TensorFlow.js has none.
 *
 * @throws ConfigError `CONFIG`
 * @example
 * ```ts
 * muon({ learningRate: 0.02, adamw: { learningRate: 3e-3 } });
 * ```
 */
export function muon(options: MuonOptions = {}): MuonConfig {
  return readFactory({ muon: muonRow }, "muon", options);
}
