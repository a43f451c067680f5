/** The same network trained in several ways: lanes take turns, an epoch each, on every seed. */

import { ConfigError, DivergenceError, dense, Model, type ModelConfig, type OptimizerConfig } from "downhill";
import { readDigits } from "../data/digits.js";
import { type Samples, take, toy } from "../data/toys.js";
import type { Desk } from "../worker/serve.js";
import type { Config, Lap, Laps, RaceInput, Task } from "./jobs.js";

interface Runner {
  readonly lane: number;
  readonly run: number;
  readonly model: Model<string>;
  readonly batchSize: number;
  readonly isAverage: boolean;
  step: number;
  ms: number;
}

/** How long laps are gathered before they are told. */
const tellMs = 30;

export async function networkRace(input: RaceInput, desk: Desk<Laps>): Promise<undefined> {
  const samples = await samplesOf(input);
  const runners: Runner[] = [];
  let laps: Lap[] = [];
  let told = performance.now();
  const tell = async () => {
    if (laps.length > 0) desk.tell({ laps });
    laps = [];
    await desk.turn();
    told = performance.now();
  };
  try {
    for (const [run, seed] of input.seeds.entries()) {
      for (const [lane, { config, fullBatch, isAverage }] of input.lanes.entries()) {
        const batchSize = fullBatch ? samples.rows : Math.min(input.batch, samples.rows);
        const model = await created(configOf(input, samples, config, seed));
        if (typeof model === "string") {
          desk.tell({ laps: [], refused: [[lane, model]] });
          continue;
        }
        runners.push({ lane, run, model, batchSize, isAverage, step: 0, ms: 0 });
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
        const loss = await lap(runner, samples, desk.signal);
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

/** The model, or why the library does not take it. */
async function created(config: ModelConfig): Promise<Model<string> | string> {
  try {
    return await Model.create<ModelConfig>(config);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

/** One epoch; NaN if the run diverged. */
async function lap(runner: Runner, { x, y }: Samples, signal: AbortSignal): Promise<number> {
  try {
    const { epochs, steps } = await runner.model.fit(x, y, { batchSize: runner.batchSize, signal });
    const { loss = Number.NaN, durationMs = 0 } = epochs.at(-1) ?? {};
    runner.step += steps;
    runner.ms += durationMs;
    return runner.isAverage ? runner.model.evaluate(x, y).loss : loss;
  } catch (error) {
    if (error instanceof DivergenceError) return Number.NaN;
    throw error;
  }
}

/** So many digits make epochs that can be watched. */
const digitRows = 1500;

let digits: Promise<Samples> | undefined;

/** Loads the digits once; what failed is tried again. */
function loadDigits(files: string): Promise<Samples> {
  digits ??= (async () => {
    const answer = await fetch(new URL("digits.bin", files));
    if (!answer.ok) throw new Error(`digits.bin: ${answer.status}`);
    const { train } = await readDigits(await answer.blob());
    return take(
      train,
      Array.from({ length: digitRows }, (_, i) => i),
    );
  })().catch((error) => {
    digits = undefined;
    throw error;
  });
  return digits;
}

/** The same data for all seeds: these are seeds of weights and batches. */
export async function samplesOf({ data, files }: Task): Promise<Samples> {
  if (data === "digits") return loadDigits(files);
  if (data === "curve") return toy("waves", { seed: 1, rows: 256, noise: 0.3 });
  return toy(data, { seed: 1, rows: 300, noise: data === "spirals" ? 0.2 : 0.5 });
}

export function configOf({ hidden }: Task, { inputs, classes }: Samples, optimizer: Config, seed: number): ModelConfig {
  const layer = dense(hidden, { activation: "relu", kernelInitializer: "heNormal" });
  const end = dense(classes === 0 ? 1 : classes);
  return {
    inputs,
    layers: [layer, layer, end],
    loss: classes === 0 ? "meanSquaredError" : "sparseCategoricalCrossEntropy",
    optimizer: optimizer as OptimizerConfig,
    seed,
  };
}
