// What each gradient transform, constraint and weight normalisation adds to a step of 784-128-10 with Adam at batch 128:
// `node bench/transforms.mjs` after `npm run build`. They take turns, so that what disturbs the machine disturbs all; the
// best of each counts, and is printed in milliseconds and as a ratio to the step with none.
import {
  adam,
  adaptiveClip,
  centralizeGradient,
  clipByGlobalNorm,
  clipByNorm,
  clipByValue,
  dense,
  gradientNoise,
  Model,
  matrix,
  maxNorm,
  nonNegative,
  normalizeGradient,
  unitNorm,
} from "downhill";

const [turns, rows] = [200, 128];

const gradients = [
  clipByValue(0.01),
  clipByNorm(0.1),
  clipByGlobalNorm(0.1),
  adaptiveClip(),
  normalizeGradient(),
  centralizeGradient(),
  gradientNoise(),
];
const cases = [
  ["none", {}, []],
  ...gradients.map((transform) => [transform.type, {}, [transform]]),
  ...[maxNorm(), unitNorm(), nonNegative()].map((kernelConstraint) => [
    kernelConstraint.type,
    { kernelConstraint },
    [],
  ]),
  ["weightNormalization", { weightNormalization: true }, []],
];

const x = matrix(
  Float32Array.from({ length: rows * 784 }, (_, i) => Math.sin(i)),
  [rows, 784],
);
const y = Array.from({ length: rows }, (_, i) => i % 10);
const models = [];
for (const [name, options, gradient] of cases) {
  const layers = [dense(128, { activation: "relu", ...options }), dense(10, options)];
  const loss = "sparseCategoricalCrossEntropy";
  models.push({
    name,
    model: await Model.create({ inputs: 784, layers, loss, optimizer: adam(), gradient }),
    best: Infinity,
  });
}
for (let turn = 0; turn < turns; turn++) {
  for (const entry of models) {
    const from = performance.now();
    entry.model.trainOnBatch(x, y);
    entry.best = Math.min(entry.best, performance.now() - from);
  }
}
const none = models[0].best;
for (const { name, best } of models)
  process.stdout.write(
    `${name.padEnd(20)}${best.toFixed(3).padStart(8)} ms${(best / none).toFixed(2).padStart(7)} ×\n`,
  );
