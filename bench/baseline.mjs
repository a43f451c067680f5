// A dense network trained by plain JavaScript, written as well as we can: typed arrays, loops in the order that V8 runs
// fastest, nothing allocated in a step. It is what downhill is measured against, and it follows downhill's loss: same
// parameters, same batches, same optimizer.
//
// Notation: m rows of a batch, n units of a layer, k its inputs; matrices are row-major; a derivative is `d_x`.

/** @typedef {{ type: "dense", units: number, activation?: string | { type: string } }} Layer a config from `dense(…)` */
/** @typedef {"sparseCategoricalCrossEntropy" | "meanSquaredError"} Loss from logits, or of the outputs */
/** @typedef {{ type: "sgd" | "adam", learningRate: unknown }} Rule a config from `sgd(…)` or `adam(…)`, no schedule */

/** A network of dense layers. Options that only downhill has are refused, not ignored. */
export class Baseline {
  /**
   * @param {{ inputs: number, layers: readonly Layer[], loss: Loss, optimizer: Rule, maxBatch: number }} config
   *   configs as downhill's factories return them; `maxBatch` the most rows of a step
   */
  constructor({ inputs, layers, loss, optimizer, maxBatch }) {
    this.layers = layers.map((layer, i) => new Dense(i === 0 ? inputs : layers[i - 1].units, layer, maxBatch));
    this.lossName = loss;
    this.update = updates[optimizer.type](optimizer);
    this.step = 0;
    const last = this.layers[this.layers.length - 1];
    if (loss !== "sparseCategoricalCrossEntropy" && loss !== "meanSquaredError") refuse(`loss ${loss}`);
    if (loss === "sparseCategoricalCrossEntropy" && last.activation !== "linear") refuse("cross-entropy of non-logits");
  }

  /** Takes the weights that `model.parameters()` gives; the optimizer starts anew. */
  setParameters(parameters) {
    this.step = 0;
    this.layers.forEach((layer, i) => {
      for (const [name, tensor] of [
        ["kernel", layer.kernel],
        ["bias", layer.bias],
      ]) {
        tensor.value.set(parameters.find((parameter) => parameter.name === `layers.${i}.${name}`).data);
        tensor.first.fill(0);
        tensor.second.fill(0);
      }
    });
  }

  /**
   * One update from rows `from` … `from + m − 1` of the data, read where they lie.
   *
   * @param {Float32Array} x `[rows, inputs]`
   * @param {ArrayLike<number>} y classes `[rows]`, or `[rows, units of the last layer]`
   * @returns {number} the mean loss before the update
   */
  trainOnBatch(x, y, from, m) {
    const { layers } = this;
    const loss = this.evaluate(x, y, from, m);
    for (let i = layers.length - 1; i > 0; i--) {
      layers[i].backward(layers[i - 1].output, 0, m);
      layers[i].inputGradient(layers[i - 1].dOutput, m);
    }
    layers[0].backward(x, from, m);
    this.step += 1;
    for (const { kernel, bias } of layers) {
      this.update(kernel, this.step);
      this.update(bias, this.step);
    }
    return loss;
  }

  /** @returns {Float32Array} the last layer's output, `[m, units]`; the network's own memory */
  forward(x, from, m) {
    let input = x;
    let start = from;
    for (const layer of this.layers) {
      layer.forward(input, start, m);
      input = layer.output;
      start = 0;
    }
    return input;
  }

  /** @returns {Float32Array} probabilities where the loss is a cross-entropy, `[m, units]`; the network's own memory */
  predict(x, from, m) {
    const output = this.forward(x, from, m);
    if (this.lossName === "sparseCategoricalCrossEntropy") softmax(output, m, this.layers[this.layers.length - 1].n);
    return output;
  }

  /** @returns {number} the mean loss, nothing changed */
  evaluate(x, y, from, m) {
    const output = this.forward(x, from, m);
    const { n, dOutput } = this.layers[this.layers.length - 1];
    return this.lossName === "meanSquaredError"
      ? meanSquaredError(output, y, from, m, n, dOutput)
      : crossEntropy(output, y, from, m, n, dOutput);
  }
}

/** output = activation(x · kernel + bias); kernel `[k, n]`. */
class Dense {
  constructor(k, { type, units, activation = "linear", useBias = true }, maxBatch) {
    if (type !== "dense" || useBias !== true) refuse(`layer ${type}`);
    this.k = k;
    this.n = units;
    this.activation = typeof activation === "string" ? activation : activation.type;
    this.activate = activations[this.activation] ?? refuse(`activation ${this.activation}`);
    this.derive = derivatives[this.activation];
    this.kernel = new Tensor(k * units);
    this.bias = new Tensor(units);
    this.output = new Float32Array(maxBatch * units);
    this.dOutput = new Float32Array(maxBatch * units);
    this.transposed = new Float32Array(k * units);
  }

  forward(x, from, m) {
    const { k, n, output, kernel, bias } = this;
    for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) output[i * n + j] = bias.value[j];
    addProduct(output, x, from * k, k, 1, kernel.value, m, n, k);
    this.activate(output, m * n);
  }

  /** Through the activation, then the gradients of kernel (xᵀ · d_output) and bias. */
  backward(x, from, m) {
    const { k, n, output, dOutput, kernel, bias } = this;
    this.derive(output, dOutput, m * n);
    kernel.gradient.fill(0);
    addProduct(kernel.gradient, x, from * k, 1, k, dOutput, k, n, m);
    bias.gradient.fill(0);
    for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) bias.gradient[j] += dOutput[i * n + j];
  }

  /** d_input = d_output · kernelᵀ, over a transposed copy so that the inner loop runs along rows. */
  inputGradient(dInput, m) {
    const { k, n, dOutput, kernel, transposed } = this;
    for (let p = 0; p < k; p++) for (let j = 0; j < n; j++) transposed[j * k + p] = kernel.value[p * n + j];
    dInput.fill(0, 0, m * k);
    addProduct(dInput, dOutput, 0, n, 1, transposed, m, k, n);
  }
}

/** Numbers that are learned, their gradient, and what an optimizer remembers of each. */
export class Tensor {
  constructor(size) {
    this.value = new Float32Array(size);
    this.gradient = new Float32Array(size);
    this.first = new Float32Array(size);
    this.second = new Float32Array(size);
  }
}

// ---- The matrix product ------------------------------------------------------------------------------------------------

/**
 * C += A · B, with A's element (i, p) at `a[start + i·aRow + p·aColumn]`, so that one function serves x · W (aRow = k,
 * aColumn = 1) and xᵀ · d_y (aRow = 1, aColumn = k); B `[k, n]`, C `[m, n]`.
 *
 * Blocks of 8 rows × 4 inner steps: 32 numbers of A stay in registers or on the stack while j runs along rows of B and C,
 * so 12 loads and 8 stores serve 64 operations. Of 30 shapes tried in Node 20 for 128 × 784 × 128 this was the fastest
 * (GFLOP/s): 8 × 4 6.1, 4 × 8 5.9, 4 × 4 5.3, blocks of C held in registers 4.4, those with packed copies 4.9.
 */
export function addProduct(c, a, start, aRow, aColumn, b, m, n, k) {
  const m8 = m - (m % 8);
  const m4 = m - (m % 4);
  const k4 = k - (k % 4);
  for (let p = 0; p < k4; p += 4) {
    const column = start + p * aColumn;
    let i = 0;
    for (; i < m8; i += 8) addBlock8(c, i * n, a, column + i * aRow, aRow, aColumn, b, p * n, n);
    if (i < m4) {
      addBlock4(c, i * n, a, column + i * aRow, aRow, aColumn, b, p * n, n);
      i += 4;
    }
    for (; i < m; i++) addBlock1(c, i * n, a, column + i * aRow, aColumn, b, p * n, n);
  }
  for (let p = k4; p < k; p++) {
    for (let i = 0; i < m; i++) {
      const scale = a[start + i * aRow + p * aColumn];
      const row = i * n;
      const from = p * n;
      for (let j = 0; j < n; j++) c[row + j] += scale * b[from + j];
    }
  }
}

/** 8 rows of C, 4 steps. */
function addBlock8(c, c0, a, at, aRow, s, b, b0, n) {
  const s2 = 2 * s;
  const s3 = 3 * s;
  const r1 = at + aRow;
  const r2 = at + 2 * aRow;
  const r3 = at + 3 * aRow;
  const r4 = at + 4 * aRow;
  const r5 = at + 5 * aRow;
  const r6 = at + 6 * aRow;
  const r7 = at + 7 * aRow;
  const a00 = a[at];
  const a01 = a[at + s];
  const a02 = a[at + s2];
  const a03 = a[at + s3];
  const a10 = a[r1];
  const a11 = a[r1 + s];
  const a12 = a[r1 + s2];
  const a13 = a[r1 + s3];
  const a20 = a[r2];
  const a21 = a[r2 + s];
  const a22 = a[r2 + s2];
  const a23 = a[r2 + s3];
  const a30 = a[r3];
  const a31 = a[r3 + s];
  const a32 = a[r3 + s2];
  const a33 = a[r3 + s3];
  const a40 = a[r4];
  const a41 = a[r4 + s];
  const a42 = a[r4 + s2];
  const a43 = a[r4 + s3];
  const a50 = a[r5];
  const a51 = a[r5 + s];
  const a52 = a[r5 + s2];
  const a53 = a[r5 + s3];
  const a60 = a[r6];
  const a61 = a[r6 + s];
  const a62 = a[r6 + s2];
  const a63 = a[r6 + s3];
  const a70 = a[r7];
  const a71 = a[r7 + s];
  const a72 = a[r7 + s2];
  const a73 = a[r7 + s3];
  const b1 = b0 + n;
  const b2 = b0 + 2 * n;
  const b3 = b0 + 3 * n;
  const c1 = c0 + n;
  const c2 = c0 + 2 * n;
  const c3 = c0 + 3 * n;
  const c4 = c0 + 4 * n;
  const c5 = c0 + 5 * n;
  const c6 = c0 + 6 * n;
  const c7 = c0 + 7 * n;
  for (let j = 0; j < n; j++) {
    const v0 = b[b0 + j];
    const v1 = b[b1 + j];
    const v2 = b[b2 + j];
    const v3 = b[b3 + j];
    c[c0 + j] += a00 * v0 + a01 * v1 + a02 * v2 + a03 * v3;
    c[c1 + j] += a10 * v0 + a11 * v1 + a12 * v2 + a13 * v3;
    c[c2 + j] += a20 * v0 + a21 * v1 + a22 * v2 + a23 * v3;
    c[c3 + j] += a30 * v0 + a31 * v1 + a32 * v2 + a33 * v3;
    c[c4 + j] += a40 * v0 + a41 * v1 + a42 * v2 + a43 * v3;
    c[c5 + j] += a50 * v0 + a51 * v1 + a52 * v2 + a53 * v3;
    c[c6 + j] += a60 * v0 + a61 * v1 + a62 * v2 + a63 * v3;
    c[c7 + j] += a70 * v0 + a71 * v1 + a72 * v2 + a73 * v3;
  }
}

/** 4 rows of C, 4 steps. */
function addBlock4(c, c0, a, at, aRow, s, b, b0, n) {
  const s2 = 2 * s;
  const s3 = 3 * s;
  const r1 = at + aRow;
  const r2 = at + 2 * aRow;
  const r3 = at + 3 * aRow;
  const a00 = a[at];
  const a01 = a[at + s];
  const a02 = a[at + s2];
  const a03 = a[at + s3];
  const a10 = a[r1];
  const a11 = a[r1 + s];
  const a12 = a[r1 + s2];
  const a13 = a[r1 + s3];
  const a20 = a[r2];
  const a21 = a[r2 + s];
  const a22 = a[r2 + s2];
  const a23 = a[r2 + s3];
  const a30 = a[r3];
  const a31 = a[r3 + s];
  const a32 = a[r3 + s2];
  const a33 = a[r3 + s3];
  const b1 = b0 + n;
  const b2 = b0 + 2 * n;
  const b3 = b0 + 3 * n;
  const c1 = c0 + n;
  const c2 = c0 + 2 * n;
  const c3 = c0 + 3 * n;
  for (let j = 0; j < n; j++) {
    const v0 = b[b0 + j];
    const v1 = b[b1 + j];
    const v2 = b[b2 + j];
    const v3 = b[b3 + j];
    c[c0 + j] += a00 * v0 + a01 * v1 + a02 * v2 + a03 * v3;
    c[c1 + j] += a10 * v0 + a11 * v1 + a12 * v2 + a13 * v3;
    c[c2 + j] += a20 * v0 + a21 * v1 + a22 * v2 + a23 * v3;
    c[c3 + j] += a30 * v0 + a31 * v1 + a32 * v2 + a33 * v3;
  }
}

/** 1 row of C, 4 steps. */
function addBlock1(c, c0, a, at, s, b, b0, n) {
  const a0 = a[at];
  const a1 = a[at + s];
  const a2 = a[at + 2 * s];
  const a3 = a[at + 3 * s];
  const b1 = b0 + n;
  const b2 = b0 + 2 * n;
  const b3 = b0 + 3 * n;
  for (let j = 0; j < n; j++) c[c0 + j] += a0 * b[b0 + j] + a1 * b[b1 + j] + a2 * b[b2 + j] + a3 * b[b3 + j];
}

// ---- Activations, in place over the first `size` numbers ---------------------------------------------------------------

const activations = {
  linear() {},
  relu(z, size) {
    for (let i = 0; i < size; i++) z[i] = z[i] > 0 ? z[i] : 0;
  },
  tanh(z, size) {
    for (let i = 0; i < size; i++) z[i] = Math.tanh(z[i]);
  },
  sigmoid(z, size) {
    for (let i = 0; i < size; i++) z[i] = 1 / (1 + Math.exp(-z[i]));
  },
};

/** d_z from d_output, in place; each derivative in terms of the output. */
const derivatives = {
  linear() {},
  relu(y, d, size) {
    for (let i = 0; i < size; i++) if (!(y[i] > 0)) d[i] = 0;
  },
  tanh(y, d, size) {
    for (let i = 0; i < size; i++) d[i] *= 1 - y[i] * y[i];
  },
  sigmoid(y, d, size) {
    for (let i = 0; i < size; i++) d[i] *= y[i] * (1 - y[i]);
  },
};

// ---- Losses: the mean, and its gradient by the output ------------------------------------------------------------------

/** −ln softmax(z)[class], by log-sum-exp; d_z = (softmax(z) − one-hot) / m. */
function crossEntropy(z, classes, from, m, n, d) {
  let sum = 0;
  for (let i = 0; i < m; i++) {
    const row = i * n;
    let max = z[row];
    for (let j = 1; j < n; j++) if (z[row + j] > max) max = z[row + j];
    let total = 0;
    for (let j = 0; j < n; j++) {
      const e = Math.exp(z[row + j] - max);
      d[row + j] = e;
      total += e;
    }
    const scale = 1 / (total * m);
    for (let j = 0; j < n; j++) d[row + j] *= scale;
    const target = row + classes[from + i];
    d[target] -= 1 / m;
    sum += Math.log(total) + max - z[target];
  }
  return sum / m;
}

/** softmax of each row, in place */
function softmax(z, m, n) {
  for (let row = 0; row < m * n; row += n) {
    let max = z[row];
    for (let j = 1; j < n; j++) if (z[row + j] > max) max = z[row + j];
    let total = 0;
    for (let j = 0; j < n; j++) {
      const e = Math.exp(z[row + j] - max);
      z[row + j] = e;
      total += e;
    }
    for (let j = 0; j < n; j++) z[row + j] /= total;
  }
}

/** mean (o − e)²; d_o = 2(o − e) / (m·n). */
function meanSquaredError(output, expected, from, m, n, d) {
  const size = m * n;
  const start = from * n;
  const scale = 2 / size;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    const difference = output[i] - expected[start + i];
    d[i] = scale * difference;
    sum += difference * difference;
  }
  return sum / size;
}

// ---- Optimizers: one pass over a tensor --------------------------------------------------------------------------------

export const updates = {
  /** b₁ = g, b = μb + g; θ −= ηb */
  sgd({ learningRate, momentum = 0, dampening = 0, nesterov = false, form = "torch", weightDecay = 0 }) {
    if (dampening !== 0 || nesterov || form !== "torch" || weightDecay !== 0) refuse("this form of sgd");
    rate(learningRate);
    if (momentum === 0) {
      return ({ value, gradient }) => {
        const size = value.length;
        for (let i = 0; i < size; i++) value[i] -= learningRate * gradient[i];
      };
    }
    return ({ value, gradient, first }) => {
      const size = value.length;
      for (let i = 0; i < size; i++) {
        const b = momentum * first[i] + gradient[i];
        first[i] = b;
        value[i] -= learningRate * b;
      }
    };
  },

  /** θ −= η · m̂ / (√v̂ + ε), both corrections in front of the loop: one root and one division a number */
  adam(options) {
    const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, biasCorrection = true } = options;
    if (!biasCorrection || options.amsgrad || options.epsilonHat || (options.weightDecay ?? 0) !== 0) {
      refuse("this form of adam");
    }
    rate(learningRate);
    const rest1 = 1 - beta1;
    const rest2 = 1 - beta2;
    return ({ value, gradient, first, second }, t) => {
      const root = Math.sqrt(1 - beta2 ** t);
      const eta = (learningRate * root) / (1 - beta1 ** t);
      const small = epsilon * root;
      const size = value.length;
      for (let i = 0; i < size; i++) {
        const g = gradient[i];
        const m = beta1 * first[i] + rest1 * g;
        const v = beta2 * second[i] + rest2 * g * g;
        first[i] = m;
        second[i] = v;
        value[i] -= (eta * m) / (Math.sqrt(v) + small);
      }
    };
  },
};

function rate(learningRate) {
  if (typeof learningRate !== "number") refuse("a schedule");
}

function refuse(what) {
  throw new Error(`baseline: ${what} is not written in plain JavaScript here`);
}
