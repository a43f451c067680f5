/** What a training that stopped being finite probably died of, read from what is left, and what may help. */

import type { LayerConfig } from "./config/layers.js";
import type { ResolvedConfig } from "./config/model.js";
import { read } from "./core/memory.js";
import type { Instance } from "./core/runtime.js";
import type { Samples } from "./data/samples.js";
import { slower } from "./diagnose/slower.js";
import type { Advice, DivergenceReason } from "./errors.js";
import type { Inside, Place } from "./inside.js";

/** What a sound update reported. */
export interface Update {
  readonly loss: number;
  /** before transforms */
  readonly gradientNorm: number;
}

/** How the training went until then. */
export interface Course {
  readonly place: Place;
  readonly learningRate: number;
  /** the first and the last sound update of this fit, if there was one */
  readonly updates: readonly [first: Update, last: Update] | undefined;
  readonly training: Samples;
}

/** Standardised numbers are hardly ever beyond 10; targets may be, a while. */
const mostInput = 100;
const mostTarget = 1000;
/** A first gradient beyond this comes from the layers, not from the rate: data within the bounds above give it no reason. */
const mostGradient = 1e4;
/** Trained weights stay far below; so do those of every usual initialiser. */
const mostWeight = 1000;

/** The reason, the cause as a sentence, and remedies, best first. The model stands at its last finite weights. */
export function explain(
  inside: Inside,
  course: Course,
): { readonly reason: DivergenceReason; readonly cause: string; readonly advice: readonly Advice[] } {
  const { instance, core, config, tensors, targets } = inside;
  const { place, learningRate, updates, training } = course;
  const [first, last] = updates ?? [];
  const { clip, custom, epsilon, normalize, rate, soften } = remedies(config, learningRate);
  const given = (...advice: readonly (Advice | undefined)[]) => advice.filter((each) => each !== undefined);

  const input = normalizes(config.layers[0])
    ? undefined
    : largest(instance, training.core.x(), training.rows * config.inputs);
  if (input !== undefined && input.size > mostInput) {
    const where = `row ${Math.floor(input.at / config.inputs)}, column ${input.at % config.inputs}`;
    const cause = `The inputs are not scaled, or one is wrong: the largest is ${short(input.size)} (${where}).`;
    return { reason: "data", cause, advice: given(normalize, rate, clip) };
  }
  const target = targets.sparse
    ? undefined
    : largest(instance, training.core.labels(), training.rows * targets.columns);
  if (target !== undefined && target.size > mostTarget) {
    const row = Math.floor(target.at / targets.columns);
    const cause = `The targets are not scaled, or one is wrong: the largest is ${short(target.size)} (row ${row}).`;
    return { reason: "data", cause, advice: given(scaleTargets, rate, clip) };
  }
  const gradient = first?.gradientNorm ?? 0;
  const isLogarithm = config.loss.type === "poisson" && soften !== undefined;
  if (isLogarithm && Math.max(gradient, last?.gradientNorm ?? 0) > mostGradient) {
    const cause =
      "The loss poisson takes the logarithm of the output, which came down to 0, where its slope is ten million.";
    return { reason: "logarithm", cause, advice: given(soften, rate, clip) };
  }
  const weight = Math.max(
    ...tensors.map(({ isWeight, offset, size }) =>
      isWeight ? largest(instance, core.values() + 4 * offset, size).size : 0,
    ),
  );
  const climbed = first !== undefined && last !== undefined && last.loss > 2 * first.loss;
  const hasGrown = first !== undefined && (climbed || weight > mostWeight);
  if (gradient <= mostGradient && (hasGrown || (place.kind === "parameter" && learningRate > 1))) {
    const story =
      first === undefined || last === undefined
        ? "the update overflowed at once"
        : `the loss went from ${short(first.loss)} to ${short(last.loss)}, and the largest weight is ${short(weight)}`;
    const cause = `The learning rate, ${short(learningRate)}, is too high: ${story}.`;
    return { reason: "learningRate", cause, advice: given(rate, clip) };
  }
  if (place.kind === "gradient" || gradient > mostGradient) {
    const size = first === undefined ? "at the first step" : `its norm was ${short(gradient)} at the first update`;
    const cause = `The gradient explodes on its way back through the layers: ${size}.`;
    return { reason: "explodingGradient", cause, advice: given(custom, clip, rate) };
  }
  if (place.kind === "parameter") {
    const cause = "The update overflowed, though rate and gradient are ordinary: an epsilon near 0 divides by nothing.";
    return { reason: "overflow", cause, advice: given(epsilon, rate, clip) };
  }
  const cause = `A number left the range of 32-bit floats on its way forward: the largest weight is ${short(weight)}.`;
  return { reason: "overflow", cause, advice: given(custom, rate, clip) };
}

const short = (value: number) => String(Number(value.toPrecision(3)));

/** The largest magnitude and its place, read in parts. */
function largest(instance: Instance, pointer: number, count: number): { size: number; at: number } {
  const part = 2 ** 16;
  let [size, at] = [0, 0];
  for (let from = 0; from < count; from += part) {
    const values = read(instance, pointer + 4 * from, Math.min(part, count - from));
    for (let i = 0; i < values.length; i++) {
      const magnitude = Math.abs(values[i] as number);
      if (magnitude > size) [size, at] = [magnitude, from + i];
    }
  }
  return { size, at };
}

const normalizes = (layer: LayerConfig | undefined) => layer?.type.toLowerCase().endsWith("normalization") === true;

const scaleTargets: Advice = {
  remedy: "Scale the targets (standardScaler), and scale predictions back (inverseTransform).",
  why: "The error, and with it every gradient, is as large as the targets.",
  paper: "LeCun, Bottou, Orr, Müller, Efficient BackProp, 1998, section 4.3",
  change: {},
};

/** What may be changed in this configuration; undefined where there is nothing to change. */
function remedies(config: ResolvedConfig, learningRate: number) {
  const { layers, gradient, optimizer } = config;
  const rate: Advice = {
    remedy: `Lower the learning rate from ${learningRate} to ${Number((learningRate / 10).toPrecision(12))}.`,
    why: "Steps that are too long leap over the minimum and land where the gradient is larger still, so that the loss grows at every step.",
    paper: "Bengio, Practical recommendations for gradient-based training of deep architectures, 2012, section 3.1.1",
    change: { optimizer: slower(optimizer, 0.1, learningRate) },
  };
  const clip: Advice | undefined = gradient.some(({ type }) => type.startsWith("clip"))
    ? undefined
    : {
        remedy: "Clip the gradient by its global norm: gradient: [clipByGlobalNorm(1)].",
        why: "One very large gradient throws all weights far away; clipping keeps its direction and bounds its length.",
        paper: "Pascanu, Mikolov, Bengio, On the difficulty of training recurrent neural networks, 2013",
        change: { gradient: [{ type: "clipByGlobalNorm", maxNorm: 1 }, ...gradient] },
      };
  const normalize: Advice = {
    remedy: "Standardise the inputs (standardScaler), or put batchNormalization() in front; look for wrong rows.",
    why: "Large inputs make activations and gradients just as large; batch normalisation in front scales them in the network.",
    paper: "LeCun, Bottou, Orr, Müller, Efficient BackProp, 1998, section 4.3",
    change: { layers: [{ type: "batchNormalization" } as LayerConfig, ...layers] },
  };
  const custom: Advice | undefined = layers.some(hasOwnScale)
    ? {
        remedy: "Draw the kernels by heNormal() before relu and its relatives, else by glorotUniform().",
        why: "Kernels that are too large for their width multiply signals and gradients from layer to layer; these initialisers keep their size.",
        paper:
          "He, Zhang, Ren, Sun, Delving deep into rectifiers, 2015; Glorot, Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010",
        change: { layers: layers.map(redrawn) },
      }
    : undefined;
  const epsilon: Advice | undefined =
    "epsilon" in optimizer
      ? {
          remedy: "Raise epsilon to 1e-8.",
          why: "A weight whose gradient has been 0 so far divides 0 by epsilon.",
          paper: "Kingma, Ba, Adam: a method for stochastic optimization, 2015, algorithm 1",
          change: { optimizer: { ...optimizer, epsilon: Math.max(optimizer.epsilon, 1e-8) } },
        }
      : undefined;
  const softened = withPositiveOutput(layers);
  const soften: Advice | undefined = softened && {
    remedy: 'Give the last layer the activation "softplus".',
    why: "It is above 0 everywhere, so that the logarithm stays far from its pole.",
    paper:
      "Dugas, Bengio, Bélisle, Nadeau, Garcia, Incorporating second-order functional knowledge for better option pricing, 2001",
    change: { layers: softened },
  };
  return { rate, clip, epsilon, normalize, custom, soften };
}

const nameOf = (option: string | { readonly type: string }) => (typeof option === "string" ? option : option.type);

/** Is a kernel drawn by an initialiser that does not ask for the width of its layer? */
function hasOwnScale(layer: LayerConfig): boolean {
  if (layer.type === "residual") return layer.layers.some(hasOwnScale);
  return layer.type === "dense" && !/^(he|glorot|lecun)|orthogonal|identity/.test(nameOf(layer.kernelInitializer));
}

function redrawn(layer: LayerConfig): LayerConfig {
  if (layer.type === "residual") return { ...layer, layers: layer.layers.map(redrawn) };
  if (layer.type !== "dense" || !hasOwnScale(layer)) return layer;
  const isHalf = /relu|gelu|silu|mish|softplus|^elu/i.test(nameOf(layer.activation));
  return { ...layer, kernelInitializer: isHalf ? "heNormal" : "glorotUniform" };
}

/** The layers with softplus at the end; undefined where the output cannot be 0 or less anyway. */
function withPositiveOutput(layers: readonly LayerConfig[]): readonly LayerConfig[] | undefined {
  const last = layers.at(-1);
  const hasActivation = last?.type === "dense" || last?.type === "activation";
  if (hasActivation && /softplus|softmax|^sigmoid/.test(nameOf(last.activation))) return undefined;
  const activation = "softplus";
  return hasActivation
    ? [...layers.slice(0, -1), { ...last, activation }]
    : [...layers, { type: "activation", activation }];
}
