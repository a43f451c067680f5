/** What a link to this room holds. */

import { planeNames } from "../../data/toys.js";
import type { Quantity } from "../../network/columns.js";
import { normalizationNames } from "../../network/normalizations.js";
import { ruleNames } from "../../optimizers/table.js";
import { choice, codec, list, real, whole } from "../../url/codec.js";
import { experiment } from "../../url/experiment.js";
import { activationNames, initializerNames, type Settings, usual } from "./patient.js";

/** What the bars may show: all but what has a place of its own. */
export const barNames = [
  "gradientNorm",
  "parameterGradientNorm",
  "updateRatio",
  "activationStd",
  "weightNorm",
] as const satisfies readonly Quantity[];

export type BarName = (typeof barNames)[number];

export const doctor = experiment(
  codec<Settings & { taken: readonly number[]; tried: readonly number[]; bars: BarName }>({
    depth: whole({ initial: usual.depth, min: 1, max: 40 }),
    width: whole({ initial: usual.width, min: 1, max: 128 }),
    activation: choice(activationNames, usual.activation),
    initializer: choice(initializerNames, usual.initializer),
    deviation: real({ initial: usual.deviation, min: 1e-4, max: 10 }),
    bias: real({ initial: usual.bias, min: -20, max: 20 }),
    normalization: choice(normalizationNames, usual.normalization),
    data: choice(planeNames, usual.data),
    scale: real({ initial: usual.scale, min: 1e-4, max: 1e4 }),
    optimizer: choice(ruleNames, usual.optimizer),
    rate: real({ initial: usual.rate, min: 1e-6, max: 100 }),
    updates: whole({ initial: usual.updates, min: 8, max: 4000 }),
    seed: whole({ initial: usual.seed, min: 0, max: 2 ** 32 - 1 }),
    // Numbers of the advice that was taken, and of that which is tried beside it.
    taken: list(whole({ initial: 0, min: 0, max: 20 }), { initial: [], max: 8 }),
    tried: list(whole({ initial: 0, min: 0, max: 20 }), { initial: [], max: 1 }),
    bars: choice(barNames, "gradientNorm"),
  }),
);
