// The regression of the tutorials: a line through 100 noisy points, by five optimizers. `node examples/regression.mjs`
import { pathToFileURL } from "node:url";
import { adagrad, adam, DivergenceError, dense, Model, rmsprop, sgd } from "downhill";
import { normal, uniform } from "./lib/random.mjs";
import { table } from "./lib/text.mjs";

/** Those of the tutorials, each as a function of its learning rate. */
export const rules = {
  "gradient descent": (learningRate) => sgd({ learningRate }),
  momentum: (learningRate) => sgd({ learningRate, momentum: 0.9 }),
  RMSprop: (learningRate) => rmsprop({ learningRate, rho: 0.9 }),
  Adagrad: (learningRate) => adagrad({ learningRate }),
  Adam: (learningRate) => adam({ learningRate }),
};

/** The rates that a sweep tries: 1, 2, 5 · 10ⁿ. */
export const sweptRates = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** How near to the least-squares loss counts as there. */
const near = 1e-4;

/** y = slope·x + intercept + deviation·noise at `count` points x, evenly at random in 0 … 2; noise is normal. */
export function noisyLine({ slope = 3, intercept = 2, deviation = 0.5, count = 100, seed = 7 } = {}) {
  const [place, noise] = [uniform(seed), normal(seed + 1)];
  const x = Array.from({ length: count }, () => 2 * place());
  return { x, y: x.map((at) => slope * at + intercept + deviation * noise()) };
}

/** The line with the least mean squared error, in closed form; through the origin if `intercept` is false. */
export function leastSquares({ x, y }, { intercept = true } = {}) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x0, y0] = intercept ? [mean(x), mean(y)] : [0, 0];
  const slope = mean(x.map((at, i) => (at - x0) * (y[i] - y0))) / mean(x.map((at) => (at - x0) ** 2));
  const start = y0 - slope * x0;
  return { slope, intercept: start, loss: mean(x.map((at, i) => (slope * at + start - y[i]) ** 2)) };
}

/**
 * Fits a line by gradient steps over all points at once.
 *
 * @returns {Promise<{ slope: number, intercept: number, loss: number, curve: number[] }>} `loss` of the result; `curve`: the
 *   loss before each step, then that of the result
 */
export async function fitLine({ x, y }, { optimizer, iterations = 1000, intercept = true, seed = 0 }) {
  const layers = [dense(1, { useBias: intercept })];
  const model = await Model.create({ inputs: 1, layers, loss: "meanSquaredError", optimizer, seed });
  try {
    const history = await model.fit(x, y, { epochs: iterations, batchSize: "full" });
    const { loss } = model.evaluate(x, y);
    const [kernel, bias] = model.parameters();
    const curve = [...history.epochs.map((epoch) => epoch.loss), loss];
    return { slope: kernel.data[0], intercept: bias?.data[0] ?? 0, loss, curve };
  } finally {
    model.dispose();
  }
}

/** Steps until the loss comes within `near` of the best there is, and stays; Infinity if it never does. */
export function stepsToArrive({ curve }, best) {
  const last = curve.findLastIndex((loss) => !(loss <= best + near));
  return last === curve.length - 1 ? Number.POSITIVE_INFINITY : last + 1;
}

/** Tries every rate; the best arrives in the fewest steps, or, where none arrives, ends at the lowest loss. */
export async function sweep(points, rule, best, options = {}) {
  let chosen;
  for (const rate of sweptRates) {
    try {
      const run = await fitLine(points, { ...options, optimizer: rule(rate) });
      const steps = stepsToArrive(run, best);
      const isBetter =
        chosen === undefined || steps < chosen.steps || (steps === chosen.steps && run.loss < chosen.run.loss);
      if (isBetter) chosen = { rate, steps, run };
    } catch (error) {
      if (!(error instanceof DivergenceError)) throw error; // a rate too high: not the one
    }
  }
  return chosen;
}

/** Every rule at the rate 0.01 and at the one that a sweep chose. */
export async function compareRules(points, options = {}) {
  const best = leastSquares(points);
  const results = [];
  for (const [name, rule] of Object.entries(rules)) {
    const plain = await fitLine(points, { ...options, optimizer: rule(0.01) });
    results.push({ name, plain, swept: await sweep(points, rule, best.loss, options) });
  }
  return { best, results };
}

/** {@link compareRules} as a table. */
export function rulesTable({ best, results }) {
  const row = (name, rate, run) => {
    const steps = stepsToArrive(run, best.loss);
    const arrived = Number.isFinite(steps) ? steps : "not yet";
    return [name, rate, run.slope.toFixed(4), run.intercept.toFixed(4), run.loss.toFixed(5), arrived];
  };
  return table(
    ["optimizer", "rate", "slope", "intercept", "loss", `steps to within ${near}`],
    [
      ...results.flatMap(({ name, plain, swept }) => [row(name, 0.01, plain), row("", swept.rate, swept.run)]),
      ["least squares", "", best.slope.toFixed(4), best.intercept.toFixed(4), best.loss.toFixed(5), ""],
    ],
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const points = noisyLine();
  console.log(rulesTable(await compareRules(points)));
  console.log(
    `  without an intercept the least possible loss is ${leastSquares(points, { intercept: false }).loss.toFixed(3)}`,
  );
}
