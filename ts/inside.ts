/** What a model holds, for the parts of the package that work with it: fit, saving, metrics, errors. */

import type { LayerConfig } from "./config/layers.js";
import { metricName } from "./config/metrics.js";
import { countOutputs, countParameters, type ResolvedConfig } from "./config/model.js";
import type { Part } from "./config/optimizers/nesting.js";
import { cross } from "./core/cross.js";
import { isBuiltIn } from "./core/encode.js";
import type { CoreModel } from "./core/load.js";
import { requireRoom } from "./core/memory.js";
import { layerName, type Tensor } from "./core/names.js";
import type { Instance } from "./core/runtime.js";
import { type Matrix, make } from "./data/matrix.js";
import type { TargetKind } from "./data/samples.js";
import { ConfigError } from "./errors.js";
import type { PartRates } from "./rates.js";
import type { ModelSearch } from "./search.js";
import type { Training } from "./training.js";

/** The parts of an open model. */
export interface Inside {
  readonly instance: Instance;
  readonly core: CoreModel;
  readonly config: ResolvedConfig;
  readonly tensors: readonly Tensor[];
  readonly targets: TargetKind;
  /** the optimizer's, as the core has them */
  readonly parts: readonly Part[];
  rates: PartRates;
  /** where the optimizer is `lbfgs`, which makes its updates outside of the core */
  readonly search: ModelSearch | undefined;
  /** of each tensor: does `freeze` hold it? */
  frozen: readonly boolean[];
  /** rates of the last `fit` with a schedule of its own that was a config */
  scheduled: PartRates | undefined;
  /** losses of the last fit's epochs, Infinity last if it diverged: for `diagnose` */
  losses: readonly number[];
  /** what a file must hold of the fit under way, or of the one that a file broke off, until the next fit */
  training: (() => Training) | undefined;
  /** calls of `evaluate` so far: it and the validation of a fit use the same sums */
  evaluations: number;
  /** the most rows that there was room for: of a pass in inference, of one in training */
  readonly largest: [inference: number, training: number];
  /** parameters set or frozen from outside so far: replicas of a fit are then made anew */
  edits: number;
  /** a fit is under way */
  fitting: boolean;
  /** disposed during that fit, which frees the core when it ends */
  disposed: boolean;
}

/**
 * Metric values by name, in the order of the configuration.
 *
 * @param values of the metrics that the core computes
 * @param outputs predictions and targets, asked for only if a metric of the user's own needs them
 */
export function nameMetrics(
  { config, targets }: Inside,
  values: ArrayLike<number>,
  outputs: () => readonly [predictions: Float32Array, target: Matrix],
): Record<string, number> {
  const named: Record<string, number> = {};
  let given: readonly [Matrix, Matrix] | undefined;
  let next = 0;
  for (const metric of config.metrics) {
    if (isBuiltIn(metric)) {
      named[metricName(metric)] = values[next++] ?? Number.NaN;
      continue;
    }
    if (given === undefined) {
      const [predictions, target] = outputs();
      given = [make(predictions, predictions.length / targets.columns, targets.columns), target];
    }
    named[metric.name] = metric.compute(...given);
  }
  return named;
}

/**
 * Asks for the memory of a pass over so many rows. The buffers stay, so what there was room for once is not asked again.
 *
 * @param more numbers that are needed at the same time
 * @throws MemoryError `MEMORY`
 */
export function requirePass(inside: Inside, rows: number, training: boolean, more = 0): void {
  const { instance, largest } = inside;
  const kind = Number(training);
  const isLarger = rows > (largest[kind] ?? 0);
  if (!isLarger && more === 0) return;
  // Of what the making of the model left for it.
  const numbers = (isLarger ? passNumbers(inside, rows, training) : 0) + more;
  requireRoom(instance, numbers, `a pass over ${rows} rows at once`, 2 ** 15);
  largest[kind] = Math.max(rows, largest[kind] ?? 0);
}

/** Numbers that a pass over so many rows may need. */
export function passNumbers({ config, largest }: Inside, rows: number, training: boolean): number {
  const { layers, inputs } = config;
  // A layer keeps its output and at most as much again, products pack about as much, and in training come derivatives;
  // what grows may double.
  const each = (training ? 6 : 3) * ((largest[Number(training)] ?? 0) > 0 ? 2 : 1);
  // Weights that are averaged, packed for a product, or normalised with their gradients, are copies.
  const weights = (training ? 4 : 3) * countParameters(layers, inputs);
  return each * rows * (countOutputs(layers, inputs) + inputs) + weights;
}

/** Where the core found the first number that is not finite. */
export interface Place {
  /** `layers.1` */
  readonly layer: string;
  /** `layers.1.output`, `loss`, `layers.0.kernel.gradient` or `layers.0.kernel` */
  readonly tensor: string;
  readonly kind: "activation" | "loss" | "gradient" | "parameter";
}

/** Asks the core where its last step or gradient stopped being finite. */
export function whereNotFinite({ instance, core, tensors, config }: Inside): Place {
  const [kind, ...rest] = cross(instance, () => core.divergence());
  if (kind === 0) {
    const layer = layerName(rest);
    return { layer, tensor: `${layer}.output`, kind: "activation" };
  }
  const name = tensors[rest[0] ?? -1]?.name;
  if (name === undefined) return { layer: layerName([config.layers.length - 1]), tensor: "loss", kind: "loss" };
  const layer = name.slice(0, name.lastIndexOf("."));
  return kind === 2
    ? { layer, tensor: `${name}.gradient`, kind: "gradient" }
    : { layer, tensor: name, kind: "parameter" };
}

/** A training batch of one sample has no variance: batch normalisation refuses it. */
export function refuseSingle(config: ResolvedConfig, rows: number, advice = ""): void {
  if (rows === 1 && normalizesBatches(config.layers)) {
    throw new ConfigError("batchNormalization", `a training batch must have at least 2 samples, got 1${advice}`);
  }
}

/** Is there a layer of batch normalisation? */
export function normalizesBatches(layers: readonly LayerConfig[]): boolean {
  return layers.some(
    (layer) => layer.type === "batchNormalization" || (layer.type === "residual" && normalizesBatches(layer.layers)),
  );
}
