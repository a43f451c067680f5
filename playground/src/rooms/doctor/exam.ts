/** The examination of a fresh network, and its training, watched. */

import { type Callback, DivergenceError, type GradientRecord, Model } from "downhill";
import { histograms } from "../../canvas/histograms.js";
import { gridOf } from "../../canvas/plane.js";
import type { Samples } from "../../data/toys.js";
import { columnsOf, type LayerColumn, readColumns } from "../../network/columns.js";
import { needsAllRows } from "../../network/full-batch.js";
import type { Desk } from "../../worker/serve.js";
import { type Case, type Examination, type Moment, mapSize, type Outcome } from "./jobs.js";
import { batch, rows, samplesOf, treated } from "./patient.js";

/** Samples whose activations the histograms count. */
const counted = 64;
/** Moments of a training that are kept, at most about. */
const moments = 120;
/** How long they are gathered before they are told. */
const tellMs = 60;

export async function examine(of: Case): Promise<Examination> {
  const config = await treated(of.settings, of.taken);
  const { x, y } = samplesOf(of.settings);
  const model = await Model.create(config);
  try {
    return { of, config, report: model.diagnose(x, y) };
  } finally {
    model.dispose();
  }
}

export async function train({ settings, taken }: Case, desk: Desk<readonly Moment[]>): Promise<Outcome> {
  const config = await treated(settings, taken);
  const samples = samplesOf(settings);
  const watch = new Watch(await Model.create(config), columnsOf(config.layers), samples, settings.scale);
  const { model } = watch;
  let waiting: Moment[] = [];
  let told = 0;
  const tell = () => {
    if (waiting.length > 0) desk.tell(waiting);
    waiting = [];
    told = performance.now();
  };
  const every = Math.max(1, Math.ceil(settings.updates / moments));
  let update = 0;
  let last: GradientRecord | undefined;
  const watcher: Callback = {
    recordEvery: 1,
    onRecords: (records) => {
      last = records.at(-1);
    },
    onBatchEnd: async () => {
      update += 1;
      const done = update >= settings.updates;
      if (update % every === 0 || done) waiting.push(watch.look(update, last));
      if (performance.now() - told > tellMs) {
        tell();
        await desk.turn();
      }
      return done ? "stop" : undefined;
    },
  };
  try {
    waiting.push(watch.look(0, undefined));
    tell();
    // Advice may have changed the optimizer.
    const batchSize = needsAllRows(model.toJSON().optimizer.type) ? rows : batch;
    const epochs = Math.ceil((settings.updates * batchSize) / rows);
    const { signal } = desk;
    await model.fit(samples.x, samples.y, { epochs, batchSize, callbacks: [watcher], signal });
    return { diverged: undefined };
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
    return { diverged: error.step };
  } finally {
    tell();
    model.dispose();
  }
}

/** Looks at a network while it is trained. */
class Watch {
  readonly model: Model;
  readonly #columns: readonly LayerColumn[];
  readonly #samples: Samples;
  readonly #grid: Float32Array;

  constructor(model: Model, columns: readonly LayerColumn[], samples: Samples, scale: number) {
    this.model = model;
    this.#columns = columns;
    this.#samples = samples;
    this.#grid = gridOf(mapSize).map((value) => value * scale);
  }

  /** @param record of the update just made; without one the network is examined */
  look(update: number, record: GradientRecord | undefined): Moment {
    const { x, y, inputs } = this.#samples;
    const layers = record?.layers ?? this.model.diagnose(x, y).layers;
    const outputs = this.model.forward(x.subarray(0, counted * inputs)).layers;
    return {
      update,
      loss: this.model.evaluate(x, y).loss,
      numbers: readColumns(this.#columns, layers),
      histograms: histograms(this.#columns.map(({ output }) => outputs[output]?.output.data ?? new Float32Array())),
      map: this.model.predict(this.#grid).data,
    };
  }
}
