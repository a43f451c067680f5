import { adam, Dataset, dense, Model, matrix, sgd } from "downhill";
import { describe, expect, test } from "vitest";
import { addProduct, Baseline } from "../../bench/baseline.mjs";
import { necessaryBytes } from "../../bench/memory.mjs";
import { peakProbe } from "../../bench/peak.mjs";
import { isBusy, measure, ratio, verdicts } from "../../bench/turns.mjs";
import { flopsOfStep, weightsOf, workloads } from "../../bench/workloads.mjs";

const numbers = (count: number, step: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(1 + step * i));

describe("the plain-JavaScript product", () => {
  const sizes = [1, 3, 4, 5, 8, 13];
  test("adds A · B to C exactly, for whole numbers of every edge size, read along rows or columns", () => {
    for (const m of sizes) {
      for (const n of sizes) {
        for (const k of sizes) {
          const a = Float32Array.from({ length: m * k + 2 }, (_, i) => ((i * 7) % 11) - 5);
          const b = Float32Array.from({ length: k * n }, (_, i) => ((i * 5) % 13) - 6);
          for (const [aRow, aColumn] of [
            [k, 1],
            [1, m],
          ] as const) {
            const c = new Float32Array(m * n).fill(2);
            addProduct(c, a, 2, aRow, aColumn, b, m, n, k);
            const wanted = c.map((_, at) => {
              const [i, j] = [Math.floor(at / n), at % n];
              let sum = 2;
              for (let p = 0; p < k; p++) sum += (a[2 + i * aRow + p * aColumn] as number) * (b[p * n + j] as number);
              return sum;
            });
            expect(c, `${m} × ${n} × ${k}`).toEqual(wanted);
          }
        }
      }
    }
  });
});

describe("the baseline follows downhill's loss over 50 steps", () => {
  const classes = { loss: "sparseCategoricalCrossEntropy" } as const;
  const values = { loss: "meanSquaredError" } as const;
  const hidden = (activation: "relu" | "tanh" | "sigmoid") => [
    dense(13, { activation }),
    dense(6, { activation: "tanh" }),
  ];
  test.each([
    [
      "relu, cross-entropy, adam",
      { ...classes, layers: [...hidden("relu"), dense(3)], optimizer: adam({ learningRate: 0.01 }) },
    ],
    [
      "tanh, cross-entropy, momentum",
      { ...classes, layers: [...hidden("tanh"), dense(3)], optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }) },
    ],
    [
      "sigmoid, squared error, sgd",
      { ...values, layers: [...hidden("sigmoid"), dense(3)], optimizer: sgd({ learningRate: 0.5 }) },
    ],
    [
      "squared error of a sigmoid, adam",
      {
        ...values,
        layers: [...hidden("relu"), dense(3, { activation: "sigmoid" })],
        optimizer: adam({ learningRate: 0.01, epsilon: 0.1 }),
      },
    ],
  ])("%s", async (_, config) => {
    const [inputs, rows, batch] = [5, 35, 14]; // the last batch has 7 rows
    const x = numbers(rows * inputs, 1.7);
    const y =
      config.loss === "meanSquaredError"
        ? numbers(rows * 3, 0.9)
        : Uint8Array.from({ length: rows }, (_, i) => (i * i) % 3);
    const model = await Model.create({ inputs, ...config });
    const plain = new Baseline({ inputs, ...config, maxBatch: batch });
    plain.setParameters(model.parameters());
    const data = Dataset.fromArrays(matrix(x, [rows, inputs]), y);
    const losses: number[] = [];
    const onBatchEnd = (_: number, logs: { loss?: number | undefined }) => {
      losses.push(logs.loss ?? Number.NaN);
    };
    await model.fit(data, { epochs: 17, batchSize: batch, shuffle: false, callbacks: [{ onBatchEnd }] });
    expect(losses.length).toBeGreaterThanOrEqual(50);
    losses.slice(0, 50).forEach((loss, step) => {
      const from = (step % 3) * batch;
      const theirs = plain.trainOnBatch(x, y, from, Math.min(batch, rows - from));
      // Sums in another order, f64 in between on one side: rounding of 1e-7 a step, grown over 50 steps.
      expect(Math.abs(theirs - loss), `step ${step}: ${theirs} and ${loss}`).toBeLessThan(1e-5);
    });
    expect(losses[49]).toBeLessThan(losses[1] as number);
    data.dispose();
    model.dispose();
  });
});

test("what the baseline cannot do is refused", () => {
  const config = { inputs: 2, layers: [dense(1)], loss: "meanSquaredError", optimizer: sgd(), maxBatch: 1 } as const;
  expect(() => new Baseline({ ...config, layers: [dense(1, { activation: "gelu" })] })).toThrow(/activation gelu/);
  expect(() => new Baseline({ ...config, optimizer: adam({ amsgrad: true }) })).toThrow(/this form of adam/);
  expect(() => new Baseline({ ...config, optimizer: sgd({ momentum: 0.9, nesterov: true }) })).toThrow(
    /this form of sgd/,
  );
});

const workload = (id: string) => {
  const found = workloads.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no workload ${id}`);
  return found;
};

test("a step of 784-128-10 at batch 128 is counted as 52.4 million operations, a prediction as 26", () => {
  // 2 · 128 · (2 · 784 · 128 + 3 · 128 · 10): no gradient of the first layer's input.
  expect(flopsOfStep(workload("W4b"))).toBe(2 * 128 * (2 * 784 * 128 + 3 * 128 * 10));
  expect(flopsOfStep(workload("W8b"))).toBe(2 * 128 * (784 * 128 + 128 * 10));
});

test("memory that cannot be done without is four numbers a parameter, two an activation, and the data", () => {
  const parameters = weightsOf(workload("W3")).reduce((sum, { data }) => sum + data.length, 0);
  expect(parameters).toBe(4 * 16 + 16 + 16 * 16 + 16 + 16 * 3 + 3);
  expect(necessaryBytes(workload("W3"))).toBe(4 * (4 * parameters + 2 * 16 * 35 + 160 * 4 + 160));
});

test("the probe of the SIMD peak finds a speed that a processor can have", () => {
  const probe = peakProbe();
  const speeds = Array.from({ length: 20 }, probe);
  expect(Math.max(...speeds)).toBeGreaterThan(2); // two lanes' worth of a slow machine
  expect(Math.max(...speeds)).toBeLessThan(1000); // more would mean that the loop was optimised away
});

test("a row is judged by what it must reach, and by nothing else", () => {
  const side = (min: number, gflops = 0, cpuShare = 1) => ({ min, median: min, gflops, cpuShare, turns: 1, loss: 0 });
  const row = (downhill: number, gflops: number, cpuShare?: number) => ({
    ...{
      id: "W0",
      name: "",
      steps: 1,
      total: false,
      flops: 1,
      peakGflops: 50,
      wanted: { plain: 6, torch: 1 },
      wantedShare: 0.8,
    },
    sides: { downhill: side(downhill, gflops, cpuShare), plain: side(6), torch: { error: "not there" } },
  });
  expect(verdicts(row(1, 40)).map(({ met }) => met)).toEqual([true, true]);
  expect(verdicts(row(1.01, 39)).map(({ met }) => met)).toEqual([false, false]);
  expect(verdicts({ ...row(2, 1), wanted: undefined, wantedShare: undefined })).toEqual([]);
  expect(ratio(row(1, 1), "downhill", "torch")).toBeNaN();
  expect([isBusy(row(1, 1)), isBusy(row(1, 1, 0.9))]).toEqual([false, true]);
});

test("a side that cannot take part is named with its reason, the others are measured", async () => {
  const tiny = { ...workload("W3"), steps: 10, batches: 1 };
  const environments = { "downhill@nowhere": { DOWNHILL_DIST: "/nowhere" } };
  const row = await measure(tiny, ["plain", "downhill@nowhere"], { rounds: 2, warmUpMs: 1, environments });
  expect(row.sides["downhill@nowhere"]).toMatchObject({ error: expect.stringMatching(/Cannot find module/) });
  expect(row.sides.plain).toMatchObject({ turns: 2 });
});

// Measured beside other tests: the best of many interleaved turns, and up to three more tries.
describe("through fit downhill beats plain JavaScript", { retry: 3, timeout: 120_000 }, () => {
  test.each(["W3", "W4b"].map(workload))("$wanted.plain × on $name", async (one) => {
    const row = await measure(one, ["downhill", "plain"]);
    const [verdict] = verdicts(row);
    expect(verdict?.met, `${verdict?.got.toFixed(2)} ×`).toBe(true);
  });
});
