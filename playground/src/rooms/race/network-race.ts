/** The race on a network: optimizers take turns, an epoch each, on every seed. */

import { DivergenceError, dense, Model, type ModelConfig, type OptimizerConfig } from "downhill";
import { type Samples, toy } from "../../data/toys.js";
import type { Desk } from "../../worker/serve.js";
import type { Config, Lap, NetworkInput } from "./jobs.js";

interface Runner {
  readonly lane: number;
  readonly run: number;
  readonly model: Model<string>;
  step: number;
  ms: number;
}

/** How long laps are gathered before they are told. */
const tellMs = 30;

export async function networkRace(input: NetworkInput, desk: Desk<readonly Lap[]>): Promise<undefined> {
  const samples = samplesOf(input);
  const batchSize = Math.min(input.batch, samples.rows);
  const runners: Runner[] = [];
  let laps: Lap[] = [];
  let told = performance.now();
  const tell = async () => {
    if (laps.length > 0) desk.tell(laps);
    laps = [];
    await desk.turn();
    told = performance.now();
  };
  try {
    for (const [run, seed] of input.seeds.entries()) {
      for (const [lane, config] of input.lanes.entries()) {
        const model = await Model.create(configOf(input, samples, config, seed));
        runners.push({ lane, run, model, step: 0, ms: 0 });
        const { loss } = model.evaluate(samples.x, samples.y);
        laps.push({ lane, run, epoch: 0, step: 0, loss, ms: 0 });
      }
    }
    await tell();
    let racing = runners;
    for (let epoch = 1; epoch <= input.epochs && racing.length > 0; epoch++) {
      const left: Runner[] = [];
      for (const runner of racing) {
        if (performance.now() - told > tellMs) await tell();
        if (desk.signal.aborted) return undefined;
        const loss = await lap(runner, samples, batchSize, desk.signal);
        if (!Number.isNaN(loss)) left.push(runner);
        laps.push({ lane: runner.lane, run: runner.run, epoch, step: runner.step, loss, ms: runner.ms });
      }
      racing = left;
    }
    await tell();
    return undefined;
  } finally {
    for (const { model } of runners) model.dispose();
  }
}

/** One epoch; NaN if the run diverged. */
async function lap(runner: Runner, { x, y }: Samples, batchSize: number, signal: AbortSignal): Promise<number> {
  try {
    const { epochs, steps } = await runner.model.fit(x, y, { batchSize, signal });
    const { loss = Number.NaN, durationMs = 0 } = epochs.at(-1) ?? {};
    runner.step += steps;
    runner.ms += durationMs;
    return loss;
  } catch (error) {
    if (error instanceof DivergenceError) return Number.NaN;
    throw error;
  }
}

/** The same data for all seeds: these are seeds of weights and batches. */
function samplesOf({ data }: NetworkInput): Samples {
  if (data === "curve") return toy("waves", { seed: 1, rows: 256, noise: 0.3 });
  return toy("spirals", { seed: 1, rows: 400, noise: 0.2 });
}

function configOf(
  { hidden }: NetworkInput,
  { inputs, classes }: Samples,
  optimizer: Config,
  seed: number,
): ModelConfig {
  const layer = dense(hidden, { activation: "tanh" });
  const end = dense(classes === 0 ? 1 : classes);
  return {
    inputs,
    layers: [layer, layer, end],
    loss: classes === 0 ? "meanSquaredError" : "sparseCategoricalCrossEntropy",
    optimizer: optimizer as OptimizerConfig,
    seed,
  };
}
