/** Numbers at the ends of what 32 bits hold: a finite result, or a named error and nothing changed. docs/limits.md says which. */

import { describe, expect, test } from "vitest";
import { activationNames } from "../../ts/config/activations.js";
import { lossNames } from "../../ts/config/losses.js";
import { normalizeOptimizer, optimizerNames } from "../../ts/config/optimizers/index.js";
import {
  type ActivationName,
  batchNormalization,
  DivergenceError,
  DownhillError,
  dense,
  type LossName,
  Model,
  minMaxScaler,
  NonFiniteError,
  Optimizer,
  type OptimizerConfig,
  residual,
  sgd,
  standardScaler,
} from "../../ts/index.js";
import { mistake } from "./contract-helpers.js";

const finite = (numbers: ArrayLike<number>) => Array.from(numbers).every(Number.isFinite);

/** The whole state of a model, byte for byte. */
const unchanged = (model: Model<string>, call: () => unknown) => {
  const before = model.save();
  let error: unknown;
  try {
    call();
  } catch (reason) {
    error = reason;
  }
  if (error !== undefined) {
    expect(error).toBeInstanceOf(DownhillError);
    expect((error as DownhillError).code).not.toBe("CORE");
    expect(model.save()).toEqual(before);
  }
  expect(model.parameters().every(({ data }) => finite(data))).toBe(true);
  return error;
};

describe("logits of ±1e4", () => {
  const kernel = (units: number) => Float32Array.from({ length: units }, (_, i) => (i % 2 === 0 ? 1e4 : -1e4));
  test.each([
    ["binaryCrossEntropy", 1, [0, 1], 1],
    [
      "categoricalCrossEntropy",
      2,
      [
        [0, 1],
        [1, 0],
      ],
      2,
    ],
    ["sparseCategoricalCrossEntropy", 2, [1, 0], 2],
  ] as const)("give %s a finite loss, gradient and probabilities", async (loss, units, y, each) => {
    const model = await Model.create({
      inputs: 1,
      layers: [dense(units)],
      loss,
      optimizer: sgd({ learningRate: 1e-3 }),
    });
    model.setParameters([{ name: "layers.0.kernel", data: kernel(units) }]);
    // The first row is wrong by the whole distance of the logits, the second by as much on the other side.
    const x = [[1], [-1]];
    const target = loss === "binaryCrossEntropy" ? y : [...y].reverse();
    for (const side of [y, target]) {
      const { loss: value } = model.evaluate(x, side as number[]);
      expect(value).toBeLessThanOrEqual(each * 1e4);
      expect(value).toBeGreaterThanOrEqual(0);
      expect(finite(model.predict(x).data)).toBe(true);
      const logs = model.trainOnBatch(x, side as number[]);
      expect([logs.loss, logs.gradientNorm].every(Number.isFinite)).toBe(true);
    }
    model.dispose();
  });
});

describe("every loss", () => {
  test.each(lossNames)(
    "%s: outputs and targets of any size are finite, or named and nothing changed",
    async (loss: LossName) => {
      const units = loss.includes("ategorical") || loss === "klDivergence" ? 2 : 1;
      const model = await Model.create({
        inputs: 1,
        layers: [
          dense(units, {
            activation: loss === "klDivergence" ? "softmax" : loss === "poisson" ? "softplus" : "linear",
          }),
        ],
        loss,
        metrics: ["accuracy", "auc", "f1", "meanAbsoluteError", "rootMeanSquaredError", "r2"],
      });
      for (const size of [0, 1e-45, 1e-38, 1, 1e4, 1e19, 1e30, 3e38]) {
        const x = [[size], [-size]];
        for (const target of [0, 1, 1e30]) {
          const y = loss.startsWith("sparse") ? [0, 1] : x.map(() => Array(units).fill(target));
          unchanged(model, () => model.trainOnBatch(x, y));
          unchanged(model, () => model.evaluate(x, y));
        }
      }
      model.dispose();
    },
  );

  test("refuses classes beyond the last, below 0 and between, naming the row", async () => {
    const model = await Model.create({ inputs: 1, layers: [dense(3)], loss: "sparseCategoricalCrossEntropy" });
    for (const label of [3, -1, 0.5, 2 ** 32, Number.NaN]) {
      const error = await mistake(() => model.trainOnBatch([1, 2], [0, label]));
      expect(error.code).toBe("DATA");
      expect(error.message).toMatch(/row 1/);
    }
    const binary = await Model.create({ inputs: 1, layers: [dense(1)], loss: "binaryCrossEntropy" });
    for (const target of [-0.1, 1.1])
      expect((await mistake(() => binary.trainOnBatch([1], [target]))).code).toBe("DATA");
  });
});

describe("every activation", () => {
  test.each(activationNames)(
    "%s of any number is finite, or named and nothing changed",
    async (activation: ActivationName) => {
      const model = await Model.create({
        inputs: 2,
        layers: [dense(2, { activation, kernelInitializer: "identity" }), dense(1)],
        loss: "meanSquaredError",
      });
      for (const size of [1e-45, 1e-38, 1e-20, 88, 104, 1e4, 1e19, 1e30, 3.4e38]) {
        for (const x of [[[size, -size]], [[-size, -size]], [[size, size]]]) {
          unchanged(model, () => model.trainOnBatch(x, [0]));
          // 3.4e38 twice overflows where both add up, which a linear last layer may do
          if (size < 1e30) expect(finite(model.predict(x).data)).toBe(true);
        }
      }
      model.dispose();
    },
  );
});

/** 1e-30 and less vanish in squares; 1e20 and more overflow in them. */
const gradients = [0, 1e-45, 1e-38, 1e-30, 1e-20, 1, 1e12, 1e19, 1e21, 1e30, 3e38];

describe("every optimizer", () => {
  const names = [...optimizerNames] as string[];
  test.each(names)(
    "%s: gradients from 0 over subnormals to 3e38 give finite numbers, or a named error",
    async (name) => {
      for (const size of gradients) {
        const optimizer = await Optimizer.create(normalizeOptimizer(name, "optimizer") as OptimizerConfig, [[2, 3]]);
        const theta = Float32Array.of(1, -1, 0.5, 1e-30, 0, 3);
        for (let step = 0; step < 20; step++) {
          const gradient = theta.map((_, i) => (i % 2 === 0 ? size : -size) * (step % 3 === 0 ? 1 : 0.5));
          const [before, state] = [theta.slice(), optimizer.state()];
          try {
            optimizer.step([theta], [gradient]);
          } catch (error) {
            expect(error).toBeInstanceOf(NonFiniteError);
            expect((error as Error).message).toMatch(/nothing was changed/);
            expect([theta, optimizer.state()]).toEqual([before, state]);
            expect(size).toBeGreaterThan(1e12);
            break;
          }
          expect(finite(theta), `${size}, step ${step}`).toBe(true);
          expect(
            optimizer.state().slots.every((slot) => slot.every(finite)),
            `state, ${size}`,
          ).toBe(true);
        }
        optimizer.dispose();
      }
    },
  );

  test("in a model, an update that would make state infinite is a divergence, and the model trains on with smaller ones", async () => {
    const model = await Model.create({ inputs: 1, layers: [dense(1)], loss: "meanSquaredError", optimizer: "adam" });
    const before = model.save();
    const error = await mistake(() => model.fit([[1e15]], [1e15], { epochs: 1 }), true);
    expect(error).toBeInstanceOf(DivergenceError);
    expect(model.save()).toEqual(before);
    expect((await model.fit([[1]], [1], { epochs: 2 })).epochs.length).toBe(2);
  });

  test("weight decay of 1e300 and a rate of 1e300 are named errors, not NaN", async () => {
    for (const options of [{ weightDecay: 1e300 }, { learningRate: 1e300 }]) {
      const model = await Model.create({
        inputs: 1,
        layers: [dense(2), dense(1)],
        loss: "meanSquaredError",
        optimizer: sgd(options),
      });
      expect(unchanged(model, () => model.trainOnBatch([[1]], [1]))).toBeInstanceOf(NonFiniteError);
    }
  });
});

describe("normalisation", () => {
  test("of batches refuses one row in training, also as the rest of an epoch", async () => {
    const model = await Model.create({
      inputs: 1,
      layers: [dense(2), batchNormalization(), dense(1)],
      loss: "meanSquaredError",
    });
    expect((await mistake(() => model.trainOnBatch([[1]], [1]))).code).toBe("CONFIG");
    expect((await mistake(() => model.fit([[1], [2], [3]], [1, 2, 3], { batchSize: 2 }), true)).code).toBe("CONFIG");
    expect(finite(model.predict([[1]]).data)).toBe(true);
  });

  test("whose variance is beyond 32 bits diverges at its layer, statistics untouched", async () => {
    const model = await Model.create({ inputs: 1, layers: [batchNormalization(), dense(1)], loss: "meanSquaredError" });
    const error = unchanged(model, () => model.trainOnBatch([[3e38], [-3e38]], [0, 1]));
    expect((error as Error).message).toMatch(/layers\.0\.output/);
  });

  test("of a constant column centres it and divides by 1", () => {
    for (const constant of [0, 0.1, 1e30, 1e-45]) {
      for (const scaler of [standardScaler(), minMaxScaler()]) {
        expect([...scaler.fitTransform([[constant], [constant], [constant]]).data]).toEqual([0, 0, 0]);
      }
    }
  });
});

describe("sizes", () => {
  test("one sample, and a last batch of one, train", async () => {
    const model = await Model.create({ inputs: 1, layers: [dense(1)], loss: "meanSquaredError" });
    expect((await model.fit([[1]], [2], { epochs: 3, batchSize: 64 })).steps).toBe(3);
    expect((await model.fit([[1], [2], [3], [4]], [2, 4, 6, 8], { epochs: 2, batchSize: 3 })).steps).toBe(4);
    // 4 rows in batches of 2: there is no empty batch after the last
    expect((await model.fit([[1], [2], [3], [4]], [2, 4, 6, 8], { epochs: 2, batchSize: 2 })).steps).toBe(4);
  });

  test("a million samples train", async () => {
    const x = Float32Array.from({ length: 1e6 }, (_, i) => (i % 1000) / 500 - 1);
    const model = await Model.create({
      inputs: 1,
      layers: [dense(1)],
      loss: "meanSquaredError",
      optimizer: sgd({ learningRate: 0.1 }),
    });
    const { epochs, steps } = await model.fit(
      x,
      x.map((value) => 3 * value + 2),
      { batchSize: 4096 },
    );
    expect(steps).toBe(Math.ceil(1e6 / 4096));
    expect(epochs[0]?.loss).toBeLessThan(0.2);
    expect(model.predict(x).data.length).toBe(1e6);
    model.dispose();
  });

  test("10,000 units train", async () => {
    const model = await Model.create({
      inputs: 4,
      layers: [dense(10_000, { activation: "relu" }), dense(1)],
      loss: "meanSquaredError",
    });
    const first = model.trainOnBatch([[1, 2, 3, 4]], [1]).loss;
    for (let i = 0; i < 10; i++) model.trainOnBatch([[1, 2, 3, 4]], [1]);
    expect(model.evaluate([[1, 2, 3, 4]], [1]).loss).toBeLessThan(first);
    model.dispose();
  });

  test("200 layers train where each adds to its input, and are named as vanishing where they do not", async () => {
    const x = Array.from({ length: 16 }, (_, i) => [Math.sin(i), Math.cos(i)]);
    const y = x.map(([a = 0, b = 0]) => a * b);
    const blocks = Array.from({ length: 200 }, () =>
      residual([dense(2, { activation: "tanh", kernelInitializer: "zeros" })]),
    );
    const deep = await Model.create({ inputs: 2, layers: [...blocks, dense(1)], loss: "meanSquaredError" });
    const { epochs } = await deep.fit(x, y, { epochs: 30, batchSize: 16 });
    expect(epochs.at(-1)?.loss).toBeLessThan(epochs[0]?.loss as number);
    const plain = Array.from({ length: 200 }, () => dense(2, { activation: "sigmoid" }));
    const flat = await Model.create({ inputs: 2, layers: [...plain, dense(1)], loss: "meanSquaredError" });
    expect(finite([flat.trainOnBatch(x, y).gradientNorm])).toBe(true);
    expect(flat.diagnose(x, y).findings.map(({ verdict }) => verdict)).toContain("vanishing");
  });
});
