/**
 * What every consumer runs: XOR, learned from a seed. Its bits must not depend on how the package was loaded.
 *
 * @param {typeof import("downhill")} downhill
 */
export async function train({ adam, dense, Model, runtimeInfo }) {
  const x = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const y = [0, 1, 1, 0];
  const model = await Model.create({
    inputs: 2,
    layers: [dense(8, { activation: "tanh" }), dense(1)],
    loss: "meanSquaredError",
    optimizer: adam({ learningRate: 0.05 }),
    seed: 7,
  });
  await model.fit(x, y, { epochs: 600, batchSize: "full" });
  const bits = model.parameters().map(({ data }) => [...new Uint32Array(data.buffer)]);
  const { loss } = await model.evaluate(x, y);
  model.dispose();
  const { variant, version } = runtimeInfo();
  return JSON.stringify({ variant, version, learned: loss < 1e-3, bits });
}
