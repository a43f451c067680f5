/** The training that the room shows: a model in a worker, which starts again whenever what it depends on changes. */

import { computed, effect, signal, untracked } from "@preact/signals";
import { DivergenceError, DownhillError, type Matrix, type Parameter } from "downhill";
import { WorkerModel } from "downhill/worker";
import { curvePlaces } from "../../canvas/curve.js";
import { type Histograms, histograms } from "../../canvas/histograms.js";
import { gridOf } from "../../canvas/plane.js";
import { type Digits, readDigits } from "../../data/digits.js";
import { curveNames, type Samples } from "../../data/toys.js";
import { columnsOf, type LayerColumn } from "../../network/columns.js";
import { train } from "./experiment.js";
import { own } from "./own.js";
import { isDue, playing, turn } from "./pace.js";
import { drawn, type Settings, type Task, taskOf } from "./task.js";

/** Points across the map of answers, and across the small maps of units. */
export const mapSize = 64;
export const unitSize = 22;
export const curveSize = 200;

/** What is seen of a moment. */
export interface View {
  readonly epoch: number;
  /** the answers over the plane or along the curve; to the samples that are tested with, for data of one's own */
  readonly answers: Float32Array;
  /** of each column of the network its outputs, over the small plane or along the curve, unit beside unit */
  readonly outputs: readonly Float32Array[];
  readonly parameters: readonly Parameter[];
  readonly weights: Histograms;
  readonly activations: Histograms;
}

/** Losses and metrics from before the first epoch on. */
export interface Course {
  readonly epochs: readonly number[];
  readonly train: readonly number[];
  readonly test: readonly number[];
  /** accuracy, or r² */
  readonly metric: readonly number[];
  readonly testMetric: readonly number[];
}

export type Phase = "loading" | "waiting" | "training" | "done" | "diverged" | "failed";

export const phase = signal<Phase>("loading");
/** What went wrong; undefined where nothing did. */
export const failure = signal<unknown>(undefined);
export const view = signal<View | undefined>(undefined);
export const course = signal<Course>({ epochs: [], train: [], test: [], metric: [], testMetric: [] });
export const task = signal<Task | undefined>(undefined);
/** The columns of the network that is trained. */
export const columns = computed<readonly LayerColumn[]>(() => columnsOf(task.value?.config.layers ?? []));

/** Counts how often the reader asked to start from the beginning. */
const beginnings = signal(0);
export function again(): void {
  beginnings.value += 1;
  playing.value = true;
}

let model: WorkerModel<string> | undefined;

/** The model as it is; undefined before there is one. */
export const present = (): WorkerModel<string> | undefined => model;

/** The digits did not come. */
class LoadError extends Error {
  override name = "LoadError";
}

let digits: Promise<Digits> | undefined;

/** The digits are fetched once, and again where that failed. */
export function loadDigits(): Promise<Digits> {
  const fetched = async () => {
    try {
      const answer = await fetch("./digits.bin");
      if (!answer.ok) throw new Error(String(answer.status));
      return await readDigits(await answer.blob());
    } catch (error) {
      throw new LoadError(`digits.bin: ${(error as Error).message}`, { cause: error });
    }
  };
  digits ??= fetched();
  digits.catch(() => {
    digits = undefined;
  });
  return digits;
}

/** What the training depends on, compared as text. */
const wanted = computed(() =>
  JSON.stringify([train.now.value, train.now.value.data === "own" ? own.value?.version : 0, beginnings.value]),
);

const settleMs = 120;

export function startSession(): void {
  let stop: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    void wanted.value;
    stop?.abort();
    clearTimeout(timer);
    const controller = new AbortController();
    const isFirst = stop === undefined;
    stop = controller;
    const begin = () => void untracked(() => run(train.now.value, controller.signal));
    if (isFirst) begin();
    else timer = setTimeout(begin, settleMs);
  });
}

async function partsOf(settings: Settings): Promise<readonly [Samples, Samples] | undefined> {
  if (settings.data === "digits") {
    const { train: learn, test } = await loadDigits();
    return [learn, test];
  }
  if (settings.data === "own") return own.value?.read.parts;
  return drawn(settings);
}

/** One training, from fresh weights to its end or its stop. */
async function run(settings: Settings, stop: AbortSignal): Promise<void> {
  phase.value = "loading";
  failure.value = undefined;
  let mine: WorkerModel<string> | undefined;
  try {
    const parts = await partsOf(settings);
    if (stop.aborted) return;
    if (parts === undefined) {
      task.value = undefined;
      view.value = undefined;
      phase.value = "waiting";
      return;
    }
    const now = taskOf(settings, parts, settings.data === "own" ? own.value?.read.front : []);
    const made = await WorkerModel.create(now.config, {
      worker: () => new Worker(new URL("./thread.js", import.meta.url), { type: "module" }),
    });
    mine = made as unknown as WorkerModel<string>;
    if (stop.aborted) return;
    const before = model;
    model = mine;
    await before?.dispose();
    await trainNow(now, new Watch(mine, now, settings), stop);
  } catch (error) {
    if (stop.aborted) return;
    failure.value = error;
    phase.value = error instanceof DivergenceError ? "diverged" : "failed";
    if (!(error instanceof DownhillError || error instanceof LoadError)) throw error;
  } finally {
    if (stop.aborted && mine !== model) await mine?.dispose();
  }
}

async function trainNow(now: Task, watch: Watch, signal: AbortSignal): Promise<void> {
  const { train: learn, test } = now;
  await watch.start();
  task.value = now;
  await watch.look(0);
  phase.value = "training";
  await turn(signal);
  if (signal.aborted) return;
  const onEpochEnd = async (epoch: number, logs: { readonly [name: string]: number | undefined }) => {
    if (signal.aborted) return;
    watch.note(epoch + 1, logs);
    const isLast = epoch + 1 === now.fit.epochs;
    if (isLast || isDue()) await watch.look(epoch + 1);
    if (!isLast) await turn(signal);
  };
  const { stoppedBy } = await watch.model.fit(learn.x, learn.y, {
    ...now.fit,
    validationData: [learnable(test.x, test.inputs), test.y],
    callbacks: [{ onEpochEnd }],
    signal,
  } as never);
  if (stoppedBy === "epochs") phase.value = "done";
}

const learnable = (x: Float32Array, inputs: number): Matrix => ({
  data: x,
  shape: [x.length / inputs, inputs],
});

/** Samples whose activations the histograms count. */
const counted = 128;

/** Looks at a model while it is trained. */
class Watch {
  readonly model: WorkerModel<string>;
  readonly #task: Task;
  readonly #asked: Float32Array;
  readonly #small: Float32Array | undefined;
  readonly #columns: readonly LayerColumn[];
  readonly #course = {
    epochs: [] as number[],
    train: [] as number[],
    test: [] as number[],
    metric: [] as number[],
    testMetric: [] as number[],
  };

  constructor(model: WorkerModel<string>, now: Task, { data }: Settings) {
    this.model = model;
    this.#task = now;
    this.#columns = columnsOf(now.config.layers);
    const isCurve = (curveNames as readonly string[]).includes(data);
    const isPlane = data !== "digits" && data !== "own" && !isCurve;
    this.#small = isPlane ? gridOf(unitSize) : isCurve ? curvePlaces(unitSize) : undefined;
    this.#asked = isPlane ? gridOf(mapSize) : isCurve ? curvePlaces(curveSize) : now.test.x;
  }

  /** Losses of fresh weights. */
  async start(): Promise<void> {
    const { train: learn, test } = this.#task;
    const [before, held] = await Promise.all([
      this.model.evaluate(learn.x, learn.y),
      this.model.evaluate(test.x, test.y),
    ]);
    this.note(0, {
      ...before,
      ...Object.fromEntries(Object.entries(held).map(([key, value]) => [`val_${key}`, value])),
    });
  }

  note(epoch: number, logs: { readonly [name: string]: number | undefined }): void {
    const { epochs, train: learn, test, metric, testMetric } = this.#course;
    epochs.push(epoch);
    learn.push(logs.loss ?? Number.NaN);
    test.push(logs.val_loss ?? Number.NaN);
    metric.push(logs.accuracy ?? logs.r2 ?? Number.NaN);
    testMetric.push(logs.val_accuracy ?? logs.val_r2 ?? Number.NaN);
  }

  async look(epoch: number): Promise<void> {
    const { train: learn } = this.#task;
    const some = learn.x.subarray(0, Math.min(counted, learn.rows) * learn.inputs);
    const [answers, inside, seen, parameters] = await Promise.all([
      this.model.predict(this.#asked),
      this.#small === undefined ? undefined : this.model.forward(this.#small),
      this.model.forward(some),
      this.model.parameters(),
    ]);
    const columnsSeen = ({ layers }: typeof seen) =>
      this.#columns.map(({ output }) => layers[output]?.output.data ?? new Float32Array());
    const kernels = this.#columns.map(
      ({ kernel }) => parameters.find(({ name }) => name === `${kernel}.kernel`)?.data ?? new Float32Array(),
    );
    view.value = {
      epoch,
      answers: answers.data,
      outputs: inside === undefined ? [] : columnsSeen(inside),
      parameters,
      weights: histograms(kernels),
      activations: histograms(columnsSeen(seen)),
    };
    course.value = { ...this.#course };
  }
}
