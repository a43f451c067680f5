// jax-js: a whole step in one jit, Adam written by hand, as its own examples do; batches are arrays before the clock starts.
import { dataOf, weightsOf } from "../workloads.mjs";

/**
 * @param {import("../workloads.mjs").Workload} workload
 * @returns {Promise<import("../side.mjs").Side>}
 */
export async function prepare(workload) {
  const { blockUntilReady, defaultDevice, init, jit, nn, numpy: np, valueAndGrad } = await import("@jax-js/jax");
  await init("wasm");
  defaultDevice("wasm");
  const { kind, inputs, layers, loss, optimizer, batch, batches, steps } = workload;
  if (kind === "update") throw new Error("its optimizer alone is not measured");
  const { x, y } = dataOf(workload);
  const { units } = layers.at(-1);
  const array = (data, shape) => np.array(data).reshape([...shape]);
  let parameters = weightsOf(workload).map(({ shape, data }) => array(data, shape));
  const activations = { linear: (z) => z, relu: nn.relu, tanh: np.tanh, sigmoid: nn.sigmoid };
  // Every array is used once, or as `.ref`: jax-js frees what was passed on.
  const forward = (weights, input) =>
    layers.reduce(
      (value, { activation }, i) => activations[activation](np.matmul(value, weights[2 * i]).add(weights[2 * i + 1])),
      input,
    );
  const lossOf = (weights, input, target) => {
    const output = forward(weights, input);
    if (loss === "meanSquaredError") return np.square(output.sub(target)).mean();
    return nn
      .logSoftmax(output, -1)
      .mul(target)
      .sum()
      .mul(-1 / batch);
  };
  const oneHot = (classes) => {
    const rows = new Float32Array(classes.length * units);
    classes.forEach((label, row) => {
      rows[row * units + label] = 1;
    });
    return rows;
  };
  const data = Array.from({ length: batches }, (_, i) => {
    const targets =
      loss === "meanSquaredError"
        ? y.slice(i * batch * units, (i + 1) * batch * units)
        : oneHot(y.slice(i * batch, (i + 1) * batch));
    return [
      array(x.slice(i * batch * inputs, (i + 1) * batch * inputs), [batch, inputs]),
      array(targets, [batch, units]),
    ];
  });
  const refs = (list) => list.map((one) => one.ref);
  if (kind === "predict") {
    const predict = jit((weights, input) => nn.softmax(forward(weights, input), -1));
    return {
      turn: async () => {
        for (let i = 0; i < steps; i++) await predict(refs(parameters), data[0][0].ref).data();
      },
      loss: async () => (await lossOf(refs(parameters), data[0][0].ref, data[0][1].ref).data())[0],
    };
  }
  const { learningRate, momentum = 0 } = optimizer;
  const gradient = valueAndGrad(lossOf);
  const zeros = () => weightsOf(workload).map(({ shape, data: { length } }) => array(new Float32Array(length), shape));
  const rules = {
    adam: jit((weights, first, second, scale, input, target) => {
      const [value, slopes] = gradient(refs(weights), input, target);
      const m = first.map((old, i) => old.mul(0.9).add(slopes[i].ref.mul(0.1)));
      const v = second.map((old, i) => old.mul(0.999).add(np.square(slopes[i]).mul(0.001)));
      // scale: [η/(1 − β₁ᵗ), 1/√(1 − β₂ᵗ)], computed outside, where it is one number
      const next = weights.map((old, i) =>
        old.sub(m[i].ref.mul(scale.ref.slice(0)).div(np.sqrt(v[i].ref).mul(scale.ref.slice(1)).add(1e-8))),
      );
      scale.dispose();
      return [value, next, m, v];
    }),
    sgd: jit((weights, first, second, scale, input, target) => {
      const [value, slopes] = gradient(refs(weights), input, target);
      scale.dispose();
      const b = first.map((old, i) => old.mul(momentum).add(slopes[i]));
      const next = weights.map((old, i) => old.sub(b[i].ref.mul(learningRate)));
      return [value, next, b, second];
    }),
  };
  const step = rules[optimizer.type];
  let [first, second, t] = [zeros(), zeros(), 0];
  let costs = [];
  return {
    turn: async () => {
      for (let i = 0; i < steps; i++) {
        t += 1;
        const scale = np.array(Float32Array.of(learningRate / (1 - 0.9 ** t), 1 / Math.sqrt(1 - 0.999 ** t)));
        const [input, target] = data[i % batches];
        const [cost, ...state] = step(parameters, first, second, scale, input.ref, target.ref);
        [parameters, first, second] = state;
        // Unsynchronised steps pile up: it is many times slower (and larger) without.
        await blockUntilReady(refs(parameters));
        if (i >= steps - batches) costs.push(cost);
        else cost.dispose();
      }
    },
    loss: async () => {
      let sum = 0;
      for (const cost of costs) sum += (await cost.data())[0];
      const mean = sum / costs.length;
      costs = [];
      return mean;
    },
  };
}
