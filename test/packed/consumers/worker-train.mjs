/**
 * What every consumer of `downhill/worker` runs: the XOR of train.mjs, in a worker, and a mistake. It leaves the worker
 * idle, not disposed.
 *
 * @param {typeof import("downhill")} downhill
 * @param {typeof import("downhill/worker")} worker
 * @param {import("downhill/worker").WorkerModelOptions} [options]
 */
export async function trainInWorker({ adam, dense, ShapeError }, { WorkerModel }, options) {
  const x = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const config = {
    inputs: 2,
    layers: [dense(8, { activation: "tanh" }), dense(1)],
    loss: "meanSquaredError",
    optimizer: adam({ learningRate: 0.05 }),
    seed: 7,
  };
  const model = await WorkerModel.create(config, options);
  await model.fit(x, [0, 1, 1, 0], { epochs: 600, batchSize: "full" });
  const bits = (await model.parameters()).map(({ data }) => [...new Uint32Array(data.buffer)]);
  const said = await model.evaluate(x, [1]).catch((error) => `${error.code} ${error instanceof ShapeError}`);
  return { bits, said };
}
