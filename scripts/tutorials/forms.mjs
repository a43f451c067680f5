// What the tutorials get wrong, as programs: each wrong form in plain 64-bit numbers beside the right one through the
// library, on the same regression from the same start. Numbers only; the words are in page.md and page.zh.md.
import { adagrad, adam, dense, exponentialDecay, Model, Optimizer, polynomialDecay, rmsprop, sgd } from "downhill";
import { leastSquares, noisyLine } from "../../examples/regression.mjs";

/** 100 points of y = 3x + 2 + 0.5·noise. */
export const points = noisyLine();
export const best = leastSquares(points);
export const through = leastSquares(points, { intercept: false });

export const steps = 1000;

/**
 * The mean squared error of y = wx + b.
 *
 * @param {readonly number[]} theta w and b
 */
export function lossOf([w, b]) {
  return points.x.reduce((sum, x, i) => sum + (w * x + b - points.y[i]) ** 2, 0) / points.x.length;
}

/**
 * Its gradient with respect to w and b.
 *
 * @param {readonly number[]} theta w and b
 */
export function gradientOf([w, b]) {
  const errors = points.x.map((x, i) => w * x + b - points.y[i]);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return [2 * mean(errors.map((error, i) => error * points.x[i])), 2 * mean(errors)];
}

/**
 * (w, b) after 0, 1, … `steps` steps of a rule in plain numbers.
 *
 * @param {(state: object, g: number, t: number) => number} change what is added to a parameter; `state` is that parameter's
 *   own, empty at first; t = 1, 2, …
 * @param {{ start?: number[], scale?: number }} [options] `scale` multiplies the loss, and so the gradient
 */
export function walk(change, { start = [0, 0], scale = 1 } = {}) {
  const path = [start];
  const states = start.map(() => ({}));
  for (let t = 1; t <= steps; t++) {
    const theta = path.at(-1);
    const g = gradientOf(theta);
    path.push(theta.map((value, i) => value + change(states[i], scale * g[i], t)));
  }
  return path;
}

/** The same by an optimizer of the library. */
export async function follow(config, { start = [0, 0], scale = 1 } = {}) {
  const optimizer = await Optimizer.create(config, [2]);
  const theta = Float32Array.from(start);
  const path = [start];
  for (let t = 1; t <= steps; t++) {
    optimizer.step([theta], [gradientOf(theta).map((g) => scale * g)]);
    path.push([...theta]);
  }
  optimizer.dispose();
  return path;
}

/** The same by a model of one neuron, with or without a bias. */
async function modelPath(useBias) {
  const layers = [dense(1, { useBias, kernelInitializer: "zeros" })];
  const model = await Model.create({
    inputs: 1,
    layers,
    loss: "meanSquaredError",
    optimizer: sgd({ learningRate: 0.1 }),
  });
  const line = () => {
    const [kernel, bias] = model.parameters();
    return [kernel.data[0], bias?.data[0] ?? 0];
  };
  const path = [line()];
  for (let t = 1; t <= steps; t++) {
    await model.fit(points.x, points.y, { batchSize: "full" });
    path.push(line());
  }
  model.dispose();
  return path;
}

// ---- the wrong forms -------------------------------------------------------------------------------------------------

const [mu, rho, beta1, beta2, epsilon] = [0.9, 0.9, 0.9, 0.999, 1e-8];

/** θ −= η(g + μv) with v = μv − ηg. */
const againstVelocity = (rate) => (s, g) => {
  s.v = mu * (s.v ?? 0) - rate * g;
  return -rate * (g + mu * s.v);
};

/** Adagrad's and RMSprop's sums; `of` is what they add up. */
const sumUp = (s, value) => {
  s.sum = (s.sum ?? 0) + value;
};
const average = (s, value) => {
  s.sum = rho * (s.sum ?? 0) + (1 - rho) * value;
};

/** The step first, the sum after. */
const staleSum = (rate, accumulate) => (s, g) => {
  const change = -rate * (g / (Math.sqrt(s.sum ?? 0) + epsilon));
  accumulate(s, g * g);
  return change;
};

const sumOfGradients = (rate, accumulate) => (s, g) => {
  accumulate(s, g);
  return -rate * (g / (Math.sqrt(s.sum) + epsilon));
};

const rootOfSumPlusOne = (rate) => (s, g) => {
  sumUp(s, g * g);
  return -rate * (g / Math.sqrt(s.sum + 1));
};

const oddDenominator = (rate) => (s, g) => {
  s.m = beta1 * (s.m ?? 0) + (1 - beta1) * g;
  s.v = beta2 * (s.v ?? 0) + (1 - beta2) * g * g;
  return (-rate * s.m) / (1 + beta1 * s.v + beta2 * Math.sqrt(s.v * s.v));
};

const uncorrected = (rate) => (s, g) => {
  s.m = beta1 * (s.m ?? 0) + (1 - beta1) * g;
  s.v = beta2 * (s.v ?? 0) + (1 - beta2) * g * g;
  return (-rate * s.m) / (Math.sqrt(s.v) + epsilon);
};

const decay = { initial: 0.1, steps: 500, power: 3 };

/** α(1 − t/T)³ for the 0-based t, past T as well. */
export function unlimitedDecay(t) {
  const left = 1 - t / decay.steps;
  return decay.initial * left * left * left;
}

// ---- beside the right ones -------------------------------------------------------------------------------------------

const above = { start: [6, 6] };

/** The right forms, as the reader would write them. */
export const right = {
  momentum: (learningRate) => sgd({ learningRate, momentum: 0.9, nesterov: true, form: "keras" }),
  plain: (learningRate) => sgd({ learningRate }),
  adagrad: (learningRate) => adagrad({ learningRate }),
  rmsprop: (learningRate) => rmsprop({ learningRate, rho: 0.9 }),
  adam: (learningRate) => adam({ learningRate }),
  polynomial: () => sgd({ learningRate: polynomialDecay(decay) }),
  exponential: () => sgd({ learningRate: exponentialDecay({ initial: 0.1, rate: 0.01, steps: decay.steps }) }),
};

/**
 * Every pair by name: paths of `[w, b]`, wrong and right.
 *
 * @returns {Promise<Record<string, { wrong: number[][], right: number[][] }>>}
 */
export async function pairs() {
  const pair = async (wrong, config, options) => ({
    wrong: walk(wrong, options),
    right: await follow(config, options),
  });
  const small = { scale: 1e-4 };
  const large = { scale: 100 };
  return {
    momentum: await pair(againstVelocity(0.1), right.momentum(0.1)),
    momentumFast: await pair(againstVelocity(0.2), right.momentum(0.2)),
    staleAdagrad: await pair(staleSum(0.1, sumUp), right.adagrad(0.1)),
    staleRmsprop: await pair(staleSum(0.01, average), right.rmsprop(0.01)),
    signedAdagrad: await pair(sumOfGradients(0.1, sumUp), right.adagrad(0.1)),
    signedRmsprop: await pair(sumOfGradients(0.01, average), right.rmsprop(0.01), above),
    denominator: await pair(oddDenominator(0.1), right.adam(0.1)),
    denominatorLarge: await pair(oddDenominator(0.1), right.adam(0.1), large),
    denominatorSmall: await pair(oddDenominator(0.1), right.adam(0.1), small),
    uncorrected: await pair(uncorrected(0.5), right.adam(0.5)),
    plusOne: await pair(rootOfSumPlusOne(0.5), right.adagrad(0.5)),
    plusOneSmall: await pair(rootOfSumPlusOne(0.5), right.adagrad(0.5), small),
    decay: await pair((_, g, t) => -unlimitedDecay(t - 1) * g, right.polynomial()),
    bias: { wrong: await modelPath(false), right: await modelPath(true) },
  };
}
