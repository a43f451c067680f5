import { adam, cosineDecay, dense, type History, Model } from "downhill";
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
