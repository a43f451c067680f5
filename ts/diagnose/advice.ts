/**
 * What to change in a network that does not learn. A remedy is made of ingredients, each with its own reason, so that a
 * change never holds more than its `why` names.
 */

import type { Initializer } from "../config/initializers.js";
import type { DenseConfig, LayerConfig } from "../config/layers.js";
import { outputWidth, type ResolvedConfig } from "../config/model.js";
import { normalizeOptimizer, type OptimizerConfig } from "../config/optimizers/index.js";
import type { Matrix } from "../data/matrix.js";
import type { Advice } from "../errors.js";
import { type Evidence, type Finding, hiddenTrunk } from "./findings.js";
import type { LayerReport } from "./layers.js";
import { activationAfter, deviationFor, initializerFor, nameOf, type Rebuild, rebuild } from "./rebuild.js";
import { robustScale } from "./robust.js";
import { slower } from "./slower.js";

/** All that a remedy may be made of. */
export interface Patient extends Evidence {
  readonly config: ResolvedConfig;
  readonly x: Matrix;
  readonly learningRate: number;
  /** losses of updates from the seed's fresh weights at `factor` times the present rates: before each, and after the last */
  readonly rehearse: (factor: number) => readonly number[];
}

/** One part of a remedy. */
interface Ingredient {
  readonly remedy: string;
  readonly why: string;
  readonly paper: string;
  readonly layers?: Rebuild;
  readonly optimizer?: OptimizerConfig;
  readonly gradient?: ResolvedConfig["gradient"];
}

/** Remedies for the findings, best first. */
export function advise(patient: Patient, findings: readonly Finding[]): readonly Advice[] {
  const known = new Set<string>();
  return findings
    .flatMap((finding) => treatments[finding.verdict](patient, finding))
    .map((ingredients) =>
      combine(
        patient,
        ingredients.filter((each) => each !== undefined),
      ),
    )
    .filter(({ remedy, change }) => changes(change, patient.config) && !known.has(remedy) && known.add(remedy));
}

/** Is anything different? There may be no layer to put a normalisation behind. */
const changes = (change: Advice["change"], config: ResolvedConfig) =>
  Object.entries(change).some(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(config[key as keyof ResolvedConfig]),
  );

type Mixture = readonly (Ingredient | undefined)[];

const treatments: Readonly<Record<Finding["verdict"], (patient: Patient, finding: Finding) => readonly Mixture[]>> = {
  inputsUnscaled: (p) => [[scaleInputs(p)], [normalizeInputs]],
  dead: (p, { layers }) => {
    const start = initialize(p, layers);
    return p.steps === 0
      ? [[start], [leaky(p, layers), start], [normalize]]
      : [[lowerRateIfBetter(p), clip(p), leaky(p, layers)], [clip(p)], [leaky(p, layers)]];
  },
  saturated: (p, { layers }) => {
    const output = p.layers.at(-1)?.name ?? "";
    const isOutput = layers.includes(output);
    const start = initialize(p, layers);
    const hidden = !isOutput || layers.length > 1;
    return [
      [hidden ? (start ?? astray(p)) : undefined, isOutput ? initializeOutput(p) : undefined],
      [normalize],
      [relu(p), initialize(p, layers, "relu")],
      [decay(p)],
      [constrain(p)],
    ];
  },
  exploding: (p, { layers }) => {
    const start = initialize(p, layers);
    const first = start ?? astray(p);
    return [
      [first, first.optimizer === undefined ? adaptive(p) : undefined],
      [start, normalize],
      [normalize],
      [clip(p)],
      [lowerRate(p)],
      [warmUp(p)],
    ];
  },
  vanishing: (p, { layers }) => {
    const activations = relu(p);
    const start = initialize(p, layers, activations === undefined ? undefined : "relu");
    return [
      [activations, start, (activations ?? start) && adaptive(p)],
      [activations, start, normalize],
      [normalize],
      [residual(p)],
      [adaptive(p)],
    ];
  },
  learningRateTooHigh: (p) => [[lowerRate(p)], [warmUp(p)], [clip(p)], [adaptive(p)]],
};

/** One remedy of its parts; the change holds what they name and nothing else. */
function combine({ config }: Patient, parts: readonly Ingredient[]): Advice {
  const join = (key: "remedy" | "why" | "paper", by: string) => [...new Set(parts.map((part) => part[key]))].join(by);
  const plan: Rebuild = Object.assign({}, ...parts.map(({ layers }) => layers));
  const last = <K extends "optimizer" | "gradient">(key: K) => parts.findLast((part) => part[key] !== undefined)?.[key];
  const [optimizer, gradient] = [last("optimizer"), last("gradient")];
  return {
    remedy: join("remedy", " "),
    why: join("why", " "),
    paper: join("paper", "; "),
    change: {
      ...(parts.some(({ layers }) => layers) && { layers: rebuild(config.layers, plan, config.inputs) }),
      ...(optimizer && { optimizer: normalizeOptimizer(optimizer, "optimizer") }),
      ...(gradient && { gradient }),
    },
  };
}

const digits = (value: number) => Number(value.toPrecision(3));
const percent = (share: number) => `${Math.round(100 * share)} %`;

/** Every hidden dense layer with what its output goes through and its kernel's shape. */
function hiddenKernels({ config, layers, places }: Patient) {
  const found: { report: LayerReport; after: string; kernel: Initializer; shape: readonly number[] }[] = [];
  const walk = (list: readonly LayerConfig[], path: readonly number[], inputs: number) => {
    let width = inputs;
    list.forEach((layer, i) => {
      const here = [...path, i].join();
      if (layer.type === "residual") walk(layer.layers, [...path, i], width);
      const report = layers[places.findIndex((place) => place.path.join() === here)];
      if (layer.type === "dense" && report !== undefined)
        found.push({
          report,
          after: nameOf(activationAfter(list, i)),
          kernel: layer.kernelInitializer,
          shape: [width, layer.units],
        });
      width = outputWidth([layer], width);
    });
  };
  walk(config.layers, [], config.inputs);
  return found.slice(0, -1);
}

/** A kernel is drawn well if its deviation is within this factor of what suits the activation, */
const fitting = 1.5;
/** or, once trained, if an initialiser of this name drew it. */
const scaled = /^(he|lecun|glorot|orthogonal)/;

/** Where the initialiser is not to blame, a trained network was led astray by its rate, and a fresh one needs more. */
const astray = (patient: Patient) => (patient.steps > 0 ? lowerRate(patient) : normalize);

/** The named hidden layer whose kernel is furthest from what suits its activation; all of them if none is named. */
function initialize(patient: Patient, names: readonly string[], activation?: "relu"): Ingredient | undefined {
  const sizes = hiddenKernels(patient).map(({ report, after, kernel, shape: [inputs = 1, units = 1] }) => {
    const actual = report.weightNorm / Math.sqrt(inputs * units);
    const wanted = deviationFor(activation ?? (after as "relu"), [inputs, units]);
    const suits = scaled.test(typeof kernel === "string" ? kernel : kernel.type);
    return { report, after: activation ?? after, actual, wanted, suits, off: Math.abs(Math.log(actual / wanted)) };
  });
  const bias = patient.config.layers.some((layer) => layer.type === "dense" && layer.biasInitializer !== "zeros");
  const worst = sizes.reduce((a, b) => (b.off > a.off ? b : a), sizes[0] as (typeof sizes)[number]);
  if (worst === undefined) return undefined;
  const { report, after, actual, wanted, off } = worst;
  if (activation === undefined && patient.steps === 0 && off < Math.log(fitting) && !bias) return undefined;
  if (activation === undefined && patient.steps > 0 && sizes.every(({ suits }) => suits)) return undefined;
  const name = initializerFor(after as "relu");
  const shift = bias || patient.steps > 0 || names.length === 0 ? ", biases start at 0" : "";
  return {
    remedy: `Initialise the kernels of the hidden layers with ${name}${bias ? " and their biases with zeros" : ""}.`,
    why: `Kernels whose deviation suits ${after} keep signals and gradients the same size from layer to layer: in ${report.name} it is ${digits(actual)}, and ${digits(wanted)} would suit it${shift}.`,
    paper:
      name === "heNormal"
        ? "He et al., Delving deep into rectifiers, 2015"
        : name === "lecunNormal"
          ? "Klambauer et al., Self-normalizing neural networks, 2017"
          : "Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010",
    layers: { initialize: true },
  };
}

function initializeOutput({ layers, config, chance }: Patient): Ingredient {
  const { name, activationStd = 0, saturatedFraction = 0 } = layers.at(-1) ?? {};
  const last = config.layers.findLast(({ type }) => type === "dense") as DenseConfig;
  const what = chance === undefined ? "outputs" : "logits";
  return {
    remedy: `Initialise the kernel of the output layer with ${initializerFor(last.activation)} and its bias with zeros.`,
    why: `The ${what} of ${name} have a deviation of ${digits(activationStd)}: ${percent(saturatedFraction)} of the answers are certain before anything is learned, and wrong. A kernel and bias that start small let it begin undecided.`,
    paper: "Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010",
    layers: { initializeOutput: true },
  };
}

const shrinking = ["sigmoid", "hardSigmoid", "tanh", "softsign", "softmax"];

/** For networks whose activations shrink gradients by themselves: sigmoids always; tanh and softsign once in place. */
function relu(patient: Patient): Ingredient | undefined {
  const found = hiddenKernels(patient).find(({ after }) => shrinking.includes(after));
  if (found === undefined) return undefined;
  const slope = found.after === "sigmoid" ? ", whose slope is 1/4 at most," : "";
  const trunk = hiddenTrunk(patient);
  const [first, last] = [trunk[0], trunk.at(-1)];
  const fall = first === undefined || last === undefined ? 1 : first.gradientNorm / last.gradientNorm;
  return {
    remedy: `Replace ${found.after} by relu in the hidden layers.`,
    why: `Each layer of ${found.after}${slope} shrinks what passes through it: of the gradient at ${last?.name} a share of ${digits(fall)} reaches ${first?.name}. The slope of relu is 1 for every active unit.`,
    paper: "Glorot, Bordes, Bengio, Deep sparse rectifier neural networks, 2011",
    layers: { activation: "relu" },
  };
}

/** Instead of what died: relu, or a gelu, silu or mish far below 0. */
function leaky(patient: Patient, names: readonly string[]): Ingredient | undefined {
  const kernels = hiddenKernels(patient).filter(({ after }) => mortal.includes(after));
  const found = kernels.find(({ report }) => names.includes(report.name)) ?? kernels[0];
  if (found === undefined) return undefined;
  return {
    remedy: `Replace ${found.after} by leakyRelu in the hidden layers.`,
    why: "The slope of leakyRelu for negative sums is small but not 0: no unit can die for good.",
    paper: "Maas, Hannun, Ng, Rectifier nonlinearities improve neural network acoustic models, 2013",
    layers: { activation: "leakyRelu" },
  };
}

const mortal = ["relu", "gelu", "geluTanh", "silu", "mish"];

const layerNormalization = { type: "layerNormalization", epsilon: 1e-3 } as const;

const normalize: Ingredient = {
  remedy: "Put a layerNormalization between product and activation of each hidden layer.",
  why: "Normalisation holds every hidden layer's sums at mean 0 and deviation 1, whatever the layers before do.",
  paper: "Ba, Kiros, Hinton, Layer normalization, 2016; Ioffe and Szegedy, Batch normalization, 2015",
  layers: { normalize: layerNormalization },
};

/** Where hidden layers keep the width. */
function residual(patient: Patient): Ingredient | undefined {
  const blocks = hiddenKernels(patient).filter(({ shape: [inputs, units] }) => inputs === units);
  if (blocks.length === 0 || patient.config.layers.some(({ type }) => type === "residual")) return undefined;
  return {
    remedy:
      "Put a residual block around each hidden layer that keeps the width, with a layerNormalization in front of it.",
    why: `The identity beside each of these ${blocks.length} layers lets the gradient through undiminished, however deep the network; the normalisation inside keeps the sums of many blocks in bounds.`,
    paper:
      "He et al., Identity mappings in deep residual networks, 2016; Xiong et al., On layer normalization in the transformer architecture, 2020",
    layers: { residual: layerNormalization },
  };
}

/** In front of the transforms that are there, unless one of them clips already. */
function clip({ config: { gradient } }: Patient): Ingredient | undefined {
  if (gradient.some(({ type }) => /clip/i.test(type))) return undefined;
  return {
    remedy: "Clip the gradient by its global norm: gradient: [clipByGlobalNorm(1)].",
    why: "A single huge gradient throws all weights far away; clipping keeps its direction and bounds its length.",
    paper: "Pascanu, Mikolov, Bengio, On the difficulty of training recurrent neural networks, 2013",
    gradient: [{ type: "clipByGlobalNorm", maxNorm: 1 }, ...gradient],
  };
}

/** Half decades down from the present rate. */
const factors = [1, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5];

/** Half a decade below the rate whose rehearsal from fresh weights ends lowest. */
function lowerRate(patient: Patient): Ingredient {
  return rated(patient, 1) as Ingredient;
}

/** Only if half a decade above it the rehearsal of the present rate ends no lower. */
function lowerRateIfBetter(patient: Patient): Ingredient | undefined {
  return rated(patient, 0);
}

function rated({ config, learningRate, rehearse }: Patient, from: 0 | 1): Ingredient | undefined {
  const [now = 0] = rehearse(1);
  const tried = factors.slice(0, -1);
  const ends = tried.map((factor) => rehearse(factor).at(-1) ?? Number.POSITIVE_INFINITY).map(endless);
  const least = Math.min(...ends.slice(from));
  // Where every rehearsal overflows, only what is below all of them is left.
  const overflows = least === Number.POSITIVE_INFINITY;
  const best = overflows && from === 1 ? tried.length - 1 : ends.indexOf(least, from);
  if (best === 0) return undefined;
  const factor = factors[best + 1] ?? 0.1;
  return {
    remedy: `Lower the learning rate from ${digits(learningRate)} to ${digits(learningRate * factor)}.`,
    why: overflows
      ? `Ten rehearsed updates from fresh weights overflow at the present rate and at each of ${tried.length - 1} lower ones, down to ${digits(learningRate * (factors[best] ?? 1))}; the rate proposed is below all of them.`
      : `Ten rehearsed updates from fresh weights take the loss from ${digits(now)} to ${digits(ends[0] ?? 0)} at the present rate, and to ${digits(ends[best] ?? 0)} at ${digits(learningRate * (factors[best] ?? 1))}, the best of ${ends.length} tried; the rate proposed is the next lower one, since small batches are noisier.`,
    paper: "Smith, Cyclical learning rates for training neural networks, 2017, section 3.3 (the range test)",
    optimizer: slower(config.optimizer, factor, learningRate),
  };
}

/** A loss that is no number is as bad as one beyond all numbers. */
const endless = (loss: number) => (Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss);

/** A tenth of the rate, reached in a hundred updates. */
function warmUp({ config, learningRate }: Patient): Ingredient | undefined {
  const { optimizer } = config;
  if (!("learningRate" in optimizer)) return undefined;
  const value = digits(learningRate / 10);
  return {
    remedy: `Warm up to a learning rate of ${value} within 100 updates.`,
    why: `The present rate of ${digits(learningRate)} is too high for the first updates above all, when the curvature is largest and the optimizer's averages are empty.`,
    paper: "Goyal et al., Accurate, large minibatch SGD, 2017",
    optimizer: {
      ...optimizer,
      learningRate: { type: "warmup", steps: 100, schedule: { type: "constantRate", rate: value } },
    } as unknown as OptimizerConfig,
  };
}

function adaptive({ config, layers, rehearsal: [loss] }: Patient): Ingredient | undefined {
  if (config.optimizer.type !== "sgd") return undefined;
  const norms = layers.flatMap(({ parameterGradientNorm: norm, weightNorm }) => (weightNorm > 0 ? [norm] : []));
  const range = [loss, ...norms].every(Number.isFinite)
    ? `range from ${digits(Math.min(...norms))} to ${digits(Math.max(...norms))}`
    : "overflow";
  return {
    remedy: "Replace sgd by adam with a learning rate of 0.001.",
    why: `One rate cannot suit kernels whose gradients ${range}: adam scales every weight's step by its own gradients.`,
    paper: "Kingma and Ba, Adam: a method for stochastic optimization, 2015",
    optimizer: { type: "adam", learningRate: 1e-3 } as OptimizerConfig,
  };
}

function decay({ config }: Patient): Ingredient | undefined {
  if (!("weightDecay" in config.optimizer) || config.optimizer.weightDecay > 0) return undefined;
  return {
    remedy: "Let weights decay: weightDecay 0.01.",
    why: "Sums saturate because weights are large; decay pulls back those that the loss does not need.",
    paper: "Krogh and Hertz, A simple weight decay can improve generalization, 1992",
    optimizer: { ...config.optimizer, weightDecay: 0.01 },
  };
}

/** Where the optimizer cannot let weights decay, or decay does not suffice. */
function constrain(patient: Patient): Ingredient {
  const maxNorm = 3;
  const [
    {
      report,
      shape: [, units = 1],
    } = { report: patient.layers[0], shape: [] },
  ] = hiddenKernels(patient).sort((a, b) => b.report.weightNorm - a.report.weightNorm);
  return {
    remedy: `Bound the incoming weights of every hidden unit: kernelConstraint: maxNorm({ maxValue: ${maxNorm} }).`,
    why: `Sums saturate because weights are large: a unit of ${report?.name} has a norm of about ${digits((report?.weightNorm ?? 0) / Math.sqrt(units))}. A constraint cuts it back after every update.`,
    paper: "Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, 2014, section 5.1",
    layers: { constraint: { type: "maxNorm", maxValue: maxNorm } },
  };
}

/** A normalization layer with the measured columns; robust, and with bounded outliers, where a few rows dwarf the others. */
function scaleInputs({ columns, x }: Patient): Ingredient {
  const worst = columns.reduce((a, b) =>
    Math.max(Math.abs(b.mean), b.deviation) > Math.max(Math.abs(a.mean), a.deviation) ? b : a,
  );
  const which = columns.indexOf(worst);
  const measured = `Column ${which} of the inputs has mean ${digits(worst.mean)} and deviation ${digits(worst.deviation)}`;
  const paper = "LeCun, Bottou, Orr, Müller, Efficient BackProp, 1998, section 4.3";
  const { mean, standardDeviation, hasOutliers } = robustScale(x);
  if (hasOutliers.length === 0) {
    return {
      remedy: "Normalise the inputs: a normalization layer with these means and deviations in front.",
      why: `${measured}: the gradients of its weights have that scale, too, and no rate suits them beside the others. A normalization layer with the measured means and deviations gives every column mean 0 and deviation 1.`,
      paper,
      layers: { first: [{ type: "normalization", mean, standardDeviation }] },
    };
  }
  return {
    remedy:
      "Normalise the inputs by median and quartiles and bound them: a normalization layer and a softsign activation in front.",
    why: `${measured}, but its middle half is far narrower: a few rows of column ${hasOutliers.join(", ")} are outliers (check them: unit, typing error, code for a missing value?). The normalization layer measures by median and quartiles, which they do not move, and the activation softsign bounds them.`,
    paper: `${paper}; Hampel et al., Robust statistics, 1986`,
    layers: {
      first: [
        { type: "normalization", mean, standardDeviation },
        { type: "activation", activation: "softsign" },
      ],
    },
  };
}

const normalizeInputs: Ingredient = {
  remedy: "Put a batchNormalization in front.",
  why: "Batch normalisation of the inputs measures them as training goes on, where they are not known beforehand.",
  paper: "Ioffe and Szegedy, Batch normalization, 2015",
  layers: { first: [{ type: "batchNormalization", momentum: 0.99, epsilon: 1e-3 }] },
};
