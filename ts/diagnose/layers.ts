/** The layers of a report: their names and configs, and the numbers that the core gives for each. */

import type { GradientRecord } from "../callbacks/record-gradients.js";
import type { LayerConfig } from "../config/layers.js";
import type { Core } from "../core/load.js";
import { layerName } from "../core/names.js";

/** What one training pass tells about one layer. */
export interface LayerReport {
  /** by place in the config, `layers.2.layers.0` inside a residual block; or the layer's own name */
  readonly name: string;
  /** mean of the layer's output over batch and units; of the last layer, where the loss works from logits, the logits */
  readonly activationMean: number;
  /** standard deviation of the same numbers */
  readonly activationStd: number;
  /** share, 0 … 1, of outputs where the slope of a bounded activation is below 1/20 of its steepest */
  readonly saturatedFraction: number;
  /** share, 0 … 1, of units whose activation has no slope for any sample of the batch: relu that gives 0 for all */
  readonly deadFraction: number;
  /** √mean((∂loss/∂output)²) over batch and units */
  readonly gradientNorm: number;
  /** ‖∂loss/∂kernel‖; of a layer without a kernel, over all its weights; 0 without weights */
  readonly parameterGradientNorm: number;
  /** ‖kernel‖, or ‖weights‖ of a layer without a kernel */
  readonly weightNorm: number;
  /** ‖Δθ‖/‖θ‖ of the same weights, for the step that the optimizer would take now; Infinity from weights that are all 0 */
  readonly updateRatio: number;
}

/** A layer of the config and where it stands. */
export interface Place {
  readonly name: string;
  readonly config: LayerConfig;
  readonly path: readonly number[];
}

/** All layers in the order of computation: a residual block after the layers inside it. The core counts the same way. */
export function listLayers(layers: readonly LayerConfig[], above: readonly number[] = []): readonly Place[] {
  return layers.flatMap((config, i) => {
    const path = [...above, i];
    const own = { name: config.name ?? layerName(path), config, path };
    return config.type === "residual" ? [...listLayers(config.layers, path), own] : [own];
  });
}

/** Numbers in a row of the core's (`crates/nn/src/diagnose.rs`). */
const width = 8;

/** The core's rows as objects. Written out: a fit makes one for every layer and watched update. */
export function readLayers(places: readonly Place[], rows: ArrayLike<number>, from = 0): readonly LayerReport[] {
  return places.map(({ name }, i) => {
    const at = from + i * width;
    const number = (j: number) => rows[at + j] as number;
    return {
      name,
      activationMean: number(0),
      activationStd: number(1),
      saturatedFraction: number(2),
      deadFraction: number(3),
      gradientNorm: number(4),
      parameterGradientNorm: number(5),
      weightNorm: number(6),
      updateRatio: number(7),
    };
  });
}

/**
 * The geometric mean of gradientNorm(l)/gradientNorm(l + 1) over the outermost layers: below 1 where the gradient shrinks
 * on its way to the input. 1 for a single layer.
 */
export function decayPerLayer(
  places: readonly Place[],
  layers: readonly LayerReport[],
  { pow }: Pick<Core, "pow">,
): number {
  const trunk = layers.filter((_, i) => places[i]?.path.length === 1);
  const [first, last] = [trunk[0]?.gradientNorm ?? 0, trunk.at(-1)?.gradientNorm ?? 0];
  // The product of the ratios is the first norm by the last.
  return trunk.length < 2 || first === last ? 1 : pow(first / last, 1 / (trunk.length - 1));
}

/**
 * What the core saw in watched updates: for each `[step, loss]` and a row for each layer.
 *
 * @param every those whose index is a multiple of this
 */
export function readRecords(
  config: readonly LayerConfig[],
  rows: ArrayLike<number>,
  every: number,
  core: Pick<Core, "pow">,
): GradientRecord[] {
  const places = listLayers(config);
  const size = 2 + places.length * width;
  const records: GradientRecord[] = [];
  for (let at = 0; at < rows.length; at += size) {
    const [step, loss] = [rows[at] as number, rows[at + 1] as number];
    if (step % every !== 0) continue;
    const layers = readLayers(places, rows, at + 2);
    records.push({ step, loss, layers, decayPerLayer: decayPerLayer(places, layers, core) });
  }
  return records;
}
