/** The configuration of a whole model: checked as one, since layers and loss must fit each other. */

import { seed as checkSeed, integer, isRecord, list, options, show } from "../check.js";
import { ConfigError } from "../errors.js";
import { refuseAround } from "../search.js";
import { normalizeActivation } from "./activations.js";
import { type LayerConfig, normalizeLayer } from "./layers.js";
import { type Loss, type LossConfig, normalizeLoss } from "./losses.js";
import { type Metric, type MetricConfig, metricName, normalizeMetric } from "./metrics.js";
import { adam } from "./optimizers/adam.js";
import { normalizeOptimizer, type OptimizerConfig, type OptimizerLike } from "./optimizers/index.js";
import { normalizeTransforms, type Transform, type TransformConfig } from "./transforms.js";

/** What `Model.create` takes. */
export interface ModelConfig<M extends readonly Metric[] = readonly Metric[]> {
  /** features of a sample, >= 1 */
  readonly inputs: number;
  /** from the first to the last; the last one's units are the columns of the output */
  readonly layers: readonly LayerConfig[];
  /** by name, or a config such as `huber({ delta: 1 })` */
  readonly loss: Loss;
  /** default `adam()` */
  readonly optimizer?: OptimizerLike;
  /** names, configs or `{ name, compute }`; default none */
  readonly metrics?: M;
  /** gradient transforms, by name or config, applied in order before the optimizer; default none */
  readonly gradient?: readonly Transform[];
  /** of all random numbers, 0 … 2³² − 1; default 0, never random */
  readonly seed?: number;
}

/** The same with every option filled in. */
export interface ResolvedConfig {
  readonly inputs: number;
  readonly layers: readonly LayerConfig[];
  readonly loss: LossConfig;
  readonly optimizer: OptimizerConfig;
  readonly metrics: readonly MetricConfig[];
  readonly gradient: readonly TransformConfig[];
  readonly seed: number;
}

/** Parts that `compile` swaps. */
export type CompileOptions = Partial<Pick<ModelConfig, "loss" | "optimizer" | "metrics" | "gradient">>;

const known = ["inputs", "layers", "loss", "optimizer", "metrics", "gradient", "seed"] as const;

/** The whole frozen config, or a ConfigError that names the place. */
export function normalizeModel(value: unknown): ResolvedConfig {
  if (!isRecord(value)) throw new ConfigError("Model.create", `expected a config object, got ${show(value)}`);
  const given = options(value, "Model.create", known);
  if (given.inputs === undefined) throw new ConfigError("inputs", "must be given: how many numbers a sample has");
  const inputs = integer({ min: 1, max: 2 ** 32 - 1 })(given.inputs, "inputs");
  const layers = list(normalizeLayer, { minLength: 1 })(given.layers, "layers");
  checkWidths(layers, inputs, "layers");
  if (given.loss === undefined) {
    throw new ConfigError("loss", 'must be given, for example "meanSquaredError" or "sparseCategoricalCrossEntropy"');
  }
  return Object.freeze({
    inputs,
    layers,
    ...normalizeTraining(given, layers, inputs),
    seed: checkSeed(given.seed ?? 0, "seed"),
  });
}

/** Loss, optimizer, metrics and gradient transforms, checked against the layers. */
export function normalizeTraining(
  given: Readonly<Record<string, unknown>>,
  layers: readonly LayerConfig[],
  inputs: number,
): Pick<ResolvedConfig, "loss" | "optimizer" | "metrics" | "gradient"> {
  const loss = normalizeLoss(given.loss, "loss");
  checkHead(loss, layers, outputWidth(layers, inputs));
  const metrics = list(normalizeMetric)(given.metrics ?? [], "metrics");
  const names = metrics.map(metricName);
  const taken = ["epoch", "loss", "learningRate", "gradientNorm", "durationMs"];
  names.forEach((name, i) => {
    if (names.indexOf(name) < i) throw new ConfigError(`metrics[${i}]`, `"${name}" is there twice`);
    if (taken.includes(name) || name.startsWith("val_"))
      throw new ConfigError(`metrics[${i}]`, `the name "${name}" is taken`);
  });
  const optimizer = normalizeOptimizer(given.optimizer ?? adam(), "optimizer");
  const gradient = normalizeTransforms(given.gradient ?? [], "gradient");
  refuseAround(optimizer, layers, gradient);
  return {
    loss,
    optimizer,
    metrics,
    gradient,
  };
}

/** Numbers in the parameters of the layers, or a few more. */
export function countParameters(layers: readonly LayerConfig[], inputs: number): number {
  return sumOver(layers, inputs, (layer, width) =>
    layer.type === "dense" ? (width + 3) * layer.units * (layer.weightNormalization ? 1.5 : 1) : 4 * width,
  );
}

/** Numbers in the kernels of the layers: parameters, of which there may be more. */
export function countKernels(layers: readonly LayerConfig[], inputs: number): number {
  return sumOver(layers, inputs, (layer, width) => (layer.type === "dense" ? width * layer.units : 0));
}

/** Numbers that the layers give for one row. */
export function countOutputs(layers: readonly LayerConfig[], inputs: number): number {
  return sumOver(layers, inputs, (layer, width) => (layer.type === "dense" ? layer.units : width));
}

/** The sum of what each layer, residual blocks opened, adds for the columns that it gets. */
function sumOver(
  layers: readonly LayerConfig[],
  inputs: number,
  add: (layer: LayerConfig, width: number) => number,
): number {
  let width = inputs;
  return layers.reduce((sum, layer) => {
    const own = layer.type === "residual" ? sumOver(layer.layers, width, add) : add(layer, width);
    if (layer.type === "dense") width = layer.units;
    return sum + own;
  }, 0);
}

/** Columns that the layers give for `inputs` columns. */
export function outputWidth(layers: readonly LayerConfig[], inputs: number): number {
  return layers.reduce((width, layer) => (layer.type === "dense" ? layer.units : width), inputs);
}

function checkWidths(layers: readonly LayerConfig[], inputs: number, path: string): void {
  let width = inputs;
  layers.forEach((layer, i) => {
    const place = `${path}[${i}]`;
    if (layer.type === "normalization" && layer.mean.length !== width) {
      throw new ConfigError(place, `expected ${width} means, one a column of its input, got ${layer.mean.length}`);
    }
    if (layer.type === "residual") {
      checkWidths(layer.layers, width, `${place}.layers`);
      const inner = outputWidth(layer.layers, width);
      if (inner !== width) {
        throw new ConfigError(
          place,
          `a residual block must keep the width: its input has ${width} columns, its layers give ${inner}`,
        );
      }
    }
    if (layer.type === "dense") width = layer.units;
  });
}

/** The activation of the last layer, as far as a loss cares. */
export function lastActivation(layers: readonly LayerConfig[]): string {
  const last = layers.at(-1);
  if (last?.type !== "dense" && last?.type !== "activation") return "linear";
  return normalizeActivation(last.activation, "activation").type;
}

function checkHead(loss: LossConfig, layers: readonly LayerConfig[], width: number): void {
  const activation = lastActivation(layers);
  const mustBe = (head: string, instead: string) => {
    if (activation === "linear" || activation === head) return;
    throw new ConfigError(
      "loss",
      `${loss.type} works from logits or probabilities: the last layer must be linear or ${head}, it is ${activation}${instead}`,
    );
  };
  switch (loss.type) {
    case "binaryCrossEntropy":
      mustBe("sigmoid", activation === "softmax" ? '; with softmax use "categoricalCrossEntropy"' : "");
      break;
    case "categoricalCrossEntropy":
    case "sparseCategoricalCrossEntropy":
    case "klDivergence":
      if (width < 2) {
        throw new ConfigError(
          "loss",
          `${loss.type} needs at least 2 units in the last layer, got ${width}; for one unit use "binaryCrossEntropy"`,
        );
      }
      mustBe("softmax", activation === "sigmoid" ? '; with sigmoid use "binaryCrossEntropy"' : "");
  }
}
