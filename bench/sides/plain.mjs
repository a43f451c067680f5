// Plain JavaScript: bench/baseline.mjs.
import { Baseline, Tensor, updates } from "../baseline.mjs";
import { blocksOf, dataOf, weightsOf } from "../workloads.mjs";

/**
 * @param {import("../workloads.mjs").Workload} workload
 * @returns {Promise<import("../side.mjs").Side>}
 */
export async function prepare(workload) {
  const { kind, batch, batches, steps, optimizer } = workload;
  if (kind === "update") {
    const { parameters, gradients } = blocksOf(workload);
    const tensor = Object.assign(new Tensor(0), { value: parameters, gradient: gradients });
    tensor.first = new Float32Array(parameters.length);
    tensor.second = new Float32Array(parameters.length);
    const update = updates[optimizer.type](optimizer);
    let t = 0;
    return {
      turn: () => {
        for (let i = 0; i < steps; i++) update(tensor, ++t);
      },
      loss: () => parameters[0],
    };
  }
  const { x, y } = dataOf(workload);
  const network = new Baseline({ ...workload, maxBatch: batch });
  network.setParameters(weightsOf(workload));
  if (kind === "predict") {
    return {
      turn: () => {
        for (let i = 0; i < steps; i++) network.predict(x, 0, batch);
      },
      loss: () => network.evaluate(x, y, 0, batch),
    };
  }
  let last = Number.NaN;
  return {
    turn: () => {
      for (let epoch = 0; epoch < steps / batches; epoch++) {
        let sum = 0;
        for (let i = 0; i < batches; i++) sum += network.trainOnBatch(x, y, i * batch, batch);
        last = sum / batches;
      }
    },
    loss: () => last,
  };
}
