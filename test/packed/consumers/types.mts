import { adam, cosineDecay, dense, earlyStopping, type History, Model, modelCheckpoint, type Sink } from "downhill";
import { type FileError, fileSink, loadNewest } from "downhill/node";
import { plotHistory, plotSchedule } from "downhill/plot";
import { type RelaxedSimd, relaxedSimd } from "downhill/relaxed-simd";
import { type WorkerCallback, WorkerModel } from "downhill/worker";
import { serve } from "downhill/worker-thread";

export async function history(x: Float32Array, y: readonly number[]): Promise<History> {
  const model = await Model.create({
    inputs: 2,
    layers: [dense(8, { activation: "tanh" }), dense(1)],
    loss: "meanSquaredError",
    optimizer: adam({ learningRate: 0.05 }),
  });
  return model.fit(x, y, { epochs: 2 });
}

// @ts-expect-error: activations are words that an editor completes
dense(8, { activation: "tahn" });

export const pictures = async (x: Float32Array): Promise<string[]> => [
  plotHistory(await history(x, [1]), { theme: "dark" }),
  plotSchedule(cosineDecay({ initial: 0.1, steps: 10 }), 10),
];

// @ts-expect-error: a theme is one of three words
plotSchedule([0.1], 1, { theme: "black" });

export const variant: RelaxedSimd = relaxedSimd;

export async function inWorker(x: Float32Array, y: readonly number[]): Promise<number | undefined> {
  await using model = await WorkerModel.create(
    { inputs: 2, layers: [dense(2)], loss: "sparseCategoricalCrossEntropy", metrics: ["accuracy"] },
    { worker: () => new Worker("thread.js") },
  );
  const keep: WorkerCallback = { onEpochEnd: async (_, __, { model }) => void (await model.save()) };
  const { epochs } = await model.fit(x, y, { callbacks: [keep, earlyStopping({ patience: 2 })], transfer: true });
  // @ts-expect-error: not among the metrics
  epochs[0]?.auc;
  return epochs[0]?.accuracy;
}

// @ts-expect-error: a function cannot cross
export const refused = (model: WorkerModel, x: Float32Array) => model.fit(x, x, { schedule: () => 0.1 });

export const thread: () => void = serve;

export const files: Sink = fileSink("runs", { keep: 3 });
export const system = (error: FileError): string | undefined => error.system;

export async function resumed(x: Float32Array): Promise<number> {
  const model = (await loadNewest("runs")) ?? (await Model.create({ inputs: 1, layers: [dense(1)], loss: "hinge" }));
  await model.fit(x, x, { initialEpoch: model.epochsDone, callbacks: [modelCheckpoint(files)] });
  return model.epochsDone;
}

// @ts-expect-error: a number of files
fileSink("runs", { keep: "all" });

export const elsewhere = (): Promise<WorkerModel<string> | undefined> =>
  loadNewest("runs", { load: (bytes) => WorkerModel.load(bytes) });
