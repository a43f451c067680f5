/** What a training that stopped being finite probably died of, and what may help. */

import type { ResolvedConfig } from "./config/model.js";
import type { OptimizerConfig } from "./config/optimizers/index.js";
import { slower } from "./diagnose/slower.js";
import type { Advice } from "./errors.js";
import type { Place } from "./inside.js";

const lowerRate = (optimizer: OptimizerConfig, learningRate: number): Advice => ({
  remedy: `Lower the learning rate from ${learningRate} to ${learningRate / 10}.`,
  why: "Steps that are too long leap over the minimum and land where the gradient is larger still, so that the loss grows at every step.",
  paper: "Bengio, Practical recommendations for gradient-based training of deep architectures, 2012, section 3.1.1",
  change: { optimizer: slower(optimizer, 0.1, learningRate) },
});

const clip: Advice = {
  remedy: "Clip the gradient by its global norm: gradient: [clipByGlobalNorm(1)].",
  why: "One very large gradient throws all weights far away; clipping keeps its direction and bounds its length.",
  paper: "Pascanu, Mikolov, Bengio, On the difficulty of training recurrent neural networks, 2013",
  change: { gradient: [{ type: "clipByGlobalNorm", maxNorm: 1 }] },
};

const scaleInputs: Advice = {
  remedy: "Standardise the inputs (standardScaler), or check them for outliers.",
  why: "Inputs in the thousands make activations and gradients just as large.",
  paper: "LeCun, Bottou, Orr, Müller, Efficient BackProp, 1998, section 4.3",
  change: {},
};

/** The likely cause as a sentence, and remedies, best first. */
export function explain(
  place: Place,
  config: ResolvedConfig,
  learningRate: number,
): { cause: string; advice: Advice[] } {
  const clips = config.gradient.some(({ type }) => type.startsWith("clip"));
  const advice = [lowerRate(config.optimizer, learningRate), ...(clips ? [] : [clip]), scaleInputs];
  switch (place.kind) {
    case "activation":
    case "loss":
      return {
        cause: `The weights have grown until the forward pass overflowed: most likely the learning rate, ${learningRate}, is too high.`,
        advice,
      };
    case "gradient":
      return {
        cause: "The loss is finite but its gradient overflowed on the way back: the gradient explodes over the layers.",
        advice: clips ? advice : [clip, lowerRate(config.optimizer, learningRate), scaleInputs],
      };
    case "parameter":
      return {
        cause: `The update itself overflowed: the learning rate, ${learningRate}, is far too high, or epsilon is so small that a zero gradient was divided by zero.`,
        advice,
      };
  }
}
