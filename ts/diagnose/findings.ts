/**
 * What a report means: measured numbers against thresholds. Where each threshold comes from: docs/gradients.md, whose
 * table of healthy and sick networks `scripts/doctor.mjs` measures.
 */

import type { LayerReport, Place } from "./layers.js";

/** What ails a network, the worst first. */
export type Verdict =
  | "healthy"
  | "vanishing"
  | "exploding"
  | "dead"
  | "saturated"
  | "learningRateTooHigh"
  | "inputsUnscaled";

/** One thing that is wrong. */
export interface Finding {
  readonly verdict: Exclude<Verdict, "healthy">;
  /** how far beyond its threshold: 0 just there, 1 as bad as can be */
  readonly severity: number;
  /** names of the layers where it shows; `inputs` for the data */
  readonly layers: readonly string[];
}

/** What the findings are read from. */
export interface Evidence {
  readonly places: readonly Place[];
  readonly layers: readonly LayerReport[];
  /** mean and standard deviation of each column that the first weights see */
  readonly columns: readonly Column[];
  /** the loss before each of the next updates and after the last, on this batch */
  readonly rehearsal: readonly number[];
  /** of the epochs of the last fit, in order; Infinity last where it diverged */
  readonly history: readonly number[];
  /** updates made so far */
  readonly steps: number;
  /** the loss on this batch with fresh weights of the model's seed */
  readonly fresh: number;
  /** loss of an answer that knows nothing, where the loss works from logits: ln(classes) */
  readonly chance: number | undefined;
}

/** An input column. */
export interface Column {
  readonly mean: number;
  readonly deviation: number;
}

/** Beyond these a finding is made. */
export const thresholds = {
  /** largest |mean| or deviation of an input column */
  inputScale: 10,
  /** the same of all columns, from below */
  faintInputs: 0.01,
  /** share of a layer's units without slope for any sample */
  dead: 0.9,
  /** share of a layer's outputs without slope */
  saturated: 0.5,
  /** where answers are certain: the loss by that of knowing nothing */
  wrong: 5,
  /** gradientNorm of the first hidden layer by that of the last: growth, and 1/fall */
  gradientRatio: 1000,
  /** the loss after the rehearsed updates by the loss before; now by fresh; of the last epoch by the lowest */
  lossRise: 4,
  /** median update ratio of the layers from which on a step is a leap, */
  updateRatio: 0.3,
  /** and from which on it is longer than the weights: then a loss that is at any time so many times the first is enough */
  longStep: 1,
  longStepRise: 1.2,
} as const;

/** The findings, in the order of the verdicts, the worst first. */
export function findAll(evidence: Evidence): readonly Finding[] {
  return [inputs, dead, saturated, exploding, vanishing, rateTooHigh].flatMap((find) => find(evidence) ?? []);
}

/** A hidden chain's layers from the first with weights to the last before the output layer. */
export function hiddenTrunk({ places, layers }: Pick<Evidence, "places" | "layers">): readonly LayerReport[] {
  const trunk = layers.filter((_, i) => places[i]?.path.length === 1);
  const weighty = (i: number) => {
    const type = places.find(({ name }) => name === trunk[i]?.name)?.config.type;
    return type === "dense" || type === "residual";
  };
  let [first, last] = [0, trunk.length - 1];
  while (first < last && !weighty(first)) first += 1;
  while (last > first && !weighty(last)) last -= 1;
  return trunk.slice(first, last);
}

function finding(verdict: Finding["verdict"], severity: number, layers: readonly string[]): Finding {
  return { verdict, severity: Math.min(1, Math.max(0, severity)), layers };
}

/** 0 at the threshold, 1 at infinity. */
const beyond = (value: number, threshold: number) => 1 - threshold / value;

function inputs({ columns }: Evidence): Finding | undefined {
  const worst = Math.max(...columns.map(({ mean, deviation }) => Math.max(Math.abs(mean), deviation)));
  if (worst > thresholds.inputScale) return finding("inputsUnscaled", beyond(worst, thresholds.inputScale), ["inputs"]);
  if (!(worst > 0 && worst < thresholds.faintInputs)) return undefined;
  return finding("inputsUnscaled", beyond(thresholds.faintInputs, worst), ["inputs"]);
}

/** A finding for the layers where a share is above its threshold. */
function share(
  verdict: Finding["verdict"],
  key: "deadFraction" | "saturatedFraction",
  threshold: number,
  layers: readonly LayerReport[],
): Finding | undefined {
  const found = layers.filter((layer) => layer[key] > threshold);
  if (found.length === 0) return undefined;
  const worst = Math.max(...found.map((layer) => layer[key]));
  return finding(
    verdict,
    (worst - threshold) / (1 - threshold),
    found.map(({ name }) => name),
  );
}

function dead({ layers }: Evidence): Finding | undefined {
  return share("dead", "deadFraction", thresholds.dead, layers);
}

/**
 * The output layer may be certain as long as it is right: there the loss must be far above that of knowing nothing. Where
 * hidden layers explode its certainty is their doing.
 */
function saturated(evidence: Evidence): Finding | undefined {
  const { layers, rehearsal, chance } = evidence;
  const isWrong = (rehearsal[0] ?? 0) > (chance === undefined ? wrongAnyway : thresholds.wrong * chance);
  const counts = isWrong && exploding(evidence) === undefined;
  return share("saturated", "saturatedFraction", thresholds.saturated, counts ? layers : layers.slice(0, -1));
}

/** A mean squared error of bounded outputs (of range 1 or 2) that means wrong answers. */
const wrongAnyway = 0.1;

function exploding(evidence: Evidence): Finding | undefined {
  const trunk = hiddenTrunk(evidence);
  const names = trunk.map(({ name }) => name);
  const [loss = 0] = evidence.rehearsal;
  // A network that overflows only since it was trained was driven there by its rate.
  if (evidence.steps > 0 && Number.isFinite(evidence.fresh) && !Number.isFinite(loss)) return undefined;
  if (!Number.isFinite(loss))
    return finding(
      "exploding",
      1,
      evidence.layers.map(({ name }) => name),
    );
  const growth = ratio(trunk);
  return growth > thresholds.gradientRatio ? finding("exploding", logBeyond(growth), names) : undefined;
}

function vanishing(evidence: Evidence): Finding | undefined {
  const trunk = hiddenTrunk(evidence);
  const fall = 1 / ratio(trunk);
  if (!(fall > thresholds.gradientRatio)) return undefined;
  const last = trunk.at(-1)?.gradientNorm ?? 0;
  const faint = trunk.filter(({ gradientNorm }) => gradientNorm * thresholds.gradientRatio < last);
  return finding(
    "vanishing",
    logBeyond(fall),
    faint.map(({ name }) => name),
  );
}

/**
 * The first gradient norm by the last, without the one step between neighbours that differs most: depth shrinks or swells
 * gradients at every layer, a single odd layer does not make a trend. 0 where nothing arrives, 1 where there is nothing.
 */
function ratio(trunk: readonly LayerReport[]): number {
  const norms = trunk.map(({ gradientNorm }) => gradientNorm);
  const last = norms.at(-1) ?? 0;
  if (last === 0 || norms[0] === 0) return last === 0 ? 1 : 0;
  const steps = norms.slice(1).map((norm, i) => Math.log((norms[i] as number) / norm));
  const odd = steps.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  return Math.exp(steps.reduce((sum, step) => sum + step, 0) - (steps.length > 1 ? odd : 0));
}

const logBeyond = (value: number) => 1 - Math.log(thresholds.gradientRatio) / Math.log(value);

/**
 * Rehearsed updates raise the loss; or training has taken it beyond that of fresh weights; or the last fit's climbed,
 * from an epoch to its last. What is small beside the loss of fresh weights is no rise, but the noise of having learned.
 */
function rateTooHigh({ rehearsal, history, layers, steps, fresh }: Evidence): Finding | undefined {
  const trained = layers.filter(({ weightNorm }) => weightNorm > 0);
  const ratios = trained.map(({ updateRatio }) => updateRatio).sort((a, b) => a - b);
  const median = ratios[ratios.length >> 1] ?? 0;
  const start = rehearsal[0] ?? 0;
  // What leaps may land lower by chance: then the highest loss on the way counts.
  const end = median > thresholds.updateRatio ? Math.max(...rehearsal) : (rehearsal.at(-1) ?? 0);
  const allowed = median > thresholds.longStep ? thresholds.longStepRise : thresholds.lossRise;
  // Each by what is allowed.
  const rises = [end / Math.max(start, fresh / 10) / allowed];
  if (steps > 0) {
    const climbed = (history.at(-1) ?? 0) / Math.max(Math.min(...history), fresh / 2);
    rises.push(start / fresh / thresholds.lossRise, climbed / thresholds.lossRise);
  }
  const worst = Math.max(...rises.map((rise) => (Number.isNaN(rise) ? Number.POSITIVE_INFINITY : rise)));
  if (!(worst > 1)) return undefined;
  return finding(
    "learningRateTooHigh",
    beyond(worst, 1),
    trained.map(({ name }) => name),
  );
}
