// Replays the cases of optimizers.json and wrappers.json (README.md here). No imports: it runs in Node and in browsers,
// from the sources and from the build.

/**
 * The generator of every input: values in [−scale, scale), exact in f32.
 *
 * @param {number} seed
 * @returns {(scale: number) => number}
 */
export function generator(seed) {
  let s = seed;
  return (scale) => {
    s = (Math.imul(1664525, s) + 1013904223) >>> 0;
    return ((s >>> 8) / 2 ** 24) * 2 * scale - scale;
  };
}

/**
 * What the largest difference of a case may be: plain f32 with f64 scalars stays below 2.9e-6 of the largest |θ|, torch's
 * own f32 below 5.1e-6 (README.md); prodigy's rate feeds back into itself.
 *
 * @param {string} type of the rule
 */
export const bound = (type) => (type === "prodigy" ? 2e-3 : 5e-6);

/**
 * Runs one case and compares its tensors, and the averages to evaluate with, at every checkpoint.
 *
 * @param {{ create(config: any, shapes: any): Promise<any> }} Optimizer the library's class
 * @param {any} golden the whole file
 * @param {any} row one of its `cases`
 * @returns {Promise<{ difference: number, buffers: number, steps: number }>} the largest |got − want| in units of the
 *   largest |θ| that its tensor has had so far, ∞ for NaN; state buffers; updates made
 */
export async function replay(Optimizer, golden, row) {
  const { shapes, start, gradient, steps, checkpoints } = golden;
  const sizes = shapes.map((shape) => shape.reduce((a, b) => a * b, 1));
  const tensors = (draw) => sizes.map((size) => Float32Array.from({ length: size }, draw));
  const optimizer = await Optimizer.create(row.optimizer, shapes);
  const first = generator(start.seed);
  const theta = tensors(() => first(start.scale));
  for (const place of row.zeroStart ?? []) theta[place].fill(0);
  const next = generator(gradient.seed);
  let difference = 0;
  const compare = (got, want, largest) => {
    if (got.length !== want.length) difference = Number.POSITIVE_INFINITY;
    want.forEach((value, i) => {
      const distance = Math.abs(got[i] - value) / largest;
      difference = Math.max(difference, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance);
    });
  };
  for (let t = 1; t <= steps; t++) {
    const scale = 2 ** gradient.exponents[(t - 1) % gradient.exponents.length];
    const isZero = row.zeroGradients.some(([from, to]) => from <= t && t <= to);
    const gradients = tensors(() => (isZero ? 0 : 1) * next(scale));
    if (row.pull !== undefined)
      gradients.forEach((gradient, i) => {
        for (let k = 0; k < gradient.length; k++) gradient[k] += row.pull * theta[i][k];
      });
    if (row.learningRates !== null) optimizer.learningRate = row.learningRates[t - 1];
    optimizer.step(theta, gradients);
    const at = checkpoints.indexOf(t);
    if (at < 0) continue;
    const evaluated = optimizer.evaluationParameters(theta);
    theta.forEach((tensor, i) => {
      const [want, largest] = [row.parameters[at][i], row.largest[at][i]];
      compare(tensor, want, largest);
      compare(evaluated[i], row.evaluation?.[at][i] ?? want, largest);
    });
  }
  const result = { difference, buffers: optimizer.state().slots.length, steps: optimizer.stepCount };
  optimizer.dispose();
  return result;
}
