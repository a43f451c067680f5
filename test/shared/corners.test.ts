/** Small parts at the edges of what they are given, to which the tests of the whole never bring them. */

import { afterEach, describe, expect, test, vi } from "vitest";
import { verboseCallback } from "../../ts/callbacks/progress-bar.js";
import { robustScale } from "../../ts/diagnose/robust.js";
import { type Run, scoreOf } from "../../ts/experiments/run.js";
import {
  activation,
  adam,
  adan,
  type CallbackContext,
  ConfigError,
  compareOptimizers,
  constant,
  DivergenceError,
  DownhillError,
  dense,
  earlyStopping,
  init,
  type LayerConfig,
  layerNormalization,
  lbfgs,
  Model,
  type ModelConfig,
  matrix,
  minimize,
  modelCheckpoint,
  muon,
  nadam,
  progressBar,
  randomNormal,
  recordGradients,
  residual,
  sam,
  scheduleFreeAdamW,
  sgd,
  switchAt,
  UnsupportedError,
} from "../../ts/index.js";
import { Lbfgs } from "../../ts/lbfgs.js";

const x = Array.from({ length: 24 }, (_, r) => Array.from({ length: 4 }, (_, c) => Math.sin(1.7 * r + 2.3 * c)));
const y = x.map(([a = 0, b = 0]) => a * b);
const base = { inputs: 4, layers: [dense(5, { activation: "tanh" }), dense(1)], loss: "meanSquaredError" } as const;
const loosely = (f: unknown, ...given: unknown[]) => (f as (...given: unknown[]) => unknown)(...given);
/** What the promise is rejected with. */
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "resolved",
    (error: unknown) => error,
  );

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("callbacks", () => {
  test("verbose 1 and true draw in a terminal, 2 writes lines there too", () => {
    const written: string[] = [];
    const stdout = { isTTY: true, write: (text: string) => written.push(text) };
    const params = { epochs: 2, steps: 3, samples: 9 };
    for (const [verbose, isBar] of [
      [1, true],
      [true, true],
      [2, false],
    ] as const) {
      vi.stubGlobal("process", { stdout });
      const callback = verboseCallback(verbose);
      vi.unstubAllGlobals();
      expect(callback?.onProgress !== undefined, String(verbose)).toBe(isBar);
      callback?.onEpochEnd?.(0, { loss: 2, durationMs: 5 } as never, { params } as unknown as CallbackContext);
      expect(written.splice(0).join("")).toBe(
        isBar ? `\repoch 1/2 ${"█".repeat(24)} 3/3 · 5 ms · loss 2.000\n` : "epoch 1/2 · 5 ms · loss 2.000\n",
      );
    }
  });

  test("the bar knows no end of a stream in its first epoch, and writes 0 and NaN as they are", () => {
    const written: string[] = [];
    const clock = vi.spyOn(performance, "now").mockReturnValue(1000);
    const bar = progressBar({ write: (text) => written.push(text), style: "bar" });
    const context = {
      params: { epochs: 1, steps: Number.POSITIVE_INFINITY, samples: 9 },
    } as unknown as CallbackContext;
    bar.onEpochBegin?.(0, context);
    bar.onProgress?.(6, { loss: 0, other: Number.NaN } as never, context);
    expect(written).toEqual([`\repoch 1/1 ${"░".repeat(24)} 7/? · 0 ms · loss 0 · other NaN`]);
    clock.mockReturnValue(1250);
    bar.onEpochEnd?.(
      0,
      { loss: 1 } as never,
      { params: { ...context.params, steps: 7 } } as unknown as CallbackContext,
    );
    // Where no duration is logged, it takes its own.
    expect(written[1]).toContain("7/7 · 250 ms · loss 1.000");
  });

  test("early stopping and checkpoints begin anew where nothing says which epoch it is", async () => {
    const params = { epochs: 2, steps: 1, samples: 1 };
    const context = {
      params,
      model: { save: () => Uint8Array.of(1), parameters: () => [] },
    } as unknown as CallbackContext;
    const stopper = earlyStopping();
    await stopper.onEpochEnd?.(0, { val_loss: 1 } as never, context as never);
    expect(stopper.state().best).toBe(1);
    await stopper.onTrainBegin?.(context as never);
    expect(stopper.state()).toMatchObject({ wait: 0 });
    expect(stopper.state().best).toBeUndefined();
    stopper.loadState({ wait: 3, best: 2, bestEpoch: 1 });
    expect(stopper.state()).toEqual({ wait: 3, best: 2, bestEpoch: 1, bestParameters: undefined });

    const names: string[] = [];
    const checkpoint = modelCheckpoint({ write: async (name) => void names.push(name) }, { monitor: "loss" });
    for (const loss of [1, 2]) {
      await checkpoint.onTrainBegin?.(context);
      await checkpoint.onEpochEnd?.(0, { loss } as never, context);
    }
    // The second is worse, but the best of its own training.
    expect(names).toHaveLength(2);
  });
});

describe("configurations are refused", () => {
  const refusal = async (config: object) => {
    const error = await failure(Model.create({ ...base, ...config } as ModelConfig));
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  };

  test("for a bias as a matrix", async () => {
    for (const biasInitializer of ["orthogonal", "identity"] as const)
      expect(await refusal({ layers: [{ type: "dense", units: 1, biasInitializer }] })).toBe(
        `layers[0].biasInitializer: ${biasInitializer} is for matrices, a bias is a vector; take "zeros", "constant" or a random one`,
      );
  });

  test("for a loss of the other kind of probabilities, with the right one", async () => {
    const of = (loss: string, activation: string) => refusal({ loss, layers: [dense(2, { activation } as never)] });
    expect(await of("binaryCrossEntropy", "softmax")).toMatch(
      /it is softmax; with softmax use "categoricalCrossEntropy"$/,
    );
    expect(await of("binaryCrossEntropy", "relu")).toMatch(/it is relu$/);
    expect(await of("categoricalCrossEntropy", "sigmoid")).toMatch(
      /it is sigmoid; with sigmoid use "binaryCrossEntropy"$/,
    );
  });

  test("for betas that are not three, and rules for the rest that are none", () => {
    for (const betas of [[0.9, 0.9], [], [0.9, 0.9, 0.9, 0.9]])
      expect(() => loosely(adan, { betas })).toThrow("adan.betas: expected three numbers, got");
    expect(() => loosely(muon, { adamw: 3 })).toThrow(/^muon\.adamw: /);
  });

  test("for a pattern that picks nothing, with the word for the whole layer", async () => {
    const model = await Model.create(base);
    expect(() => model.freeze("layers.0")).toThrow("picks none of");
    expect(() => model.freeze("layers.0")).toThrow('; for the whole layer write "layers.0.**"');
    expect(() => model.freeze("nothing")).toThrow(/picks none of [^;]*$/);
  });
});

describe("what is asked of a model by hand", () => {
  test("`new` is not how models and optimizers are made", async () => {
    const { Optimizer } = await import("../../ts/index.js");
    expect(() => Reflect.construct(Model, [base])).toThrow(
      "Model: is made by `await Model.create(config)`, not by `new`",
    );
    expect(() => Reflect.construct(Optimizer, [{ type: "sgd" }])).toThrow(
      "Optimizer: is made by `await Optimizer.create(…)`, not by `new`",
    );
  });

  test("numbers that leave the range of floats are named, and nothing changes", async () => {
    const model = await Model.create({ ...base, layers: [dense(1, { kernelInitializer: constant(1e38) })] });
    const before = model.save();
    const huge = x.map((row) => row.map(() => 10));
    for (const ask of [
      () => model.gradients(huge, y),
      () => model.checkGradients(huge, y),
      () => model.trainOnBatch(huge, y),
    ])
      expect(ask).toThrow(DownhillError);
    expect(() => model.gradients(huge, y)).toThrow(/layers\.0/);
    expect(() => model.checkGradients(huge, y)).toThrow(/layers\.0/);
    expect(model.save()).toEqual(before);
  });

  test("the first layer may be one that gives no gradient to the inputs", async () => {
    const first: LayerConfig[] = [layerNormalization(), activation("tanh"), activation("softmax")];
    for (const layer of first) {
      const model = await Model.create({ ...base, layers: [layer, dense(3, { activation: "tanh" }), dense(1)] });
      const checked = model.checkGradients(x, y);
      expect(checked.length).toBeGreaterThan(3);
      for (const { name, maxRelativeDifference } of checked)
        expect(maxRelativeDifference, `${layer.type} ${name}`).toBeLessThan(0.01);
    }
  });
});

describe("optimizers", () => {
  const train = async (optimizer: ModelConfig["optimizer"], epochs = 20) => {
    const model = await Model.create({ ...base, optimizer, seed: 2 } as ModelConfig);
    const before = model.parameters();
    await model.fit(x, y, { epochs, batchSize: 8 });
    return { before, after: model.parameters(), model };
  };

  test("nadam without momentum is adam without momentum", async () => {
    const options = { learningRate: 0.01, beta1: 0, epsilon: 1e-7 };
    const [a, b] = await Promise.all([train(nadam(options)), train(adam(options))]);
    for (const [i, { data }] of a.after.entries())
      for (const [j, value] of data.entries()) expect(value).toBeCloseTo(b.after[i]?.data[j] ?? Number.NaN, 5);
  });

  test("a rate of 0 leaves schedule-free weights where they are", async () => {
    const { before, after, model } = await train(scheduleFreeAdamW({ learningRate: 0 }), 3);
    expect(after).toEqual(before);
    expect(model.parameters({ averaged: true })).toEqual(before);
  });

  test("a sam that a switch brings looks uphill from there on, and as far as it says", async () => {
    const asked: number[][] = [];
    const slope = (point: Float64Array) => {
      asked.push(Array.from(point));
      return { value: point[0] ?? 0, gradient: Float64Array.of(1) };
    };
    const optimizer = switchAt(2, sgd({ learningRate: 0.25 }), sam(sgd({ learningRate: 0.25 }), { rho: 0.5 }));
    await minimize(slope, [8], { optimizer, maxIterations: 4 });
    const points = asked.map(([at = 0]) => Math.round(at * 1e6) / 1e6);
    // From the third update on, a second look half a unit uphill.
    expect(points).toEqual([8, 7.75, 7.5, 8, 7.25, 7.75, 7]);
  });

  test("minimize says where the gradient stops being finite", async () => {
    const wall = (point: Float64Array) => ({
      value: point[0] ?? 0,
      gradient: Float64Array.of((point[0] ?? 0) < 7 ? Number.NaN : 1),
    });
    expect(String(await failure(minimize(wall, [8], { optimizer: sgd({ learningRate: 0.75 }) })))).toContain(
      "minimize: the gradient is not finite at [6.5]",
    );
    expect(String(await failure(minimize(wall, Float32Array.of(6), { optimizer: "sgd" })))).toContain("at [6]");
    const { x: best } = await minimize(
      (point) => ({ value: (point[0] ?? 0) ** 2, gradient: undefined }) as never,
      Float32Array.of(3),
      { optimizer: lbfgs() },
    );
    // A value in an object without a gradient: differences.
    expect(best[0]).toBeCloseTo(0, 5);
  });

  test("lbfgs takes back only what it gave", () => {
    const optimizer = new Lbfgs(lbfgs({ historySize: 1 }), true);
    const slot = Float32Array.of(1);
    for (const [slots, numbers] of [
      [[slot], [1, 1, 1]],
      [
        [slot, slot, slot],
        [1, 1, 1],
      ],
      [
        [slot, slot, slot, slot, slot, slot],
        [1, 1, 1],
      ],
      [
        [slot, slot],
        [1, 1],
      ],
      [[], [1, 1, 1]],
    ] as const) {
      const load = () => optimizer.load({ slots, numbers });
      expect(load).toThrow(ConfigError);
      expect(load).toThrow(`optimizer: ${slots.length} buffers and ${numbers.length} numbers are no state of lbfgs`);
    }
    const state = { slots: [slot, Float32Array.of(2)], numbers: [3, 0.5, 0.25] };
    optimizer.load(state);
    expect(optimizer.save()).toEqual(state);
  });
});

describe("experiments", () => {
  const run = (values: readonly number[], more: object = {}) =>
    ({
      history: { epochs: values.map((loss, epoch) => ({ epoch, loss, accuracy: loss })) },
      ...more,
    }) as unknown as Run;

  test("score the best epoch in the direction of what is watched, and what is no number as the worst", () => {
    const score = (values: readonly number[], monitor: string, pick: "best" | "last") =>
      scoreOf(run(values), { monitor, pick }, "here");
    expect(score([3, 1, 2], "loss", "best")).toBe(1);
    expect(score([3, 1, 2], "accuracy", "best")).toBe(3);
    expect(score([3, Number.NaN], "loss", "best")).toBe(3);
    expect(score([3, Number.NaN], "loss", "last")).toBe(Number.POSITIVE_INFINITY);
    expect(score([3, Number.NaN], "accuracy", "last")).toBe(Number.NEGATIVE_INFINITY);
    expect(score([], "accuracy", "last")).toBe(Number.NEGATIVE_INFINITY);
    expect(scoreOf(run([1], { error: new Error() }), { monitor: "loss", pick: "last" }, "here")).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  test("reach a target from below where high is good", async () => {
    const labels = x.map(([a = 0]) => Number(a > 0));
    const config = { ...base, loss: "binaryCrossEntropy", metrics: ["accuracy"], seed: 1 } as const;
    const options = { epochs: 30, seeds: 1, monitor: "accuracy", target: 0.9 } as const;
    const [result] = await compareOptimizers(config, { a: adam({ learningRate: 0.02 }) }, x, labels, options as never);
    const curve = (result?.histories[0]?.epochs ?? []).map((logs) => (logs as { accuracy?: number }).accuracy ?? 0);
    const first = curve.findIndex((value) => value >= 0.9) + 1;
    expect(first).toBeGreaterThan(1);
    expect(result?.timeToTarget?.[0]?.epochs).toBe(first);
  });

  test("stop in the middle of a search without a race", async () => {
    const abort = new AbortController();
    const done: number[] = [];
    const options = {
      epochs: 300,
      seeds: 1,
      searchLearningRate: [0.01, 0.1],
      signal: abort.signal,
      onProgress: (progress: { done: number }) => {
        done.push(progress.done);
        if (progress.done >= 1) abort.abort();
      },
    };
    const [result] = await compareOptimizers(base, { a: adam() }, x, y, options);
    expect(result).toMatchObject({ stoppedBy: "signal", histories: [], mean: [] });
    expect(result?.search.length).toBe(1);
  });
});

describe("the health of a training", () => {
  test("columns are scaled by quartiles where outliers are, constant ones by what is left", () => {
    const column = (f: (row: number) => number) => Array.from({ length: 40 }, (_, row) => f(row));
    const of = (...columns: number[][]) =>
      robustScale(
        matrix(columns[0]?.flatMap((_, row) => columns.map((each) => each[row] ?? 0)) ?? [], [40, columns.length]),
      );
    const calm = of(
      column(() => 7),
      column((row) => row),
    );
    expect(calm.hasOutliers).toEqual([]);
    expect(calm.mean[0]).toBe(7);
    expect(calm.standardDeviation[0]).toBe(1);
    expect(calm.standardDeviation[1]).toBeCloseTo(Math.sqrt((40 ** 2 - 1) / 12), 6);
    const wild = of(
      column((row) => (row === 0 ? 1e6 : row)),
      column(() => 7),
      column((row) => (row < 4 ? 3 : 0)),
    );
    expect(wild.hasOutliers).toEqual([0]);
    expect(wild.mean).toEqual([21, 7, 0]);
    expect(wild.standardDeviation[0]).toBeLessThan(20);
    expect(wild.standardDeviation[1]).toBe(1);
    // Its middle half is constant: the deviation stands in.
    expect(wild.standardDeviation[2]).toBeCloseTo(0.9, 6);
  });

  test("saturation is that of the activation", async () => {
    for (const [name, edge] of [
      ["hardSigmoid", 3],
      ["softsign", 1e5],
    ] as const) {
      const kernelInitializer = constant(2 * edge);
      const model = await Model.create({
        inputs: 1,
        layers: [dense(2, { activation: name, kernelInitializer }), dense(1)],
        loss: "meanSquaredError",
      });
      const { layers } = model.diagnose([[1], [-1], [1e-6], [0]], [0, 0, 0, 0]);
      expect(layers[0]?.saturatedFraction, name).toBe(0.5);
    }
  });

  test("records of frozen layers have their gradient, those of several batches what no batch woke", async () => {
    const layers = [dense(6, { activation: "relu" }), dense(1)];
    const model = await Model.create({ ...base, layers, optimizer: sgd({ learningRate: 0.01 }), seed: 4 });
    const { parameters } = model.gradients(x, y);
    const kernel = parameters.find(({ name }) => name === "layers.0.kernel")?.gradient ?? [];
    model.freeze("layers.0.**");
    const { layers: report } = model.diagnose(x, y);
    expect(report[0]?.parameterGradientNorm).toBeCloseTo(Math.hypot(...kernel), 5);
    expect(report[0]?.updateRatio).toBe(0);

    // One row a batch: each leaves units of the first layer at 0, few of them all.
    const recorder = recordGradients();
    const whole = model.clone();
    await model.fit(x, y, { epochs: 1, batchSize: 1, accumulate: 24, shuffle: false, callbacks: [recorder] });
    expect(recorder.records[0]?.layers[0]?.deadFraction).toBe(whole.diagnose(x, y).layers[0]?.deadFraction);
    const alone = whole.diagnose(x.slice(0, 1), y.slice(0, 1)).layers[0]?.deadFraction ?? 0;
    expect(alone).toBeGreaterThan(whole.diagnose(x, y).layers[0]?.deadFraction ?? 1);
  });

  test("an update that overflows is told by the loss after it, its ratio reads 0", async () => {
    const model = await Model.create({ ...base, optimizer: sgd({ learningRate: 1e38 }), seed: 4 });
    const scaled = y.map((value) => 1e6 * value);
    const before = model.save();
    const { layers, findings } = model.diagnose(x, scaled);
    expect(layers.map(({ updateRatio }) => updateRatio)).toEqual([0, 0]);
    expect(findings.map(({ verdict }) => verdict)).toContain("learningRateTooHigh");
    expect(model.save()).toEqual(before);
    // Recorded up to there.
    const recorder = recordGradients();
    const error = await failure(model.fit(x, scaled, { epochs: 3, batchSize: 8, callbacks: [recorder] }));
    expect(error).toBeInstanceOf(DivergenceError);
    expect(recorder.records).toEqual([]);
  });
});

describe("a divergence with layers inside of layers", () => {
  const reason = async (config: object, targets: readonly number[] = y) => {
    const model = await Model.create({ ...base, ...config } as ModelConfig);
    const error = await failure(model.fit(x, targets, { epochs: 50, batchSize: 8 }));
    expect(error).toBeInstanceOf(DivergenceError);
    return error as DivergenceError;
  };

  test("draws their kernels anew as well", async () => {
    const loud = () => dense(4, { activation: "relu", kernelInitializer: randomNormal({ stddev: 30 }) });
    const layers = [...Array.from({ length: 24 }, () => residual([loud()])), dense(1)];
    const { reason: why, advice } = await reason({ layers, optimizer: sgd({ learningRate: 1e-3 }) });
    expect(why).toBe("overflow");
    const redrawn = advice.map(({ change }) => change.layers?.[0]).find((layer) => layer?.type === "residual");
    expect(redrawn).toMatchObject({ type: "residual", layers: [{ kernelInitializer: "heNormal" }] });
  });

  test("puts softplus behind what is no layer with an activation", async () => {
    const counts = y.map((_, i) => i % 4);
    const layers = [dense(8), layerNormalization()];
    const config = {
      layers: [...layers, residual([dense(8)])],
      loss: "poisson",
      optimizer: sgd({ learningRate: 0.1 }),
    };
    const model = await Model.create({ ...base, ...config } as ModelConfig).catch((error: unknown) => error);
    expect(model).toBeInstanceOf(Model);
    const targets = counts.map((count) => Array.from({ length: 8 }, () => count));
    const error = await failure((model as Model).fit(x, targets, { epochs: 50, batchSize: 8 }));
    expect(error).toBeInstanceOf(DivergenceError);
    const { reason: why, advice } = error as DivergenceError;
    expect(why).toBe("logarithm");
    expect(advice[0]?.change.layers?.at(-1)).toEqual({ type: "activation", activation: "softplus" });
    expect(advice[0]?.change.layers).toHaveLength(4);
  });
});

describe("engines that lack something", () => {
  test("are told what", async () => {
    const { relaxedSimd } = await import("../../ts/relaxed-simd.js");
    const { compile } = await import("../../ts/core/load.js");
    const bytes = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
    vi.stubGlobal("WebAssembly", undefined);
    expect(() => compile(bytes)).toThrow(UnsupportedError);
    expect(() => compile(bytes)).toThrow("this engine has no WebAssembly: downhill needs one from 2023 or later");
    vi.unstubAllGlobals();
    const without = { ...relaxedSimd, variant: "relaxed-simd", supported: false };
    expect(await failure(init({ wasm: without as never }))).toBeInstanceOf(UnsupportedError);
  });
});
