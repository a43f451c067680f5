import { adam, dense, type History, Model } from "downhill";
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

export const variant: RelaxedSimd = relaxedSimd;
