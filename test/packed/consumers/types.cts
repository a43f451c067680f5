import { adam, cosineDecay, dense, type History, Model, modelCheckpoint, type Sink } from "downhill";
import { type FileError, fileSink, loadNewest } from "downhill/node";
import { plotHistory, plotSchedule } from "downhill/plot";
import { type RelaxedSimd, relaxedSimd } from "downhill/relaxed-simd";

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

export const files: Sink = fileSink("runs", { keep: 3 });
export const system = (error: FileError): string | undefined => error.system;

export async function resumed(x: Float32Array): Promise<number> {
  const model = (await loadNewest("runs")) ?? (await Model.create({ inputs: 1, layers: [dense(1)], loss: "hinge" }));
  await model.fit(x, x, { initialEpoch: model.epochsDone, callbacks: [modelCheckpoint(files)] });
  return model.epochsDone;
}

// @ts-expect-error: a number of files
fileSink("runs", { keep: "all" });
