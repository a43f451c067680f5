/**
 * Writes configurations as the numbers that the core reads (`Reader` in crates/nn/src/config.rs). A kind is its place in
 * its list here, which is the order of the core's enums.
 */

import {
  type ActivationConfig,
  type ActivationName,
  activationNames,
  normalizeActivation,
} from "../config/activations.js";
import type { ConstraintConfig } from "../config/constraints.js";
import {
  type InitializerConfig,
  type InitializerName,
  initializerNames,
  normalizeInitializer,
} from "../config/initializers.js";
import type { LayerConfig } from "../config/layers.js";
import { type LossConfig, lossNames } from "../config/losses.js";
import { type BuiltInMetricConfig, type MetricConfig, metricNames } from "../config/metrics.js";
import type { ResolvedConfig } from "../config/model.js";
import { type RegularizerConfig, regularizerStrengths } from "../config/regularizers.js";
import { type TransformConfig, transformNames } from "../config/transforms.js";

/** The whole model: `[inputs, seed, layers…, loss…, transforms…, metrics…]`; the optimizer follows by itself. */
export function encodeModel(config: ResolvedConfig): Float64Array {
  return Float64Array.from([
    config.inputs,
    config.seed,
    ...list(config.layers, encodeLayer),
    ...encodeLoss(config.loss),
    ...encodeTransforms(config.gradient),
    ...encodeMetrics(config.metrics),
  ]);
}

/** `[count, items…]`. */
function list<T>(items: readonly T[], encode: (item: T) => number[]): number[] {
  return [items.length, ...items.flatMap(encode)];
}

function encodeLayer(layer: LayerConfig): number[] {
  switch (layer.type) {
    case "dense":
      return [
        0,
        layer.units,
        Number(layer.useBias),
        ...encodeActivation(layer.activation),
        ...encodeInitializer(layer.kernelInitializer),
        ...encodeInitializer(layer.biasInitializer),
        ...encodeRegularizer(layer.kernelRegularizer),
        ...encodeRegularizer(layer.biasRegularizer),
        ...encodeConstraint(layer.kernelConstraint),
        ...encodeConstraint(layer.biasConstraint),
        Number(layer.weightNormalization),
      ];
    case "activation":
      return [1, ...encodeActivation(layer.activation)];
    case "dropout":
      return [2, layer.rate];
    case "alphaDropout":
      return [3, layer.rate];
    case "gaussianNoise":
      return [4, layer.stddev];
    case "batchNormalization":
      return [5, layer.momentum, layer.epsilon];
    case "layerNormalization":
      return [6, layer.epsilon];
    case "residual":
      return [7, ...list(layer.layers, encodeLayer)];
    case "normalization":
      return [8, layer.mean.length, ...layer.mean, ...layer.standardDeviation];
  }
}

function encodeActivation(activation: ActivationName | ActivationConfig): number[] {
  const config = normalizeActivation(activation, "activation");
  const code = activationNames.indexOf(config.type);
  switch (config.type) {
    case "leakyRelu":
      return [code, config.slope];
    case "elu":
      return [code, config.alpha];
    case "prelu":
      return [code, config.initial];
    default:
      return [code, 0];
  }
}

function encodeInitializer(initializer: InitializerName | InitializerConfig): number[] {
  const config = normalizeInitializer(initializer, "initializer");
  const code = initializerNames.indexOf(config.type);
  switch (config.type) {
    case "constant":
      return [code, config.value, 0];
    case "randomNormal":
    case "truncatedNormal":
      return [code, config.mean, config.stddev];
    case "randomUniform":
      return [code, config.min, config.max];
    case "orthogonal":
    case "identity":
      return [code, config.gain, 0];
    default:
      return [code, 0, 0];
  }
}

function encodeRegularizer(regularizer: RegularizerConfig | undefined): number[] {
  const { l1, l2 } = regularizerStrengths(regularizer);
  return [l1, l2];
}

/** `[kind, a, b]`; the kind 0 is none, and a nonNegative weight is one in the range from 0. */
function encodeConstraint(constraint: ConstraintConfig | undefined): number[] {
  switch (constraint?.type) {
    case undefined:
      return [0, 0, 0];
    case "maxNorm":
      return [1, constraint.maxValue, 0];
    case "unitNorm":
      return [2, 0, 0];
    case "nonNegative":
      return [3, 0, Number.POSITIVE_INFINITY];
    case "valueRange":
      return [3, constraint.min, constraint.max];
  }
}

/** `[kind, δ or label smoothing]`. */
export function encodeLoss(loss: LossConfig): number[] {
  const parameter = "delta" in loss ? loss.delta : "labelSmoothing" in loss ? loss.labelSmoothing : 0;
  return [lossNames.indexOf(loss.type), parameter];
}

/** `[count, (kind, its numbers…)…]`. */
export function encodeTransforms(configs: readonly TransformConfig[]): number[] {
  return list(configs, (config) => [transformNames.indexOf(config.type), ...encodeTransform(config)]);
}

function encodeTransform(config: TransformConfig): number[] {
  switch (config.type) {
    case "clipByValue":
      return [config.value];
    case "clipByNorm":
    case "clipByGlobalNorm":
      return [config.maxNorm];
    case "adaptiveClip":
      return [config.lambda, config.epsilon];
    case "normalizeGradient":
      return [Number(config.per === "parameter")];
    case "centralizeGradient":
      return [];
    case "gradientNoise":
      return [config.eta, config.gamma];
  }
}

/** `[count, (kind, k or threshold)…]` of the metrics that the core computes. */
export function encodeMetrics(configs: readonly MetricConfig[]): number[] {
  return list(configs.filter(isBuiltIn), (config) => [
    metricNames.indexOf(config.type),
    "k" in config ? config.k : "threshold" in config ? config.threshold : 0,
  ]);
}

/** Does the core compute it? */
export function isBuiltIn(metric: MetricConfig): metric is BuiltInMetricConfig {
  return metric.type !== "custom";
}
