/** The examination of a model: one training pass, a rehearsal of the next updates on a copy, and what both mean. */

import type { ResolvedConfig } from "../config/model.js";
import { cross } from "../core/cross.js";
import type { Matrix } from "../data/matrix.js";
import type { Samples } from "../data/samples.js";
import { type Advice, ConfigError } from "../errors.js";
import type { Inside } from "../inside.js";
import { advise } from "./advice.js";
import { type Column, type Evidence, type Finding, findAll, type Verdict } from "./findings.js";
import { decayPerLayer, type LayerReport, listLayers, readLayers } from "./layers.js";

/** What `model.diagnose` returns. */
export interface GradientReport {
  /** in the order of computation, a residual block after the layers inside it */
  readonly layers: readonly LayerReport[];
  /** the worst of the findings; `"healthy"` without any */
  readonly verdict: Verdict;
  /** the worst first: unscaled inputs, dead, saturated, exploding, vanishing, rate too high */
  readonly findings: readonly Finding[];
  /**
   * geometric mean of gradientNorm(l)/gradientNorm(l + 1) over the outermost layers, below 1 where the gradient vanishes
   */
  readonly decayPerLayer: number;
  /** what may help, best first; `applyAdvice` applies it */
  readonly advice: readonly Advice[];
  /** of this batch, regularisation included */
  readonly loss: number;
  /**
   * samples in a batch above which a larger batch hardly helps (McCandlish 2018, B_simple), from the gradients of eighths
   * of these rows against that of all; Infinity where the mean gradient drowns in noise, NaN for fewer than 16 rows
   */
  readonly gradientNoiseScale: number;
  /** η of the update that would come next */
  readonly learningRate: number;
  /** the loss before each of the next five updates on this batch, made on a copy, and after the last */
  readonly rehearsal: readonly number[];
}

/** Updates that are rehearsed. */
const rehearsed = 5;
/** Updates by which a rate to recommend is judged. */
const recommended = 10;
/** Parts of the batch whose gradients are compared with that of the whole. */
const parts = 8;

/** Examines the model on staged samples; `x` holds the same ones. Nothing of the model changes. */
export function diagnose(inside: Inside, samples: Samples, x: Matrix): GradientReport {
  const { core, instance, config, rates, targets } = inside;
  if (inside.search !== undefined)
    throw new ConfigError(
      "diagnose",
      "lbfgs makes no update from one gradient; compile a clone with another optimizer",
    );
  const step = core.counters()[0] ?? 0;
  const learningRate = rates.at(step);
  const gradientNoiseScale = noiseScale(inside, samples);
  const rows = cross(instance, () => core.diagnose(samples.core, rates.take(step, 1)));
  const loss = core.loss();
  const places = listLayers(config.layers);
  const layers = readLayers(places, rows);
  const rehearsal = Array.from(cross(instance, () => core.rehearse(samples.core, rates.take(step, rehearsed), false)));
  const rehearse = (factor: number, updates = recommended) => {
    const slowed = rates.take(step, updates).map((number, i) => (i % 2 === 0 ? number * factor : number));
    return Array.from(cross(instance, () => core.rehearse(samples.core, slowed, true)));
  };
  const works = config.loss.type.endsWith("CrossEntropy") || config.loss.type === "klDivergence";
  const evidence: Evidence = {
    places,
    layers,
    columns: seenColumns(config, x),
    rehearsal,
    history: inside.losses,
    steps: step,
    fresh: step === 0 ? loss : (rehearse(1, 0)[0] ?? loss),
    chance: works ? Math.log(Math.max(2, targets.columns)) : undefined,
  };
  const findings = findAll(evidence);
  return {
    layers,
    verdict: findings[0]?.verdict ?? "healthy",
    findings,
    decayPerLayer: decayPerLayer(places, layers, instance.core),
    advice: advise({ ...evidence, config, x, learningRate, rehearse }, findings),
    loss,
    gradientNoiseScale,
    learningRate,
    rehearsal,
  };
}

/**
 * tr(Σ)/|G|² from the squared gradient norms of small batches and of the whole (McCandlish 2018, appendix A.1): the mean
 * of |g|² over batches of B samples is |G|² + tr(Σ)/B.
 */
function noiseScale({ core, instance }: Inside, samples: Samples): number {
  const small = Math.floor(samples.rows / parts);
  if (small < 2) return Number.NaN;
  const square = (from: number, to: number) => {
    const sound = cross(instance, () => core.gradient(samples.core, from, to));
    return sound ? core.gradient_norm() ** 2 : Number.NaN;
  };
  const big = small * parts;
  let mean = 0;
  for (let part = 0; part < parts; part++) mean += square(part * small, (part + 1) * small) / parts;
  const whole = square(0, big);
  const signal = (big * whole - small * mean) / (big - small);
  const noise = (mean - whole) / (1 / small - 1 / big);
  return signal > 0 ? Math.max(0, noise / signal) : signal <= 0 ? Number.POSITIVE_INFINITY : Number.NaN;
}

/** Mean and deviation of the columns that the first weights see; none where a layer normalises them anyway. */
function seenColumns({ layers: [first] }: ResolvedConfig, { data, shape }: Matrix): readonly Column[] {
  if (first?.type === "batchNormalization" || first?.type === "layerNormalization") return [];
  const [rows, columns] = shape;
  return Array.from({ length: columns }, (_, c) => {
    let sum = 0;
    for (let i = c; i < data.length; i += columns) sum += data[i] as number;
    const mean = sum / rows;
    let squares = 0;
    for (let i = c; i < data.length; i += columns) squares += ((data[i] as number) - mean) ** 2;
    const deviation = Math.sqrt(squares / rows);
    if (first?.type !== "normalization") return { mean, deviation };
    const by = first.standardDeviation[c] as number;
    return { mean: (mean - (first.mean[c] as number)) / by, deviation: deviation / by };
  });
}
