import { describe, expect, test } from "vitest";
import {
  type Advice,
  activation,
  adam,
  adaptiveClip,
  applyAdvice,
  batchNormalization,
  centralizeGradient,
  clipByGlobalNorm,
  constant,
  dense,
  ema,
  type LayerConfig,
  layerNormalization,
  leakyRelu,
  Model,
  type ModelConfig,
  maxNorm,
  normalization,
  randomNormal,
  residual,
  sgd,
  type Verdict,
} from "../../ts/index.js";

const x = Array.from({ length: 64 }, (_, r) => Array.from({ length: 4 }, (_, c) => Math.sin(1.7 * r + 2.3 * c)));
const y = x.map(([a = 0, b = 0]) => a * b);
const chain = (depth: number, options: Parameters<typeof dense>[1]) =>
  [...Array.from({ length: depth - 1 }, () => dense(16, options)), dense(1)] as readonly LayerConfig[];
const base = { inputs: 4, loss: "meanSquaredError", optimizer: adam({ learningRate: 3e-3 }) } as const;

async function examine(config: ModelConfig, data: readonly (readonly number[])[] = x) {
  const model = await Model.create(config);
  return model.diagnose(data, y);
}
const named = (advice: Advice | undefined) => Object.keys(advice?.change ?? {});

describe("a verdict", () => {
  test.each([
    ["healthy", chain(4, { activation: "relu", kernelInitializer: "heNormal" })],
    ["vanishing", chain(16, { activation: "sigmoid" })],
    ["exploding", chain(16, { activation: "relu", kernelInitializer: randomNormal({ stddev: 1 }) })],
    ["saturated", chain(6, { activation: "tanh", kernelInitializer: randomNormal({ stddev: 2 }) })],
    ["dead", chain(4, { activation: "relu", biasInitializer: constant(-8) })],
  ] as readonly (readonly [Verdict, readonly LayerConfig[]])[])("is %s", async (verdict, layers) => {
    const report = await examine({ ...base, layers });
    expect(report.verdict).toBe(verdict);
    expect(report.findings[0]?.verdict ?? "healthy").toBe(verdict);
    expect(report.advice.length > 0).toBe(verdict !== "healthy");
    for (const { severity, layers: where } of report.findings) {
      expect(severity).toBeGreaterThan(0);
      expect(severity).toBeLessThanOrEqual(1);
      expect(where.length).toBeGreaterThan(0);
    }
  });

  test("is the worst of all findings, which stand in order", async () => {
    // Inputs in the thousands saturate, too.
    const layers = chain(4, { activation: "tanh" });
    const report = await examine(
      { ...base, layers },
      x.map((row) => row.map((value) => 1e3 * value)),
    );
    expect(report.findings.map(({ verdict }) => verdict).slice(0, 2)).toEqual(["inputsUnscaled", "saturated"]);
    expect(report.verdict).toBe("inputsUnscaled");
    expect(report.findings[0]?.layers).toEqual(["inputs"]);
  });

  test("finds inputs that are too faint as a whole, not a single faint column", async () => {
    const layers = chain(3, { activation: "relu" });
    const faint = await examine(
      { ...base, layers },
      x.map((row) => row.map((value) => 1e-3 * value)),
    );
    expect(faint.verdict).toBe("inputsUnscaled");
    expect(
      (
        await examine(
          { ...base, layers },
          x.map(([a = 0, ...rest]) => [1e-3 * a, ...rest]),
        )
      ).verdict,
    ).toBe("healthy");
  });

  test("looks at the inputs behind a normalization layer", async () => {
    const far = x.map((row) => row.map((value) => 1000 + value));
    const scaled = normalization({ mean: [1000, 1000, 1000, 1000], standardDeviation: [1, 1, 1, 1] });
    const layers = chain(3, { activation: "relu" });
    expect((await examine({ ...base, layers }, far)).verdict).toBe("inputsUnscaled");
    expect((await examine({ ...base, layers: [scaled, ...layers] }, far)).verdict).toBe("healthy");
    expect((await examine({ ...base, layers: [batchNormalization(), ...layers] }, far)).verdict).toBe("healthy");
  });

  test("does not take one odd layer for a trend", async () => {
    const odd = dense(16, { activation: "relu", kernelInitializer: randomNormal({ stddev: 1e-4 }) });
    const relu = chain(5, { activation: "relu", kernelInitializer: "heNormal" });
    const report = await examine({ ...base, layers: [...relu.slice(0, 2), odd, ...relu.slice(2)] });
    expect(report.findings.map(({ verdict }) => verdict)).not.toContain("vanishing");
  });

  test("lets answers be certain that are right", async () => {
    const labels = x.map(([a = 0]) => Number(a > 0));
    const model = await Model.create({ inputs: 4, layers: [dense(2)], loss: "sparseCategoricalCrossEntropy" });
    const answer = (sign: number) =>
      model.setParameters([{ name: "layers.0.kernel", data: [-500 * sign, 500 * sign, 0, 0, 0, 0, 0, 0] }]);
    answer(1);
    expect(model.diagnose(x, labels).findings.map(({ verdict }) => verdict)).not.toContain("saturated");
    answer(-1);
    expect(model.diagnose(x, labels).verdict).toBe("saturated");
  });

  test("blames exploding layers for answers that are certain and wrong", async () => {
    const layers = [
      ...chain(16, { activation: "relu", kernelInitializer: randomNormal({ stddev: 1 }) }).slice(0, -1),
      dense(3),
    ];
    const config = { inputs: 4, layers, loss: "sparseCategoricalCrossEntropy", optimizer: adam() } as const;
    const model = await Model.create(config);
    const report = model.diagnose(
      x,
      x.map((_, i) => i % 3),
    );
    expect(report.layers.at(-1)?.saturatedFraction).toBeGreaterThan(0.9);
    expect(report.verdict).toBe("exploding");
    expect(report.findings.map(({ verdict }) => verdict)).not.toContain("saturated");
    expect(report.advice[0]?.remedy).toMatch(/^Initialise the kernels of the hidden layers with heNormal/);
  });

  test("finds steps longer than the weights that raise the loss only a while", async () => {
    const layers = chain(4, { activation: "tanh" });
    for (const seed of [0, 1, 2, 3, 4]) {
      const model = await Model.create({
        ...base,
        layers,
        seed,
        loss: "binaryCrossEntropy",
        optimizer: adam({ learningRate: 0.5 }),
      });
      const report = model.diagnose(
        x,
        y.map((value) => Number(value > 0)),
      );
      expect(report.verdict, report.rehearsal.join(" ")).toBe("learningRateTooHigh");
    }
  });

  test("finds a rate too high by rehearsal, and by what the last fit did", async () => {
    const layers = chain(2, { activation: "leakyRelu" });
    expect((await examine({ ...base, layers, optimizer: adam({ learningRate: 1 }) })).verdict).toBe(
      "learningRateTooHigh",
    );
    const model = await Model.create({ ...base, layers, optimizer: sgd({ learningRate: 2 }) });
    await model.fit(x, y, { epochs: 30 }).catch(() => undefined);
    expect(model.diagnose(x, y).verdict).toBe("learningRateTooHigh");
    // Another optimizer, but these weights: worse than fresh ones.
    model.reset();
    expect(model.diagnose(x, y).findings.length).toBeLessThanOrEqual(1);
  });
});

describe("advice", () => {
  test("says that no rate helps where every rehearsal overflows", async () => {
    const layers = chain(16, { activation: "relu", kernelInitializer: randomNormal({ stddev: 3 }) });
    const { advice } = await examine({ ...base, layers, optimizer: sgd({ learningRate: 0.015 }) });
    const lower = advice.find(({ remedy }) => remedy.startsWith("Lower the learning rate"));
    expect(lower?.remedy).toBe("Lower the learning rate from 0.015 to 1.5e-7.");
    expect(lower?.why).toMatch(/overflow at the present rate and at each of 9 lower ones, down to 4.5e-7;/);
    for (const { why } of advice) expect(why).not.toMatch(/Infinity|NaN/);
  });

  test("names what it changes, and changes nothing else", async () => {
    const layers = chain(16, { activation: "sigmoid" });
    const { advice } = await examine({ ...base, layers });
    const [first] = advice;
    expect(first?.remedy).toMatch(/relu.*heNormal/);
    expect(first?.why).toMatch(/relu/);
    expect(first?.paper).toMatch(/He et al/);
    expect(first?.change).toEqual({
      layers: chain(16, { activation: "relu", kernelInitializer: "heNormal" }),
    });
    expect(new Set(advice.map(({ remedy }) => remedy)).size).toBe(advice.length);
  });

  test("keeps tanh where only the initialiser is to blame", async () => {
    const layers = chain(6, { activation: "tanh", kernelInitializer: randomNormal({ stddev: 2 }) });
    const { advice } = await examine({ ...base, layers });
    expect(advice[0]?.change).toEqual({ layers: chain(6, { activation: "tanh" }) });
  });

  test("scales inputs by what it measured, robustly where outliers are", async () => {
    const layers = chain(3, { activation: "relu" });
    const plain = await examine(
      { ...base, layers },
      x.map(([a = 0, ...rest]) => [50 + 20 * a, ...rest]),
    );
    const first = plain.advice[0]?.change.layers?.[0];
    if (first?.type !== "normalization") throw new Error(`got ${first?.type}`);
    const column = x.map(([a = 0]) => 50 + 20 * a);
    const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
    expect(first.mean[0]).toBeCloseTo(mean, 3);
    expect(first.standardDeviation[0]).toBeCloseTo(
      Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length),
      3,
    );
    const outliers = await examine(
      { ...base, layers },
      x.map((row, i) => (i % 16 === 0 ? [1e6, ...row.slice(1)] : row)),
    );
    const change = outliers.advice[0]?.change.layers ?? [];
    expect(change.map(({ type }) => type)).toEqual(["normalization", "activation", "dense", "dense", "dense"]);
    expect(change[0]?.type === "normalization" && change[0].standardDeviation[0]).toBeLessThan(2);
    expect(outliers.advice[0]?.why).toMatch(/outliers.*softsign/);
  });

  test("lowers the rate inside wrappers, and says from what to what", async () => {
    const layers = chain(3, { activation: "relu", kernelInitializer: "heNormal" });
    const { advice } = await examine({ ...base, layers, optimizer: ema(adam({ learningRate: 1 })) });
    const optimizer = advice[0]?.change.optimizer;
    if (typeof optimizer !== "object" || optimizer.type !== "ema" || optimizer.optimizer.type !== "adam")
      throw new Error("expected adam in ema");
    expect(optimizer.optimizer.learningRate).toBeLessThanOrEqual(0.1);
    expect(advice[0]?.remedy).toBe(`Lower the learning rate from 1 to ${optimizer.optimizer.learningRate}.`);
  });

  test("gives adam with new kernels, since sgd's rate suited the old gradients", async () => {
    for (const [options, remedy] of [
      [{ activation: "sigmoid" }, /relu.*heNormal.*adam/],
      [{ activation: "relu", kernelInitializer: randomNormal({ stddev: 1 }) }, /^Initialise.*heNormal.*adam/],
    ] as const) {
      const { advice } = await examine({ ...base, layers: chain(16, options), optimizer: sgd({ learningRate: 0.5 }) });
      expect(advice[0]?.remedy).toMatch(remedy);
      expect(advice[0]?.change.optimizer).toMatchObject({ type: "adam", learningRate: 1e-3 });
      expect(advice[0]?.why).toMatch(/One rate cannot suit kernels whose gradients (range from [^ ]+ to|overflow)/);
    }
  });

  test("clips in front of the transforms that are there, and not twice", async () => {
    const layers = chain(3, { activation: "relu", kernelInitializer: "heNormal" });
    const clips = async (gradient: NonNullable<ModelConfig["gradient"]>) => {
      const { advice } = await examine({ ...base, layers, gradient, optimizer: sgd({ learningRate: 20 }) });
      return advice.flatMap(({ change }) => (change.gradient === undefined ? [] : [change.gradient]));
    };
    expect(await clips([])).toEqual([[clipByGlobalNorm(1)]]);
    expect(await clips([centralizeGradient()])).toEqual([[clipByGlobalNorm(1), centralizeGradient()]]);
    expect(await clips([clipByGlobalNorm(1e6)])).toEqual([]);
    expect(await clips([adaptiveClip({ lambda: 1e6 })])).toEqual([]);
  });

  test("names the activation that died", async () => {
    const { advice } = await examine({
      ...base,
      layers: chain(3, { activation: "silu", biasInitializer: constant(-20) }),
    });
    const leaky = advice.find(({ remedy }) => remedy.includes("leakyRelu"));
    expect(leaky?.remedy).toMatch(/^Replace silu by leakyRelu/);
  });

  test("bounds weights that saturate, by decay or by a constraint", async () => {
    const layers = chain(6, { activation: "tanh", kernelInitializer: randomNormal({ stddev: 2 }) });
    const { advice } = await examine({ ...base, layers });
    expect(advice.map(({ remedy }) => remedy).join()).toMatch(/weightDecay 0.01.*maxNorm/);
    const bounded = advice.at(-1)?.change.layers ?? [];
    expect(bounded).toEqual(
      layers.map((layer, i) => (i < 5 ? { ...layer, kernelConstraint: maxNorm({ maxValue: 3 }) } : layer)),
    );
    expect(advice.at(-1)?.why).toMatch(/norm of about [78]\./);
  });

  test("leaves linear layers linear where an activation layer follows", async () => {
    const layers = [
      ...Array.from({ length: 14 }, () => [dense(16), activation("sigmoid")]).flat(),
      dense(1),
    ] as readonly LayerConfig[];
    const { advice } = await examine({ ...base, layers });
    const [cured] = advice;
    expect(cured?.change.layers?.slice(0, 2)).toEqual([
      dense(16, { kernelInitializer: "heNormal" }),
      activation("relu"),
    ]);
    const normalized = advice.find(({ remedy }) => remedy.startsWith("Put a layerNormalization"));
    const [first, second, third, ...rest] = normalized?.change.layers ?? [];
    expect([first, second, third]).toEqual([dense(16), layerNormalization(), activation("sigmoid")]);
    expect(rest.length).toBe(13 * 3 + 1);
  });

  test("is never to leave everything as it is", async () => {
    // Between products of linear layers no normalisation is put.
    const layers = chain(16, { kernelInitializer: randomNormal({ stddev: 1 }) });
    const { verdict, advice } = await examine({ ...base, layers });
    expect(verdict).toBe("exploding");
    for (const { change } of advice) expect(change).not.toEqual({ layers });
  });

  test("can be applied, every piece of it", async () => {
    const sick: readonly ModelConfig[] = [
      { ...base, layers: chain(12, { activation: "sigmoid" }), optimizer: sgd() },
      { ...base, layers: chain(12, { activation: "relu", kernelInitializer: randomNormal({ stddev: 1 }) }) },
      { ...base, layers: chain(6, { activation: "tanh", kernelInitializer: randomNormal({ stddev: 2 }) }) },
      { ...base, layers: chain(4, { activation: "relu", biasInitializer: constant(-8) }) },
      { ...base, layers: chain(3, { activation: leakyRelu({ slope: 0.1 }) }), optimizer: adam({ learningRate: 1 }) },
      {
        ...base,
        layers: [
          dense(16),
          ...Array.from({ length: 8 }, () => residual([dense(16, { activation: "sigmoid" }), dense(16)])),
          dense(1),
        ],
        optimizer: adam({ learningRate: 3 }),
      },
    ];
    for (const config of sick) {
      const { advice } = await examine(config);
      expect(advice.length).toBeGreaterThanOrEqual(3);
      for (const piece of advice) {
        expect(named(piece).length).toBeGreaterThan(0);
        const model = await Model.create(applyAdvice(config, piece));
        expect(Number.isFinite(model.trainOnBatch(x, y).loss)).toBe(true);
        model.dispose();
      }
    }
  });

  test("several pieces are applied in order to a copy", () => {
    const config: ModelConfig = { ...base, layers: [dense(1)] };
    const make = (change: Advice["change"]): Advice => ({ remedy: "r", why: "w", paper: "p", change });
    const changed = applyAdvice(config, [make({ seed: 3, optimizer: "sgd" }), make({ optimizer: "adam" })]);
    expect(changed).toEqual({ ...config, seed: 3, optimizer: "adam" });
    expect(config).not.toHaveProperty("seed");
  });

  test.each([[undefined], [{}], [{ inputs: 3 }]])("needs the configuration, not %o", (wrong) => {
    const advice: Advice = { remedy: "r", why: "w", paper: "p", change: { seed: 3 } };
    expect(() => applyAdvice(wrong as unknown as ModelConfig, advice)).toThrow(
      /^config: expected what Model.create took, got/,
    );
  });

  test("says that a healthy report has no advice", () => {
    expect(() => applyAdvice({ ...base, layers: [dense(1)] }, undefined as unknown as Advice)).toThrow(
      "advice: expected one of report.advice, with a change, got undefined; a healthy report has none",
    );
  });

  test.each([[{}], [undefined], ["relu"], [[{ change: 3 }]]])("refuses %o", (wrong) => {
    expect(() => applyAdvice({ ...base, layers: [dense(1)] }, wrong as unknown as Advice)).toThrow(/^advice.*expected/);
  });
});
