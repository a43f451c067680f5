// Sick and healthy networks whose verdict is known, for `scripts/doctor.mjs` and its test. Tasks are small and smooth, so
// that a healthy network learns them well within the steps given.
import {
  activation,
  adam,
  batchNormalization,
  constant,
  dense,
  layerNormalization,
  randomNormal,
  residual,
  rmsprop,
  sgd,
} from "downhill";
import { uniform } from "../../examples/lib/random.mjs";

const rows = 256;

/** A smooth function of four numbers in [−1, 1]. */
export function curve(seed) {
  const random = uniform(seed);
  const x = Array.from({ length: rows }, () => Array.from({ length: 4 }, () => 2 * random() - 1));
  return { x, y: x.map(([a, b, c, d]) => Math.sin(3 * a) + b * c - (d * d) / 2) };
}

/** A disc (class 0) and two rings around it, with gaps between. */
export function rings(seed) {
  const random = uniform(seed);
  const y = Array.from({ length: rows }, (_, i) => i % 3);
  const x = y.map((ring) => {
    const [angle, radius] = [2 * Math.PI * random(), 0.8 * ring + 0.5 * random()];
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
  return { x, y };
}

const chain = (depth, options, width = 32) => [
  ...Array.from({ length: depth - 1 }, () => dense(width, options)),
  dense(1),
];
const normal = (stddev) => randomNormal({ stddev });
const regression = { inputs: 4, loss: "meanSquaredError", optimizer: adam({ learningRate: 3e-3 }) };
const classes = {
  inputs: 2,
  loss: "sparseCategoricalCrossEntropy",
  optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }),
};
const relu = { activation: "relu", kernelInitializer: "heNormal" };

/** Updates of a run, and its batches. */
export const training = { epochs: 50, batchSize: 32 };

/**
 * name, the verdict it must get, its config, its data by seed, and `before`: what
 * happened before the doctor sees it (to the treated network too), `keeps`: the activation that the task asks for.
 *
 * @type {{ name: string, expected: string, config: object, data: (seed: number) => { x: number[][], y: number[] }, before?: Function, keeps?: string }[]}
 */
export const sick = [
  {
    name: "20 sigmoid layers, Glorot",
    expected: "vanishing",
    config: { ...regression, layers: chain(20, { activation: "sigmoid" }) },
    data: curve,
  },
  {
    name: "20 relu layers, N(0, 0.03)",
    expected: "vanishing",
    config: { ...regression, layers: chain(20, { activation: "relu", kernelInitializer: normal(0.03) }) },
    data: curve,
  },
  {
    name: "20 relu layers, N(0, 0.6)",
    expected: "exploding",
    config: { ...regression, layers: chain(20, { activation: "relu", kernelInitializer: normal(0.6) }) },
    data: curve,
  },
  {
    name: "30 selu layers, N(0, 0.5)",
    expected: "exploding",
    config: {
      ...regression,
      layers: chain(30, { activation: "selu", kernelInitializer: normal(0.5) }),
      optimizer: adam({ learningRate: 1e-3 }),
    },
    data: curve,
  },
  {
    name: "20 relu layers, N(0, 0.6), classes",
    expected: "exploding",
    config: {
      ...classes,
      layers: [...chain(20, { activation: "relu", kernelInitializer: normal(0.6) }).slice(0, -1), dense(3)],
    },
    data: rings,
  },
  {
    name: "12 sigmoid layers, classes, sgd",
    expected: "vanishing",
    config: {
      ...classes,
      layers: [...chain(12, { activation: "sigmoid" }).slice(0, -1), dense(3)],
      optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
    },
    data: rings,
  },
  {
    name: "6 tanh layers, N(0, 2)",
    expected: "saturated",
    config: {
      ...regression,
      layers: chain(6, { activation: "tanh", kernelInitializer: normal(2) }),
      optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }),
    },
    data: curve,
    keeps: "tanh",
  },
  {
    name: "softmax of logits of ±50",
    expected: "saturated",
    config: {
      ...classes,
      layers: [dense(32, relu), dense(32, relu), dense(3, { kernelInitializer: normal(12) })],
      optimizer: sgd({ learningRate: 0.3 }),
    },
    data: rings,
  },
  {
    name: "relu with biases of −8",
    expected: "dead",
    config: {
      ...classes,
      layers: [0, 1, 2].map(() => dense(32, { ...relu, biasInitializer: constant(-8) })).concat(dense(3)),
    },
    data: rings,
  },
  {
    name: "relu killed by one huge step",
    expected: "dead",
    config: { ...regression, layers: chain(2, relu), optimizer: sgd({ learningRate: 0.1 }) },
    data: curve,
    // A typing error in the targets of one batch.
    before: (model, x, y) => {
      model.trainOnBatch(
        x,
        y.map(() => -30),
      );
      for (let i = 0; i < 20; i++) model.trainOnBatch(x, y);
    },
  },
  {
    name: "inputs of scale 1e4",
    expected: "inputsUnscaled",
    config: { ...regression, layers: chain(4, relu) },
    data: (seed) => {
      const { x, y } = curve(seed);
      return { x: x.map((row) => row.map((value) => 1e4 * value)), y };
    },
  },
  {
    name: "one column of time stamps",
    expected: "inputsUnscaled",
    config: { ...regression, layers: chain(4, relu) },
    data: (seed) => {
      const { x, y } = curve(seed);
      return { x: x.map(([a, ...rest]) => [1e5 + 100 * a, ...rest]), y };
    },
  },
  {
    name: "a code for missing values, 1e6",
    expected: "inputsUnscaled",
    config: { ...regression, layers: chain(4, relu) },
    data: (seed) => {
      const { x, y } = curve(seed);
      return { x: x.map((row, i) => (i % 32 === 0 ? [1e6, ...row.slice(1)] : row)), y };
    },
  },
  {
    name: "healthy, rate 100 × too high (adam 0.3)",
    expected: "learningRateTooHigh",
    config: { ...regression, layers: chain(4, relu), optimizer: adam({ learningRate: 0.3 }) },
    data: curve,
  },
  {
    name: "healthy, rate 100 × too high (sgd)",
    expected: "learningRateTooHigh",
    config: {
      ...regression,
      layers: chain(4, { activation: "tanh" }),
      optimizer: sgd({ learningRate: 10, momentum: 0.9 }),
    },
    data: curve,
  },
  {
    name: "healthy, a loss that climbs (sgd)",
    expected: "learningRateTooHigh",
    config: { ...regression, layers: chain(2, { activation: "leakyRelu" }), optimizer: sgd({ learningRate: 1 }) },
    data: curve,
    before: (model, x, y) => model.fit(x, y, { epochs: 2 }),
  },
];

export const healthy = [
  { name: "3 relu layers, He", config: { ...regression, layers: chain(3, relu) }, data: curve },
  { name: "4 tanh layers, Glorot", config: { ...regression, layers: chain(4, { activation: "tanh" }) }, data: curve },
  {
    name: "12 selu layers, LeCun",
    config: { ...regression, layers: chain(12, { activation: "selu", kernelInitializer: "lecunNormal" }) },
    data: curve,
  },
  {
    name: "8 layers, batch normalisation, relu",
    config: {
      ...classes,
      layers: Array.from({ length: 7 }, () => [dense(32), batchNormalization(), activation("relu")])
        .flat()
        .concat(dense(3)),
      optimizer: rmsprop({ learningRate: 1e-3 }),
    },
    data: rings,
  },
  {
    name: "6 gelu layers, layer normalisation",
    config: {
      ...regression,
      layers: Array.from({ length: 5 }, () => [
        dense(32, { activation: "gelu", kernelInitializer: "heNormal" }),
        layerNormalization(),
      ])
        .flat()
        .concat(dense(1)),
    },
    data: curve,
  },
  {
    name: "10 residual blocks, silu, sgd",
    config: {
      ...classes,
      layers: [
        dense(32, relu),
        ...Array.from({ length: 10 }, () => residual([layerNormalization(), dense(32, { activation: "silu" })])),
        dense(3),
      ],
      optimizer: sgd({ learningRate: 0.01, momentum: 0.9 }),
    },
    data: rings,
  },
].map((each) => ({ ...each, expected: "healthy" }));
