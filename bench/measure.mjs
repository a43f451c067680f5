// Measuring two sides in turns, so that what disturbs the machine disturbs both.
import { peakProbe } from "./peak.mjs";
import { flopsOfStep, prepare } from "./workloads.mjs";

/** How far the losses of both sides may be apart, relatively: thousands of updates in 32-bit floats, summed in another order. */
const lossTolerance = 0.02;

/**
 * @param {import("./workloads.mjs").Workload} workload
 * @param {{ rounds?: number, warmUpMs?: number }} [options] rounds: turns of each side
 * @returns times of one step in microseconds, minimum and median, of both sides, their ratio (of the minima), and the peak
 */
export async function measure(workload, { rounds = 30, warmUpMs = 400 } = {}) {
  const probe = peakProbe();
  const sides = await prepare(workload);
  const losses = { downhill: [], baseline: [] };
  const times = { downhill: [], baseline: [] };
  const peaks = [];
  const turn = async (side) => {
    const start = performance.now();
    const loss = await sides[side]();
    times[side].push(((performance.now() - start) * 1000) / workload.steps);
    losses[side].push(loss);
  };
  const warm = performance.now() + warmUpMs;
  for (let i = 0; i < 2 || performance.now() < warm; i++) {
    await turn("downhill");
    await turn("baseline");
    probe();
  }
  for (const side of Object.keys(times)) times[side] = [];
  for (let round = 0; round < rounds; round++) {
    // Whoever comes second finds the other's data in the caches: they take turns.
    for (const side of round % 2 === 0 ? ["downhill", "baseline"] : ["baseline", "downhill"]) await turn(side);
    peaks.push(probe());
  }
  sides.dispose();
  followed(workload, losses);
  const flops = flopsOfStep(workload);
  const side = (all) => ({ min: Math.min(...all), median: median(all), gflops: flops / Math.min(...all) / 1e3 });
  const [downhill, baseline] = [side(times.downhill), side(times.baseline)];
  return {
    id: workload.id,
    name: workload.name,
    steps: workload.steps,
    downhill,
    baseline,
    ratio: baseline.min / downhill.min,
    medianRatio: baseline.median / downhill.median,
    peakGflops: Math.max(...peaks),
    loss: { first: losses.downhill[0], downhill: losses.downhill.at(-1), baseline: losses.baseline.at(-1) },
    wanted: workload.wanted,
  };
}

/** Both sides must have learned, and the same: else the times compare different things. */
function followed({ name }, { downhill, baseline }) {
  const [ours, theirs] = [downhill[0], baseline[0]];
  if (!(Math.abs(ours - theirs) <= lossTolerance * Math.abs(theirs))) {
    throw new Error(`${name}: after the first turn the losses differ: downhill ${ours}, plain JavaScript ${theirs}`);
  }
  if (!(downhill.at(-1) <= ours && baseline.at(-1) <= theirs)) {
    throw new Error(`${name}: the loss rose: ${ours} → ${downhill.at(-1)}, ${theirs} → ${baseline.at(-1)}`);
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/**
 * Whether a row holds what it must: the ratio of the minima, in the same run.
 *
 * @param {{ wanted?: number | undefined, ratio: number }} row
 * @returns {"met" | "missed" | "not asked"}
 */
export function verdict({ wanted, ratio }) {
  if (wanted === undefined) return "not asked";
  return ratio >= wanted ? "met" : "missed";
}
