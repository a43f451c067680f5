import { describe, expect, test } from "vitest";
import {
  type Advice,
  adam,
  applyAdvice,
  batchNormalization,
  constant,
  dense,
  ema,
  type LayerConfig,
  leakyRelu,
  Model,
  type ModelConfig,
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

  test.each([[{}], [undefined], ["relu"], [[{ change: 3 }]]])("refuses %o", (wrong) => {
    expect(() => applyAdvice({ ...base, layers: [dense(1)] }, wrong as unknown as Advice)).toThrow(/^advice.*expected/);
  });
});
