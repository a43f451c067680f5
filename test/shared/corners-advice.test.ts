/** Advice for networks at the edges of each finding. */

import { describe, expect, test } from "vitest";
import {
  activation,
  adam,
  constant,
  dense,
  type LayerConfig,
  Model,
  type ModelConfig,
  normalization,
  randomNormal,
  residual,
  sgd,
} from "../../ts/index.js";

const x = Array.from({ length: 64 }, (_, r) => Array.from({ length: 4 }, (_, c) => Math.sin(1.7 * r + 2.3 * c)));
const y = x.map(([a = 0, b = 0]) => a * b);
const base = { inputs: 4, loss: "meanSquaredError", optimizer: adam({ learningRate: 3e-3 }), seed: 1 } as const;
const chain = (widths: readonly number[], options: Parameters<typeof dense>[1]): readonly LayerConfig[] => [
  ...widths.map((width) => dense(width, options)),
  dense(1),
];
const same = (count: number) => Array.from({ length: count }, () => 16);

async function examine(config: ModelConfig, data: readonly (readonly number[])[] = x, targets: readonly number[] = y) {
  const model = await Model.create(config);
  return model.diagnose(data, targets);
}

/** A model after one step whose numbers of these names are then changed. */
async function spoilt(config: ModelConfig, pattern: RegExp, change: (value: number) => number) {
  const model = await Model.create(config);
  model.trainOnBatch(x, y);
  model.setParameters(
    model.parameters().map(({ name, data }) => ({ name, data: pattern.test(name) ? data.map(change) : data })),
  );
  return model.diagnose(x, y);
}

describe("of a trained network", () => {
  test("whose units died, the rate comes first if a lower one does better, and no initialiser is blamed", async () => {
    const layers = chain(same(3), { activation: "relu" });
    const dead = (learningRate: number) =>
      spoilt({ ...base, layers, optimizer: sgd({ learningRate }) }, /bias/, () => -8);
    const [hasty, calm] = [await dead(10), await dead(0.01)];
    for (const { findings } of [hasty, calm]) expect(findings.map(({ verdict }) => verdict)).toContain("dead");
    const first = (report: typeof hasty) => report.advice.find(({ remedy }) => remedy.includes("leakyRelu"))?.remedy;
    expect(first(hasty)).toMatch(
      /^Lower the learning rate from 10 to \S+\. Clip the gradient .*\. Replace relu by leakyRelu in the hidden layers\.$/,
    );
    expect(first(calm)).toMatch(/^Clip the gradient .*\. Replace relu by leakyRelu in the hidden layers\.$/);
  });

  test("that explodes though it was drawn well, the rate led it astray", async () => {
    const layers = chain(same(12), { activation: "relu", kernelInitializer: "heNormal" });
    const report = await spoilt(
      { ...base, layers, optimizer: sgd({ learningRate: 0.01 }) },
      /kernel/,
      (value) => 3 * value,
    );
    expect(report.findings.map(({ verdict }) => verdict)).toContain("exploding");
    const [first] = report.advice;
    expect(first?.remedy).toMatch(/^Lower the learning rate from 0\.01 to /);
    // Not a second optimizer beside the slower one.
    expect(first?.remedy).not.toContain("adam");
    expect(report.advice.map(({ remedy }) => remedy).join(" ")).not.toContain("Initialise");
  });
});

test("that was drawn well for selu is drawn so again", async () => {
  const layers = chain(same(8), { activation: "selu", kernelInitializer: randomNormal({ stddev: 2 }) });
  const { advice, verdict } = await examine({ ...base, layers });
  expect(verdict).toBe("exploding");
  const start = advice.find(({ remedy }) => remedy.includes("lecunNormal"));
  expect(start?.paper).toContain("Klambauer et al., Self-normalizing neural networks, 2017");
  expect(start?.why).toContain("and 0.25 would suit it");
  expect(start?.change.layers?.[1]).toMatchObject({ kernelInitializer: "lecunNormal" });
  const well = await examine({
    ...base,
    layers: chain(same(8), { activation: "selu", kernelInitializer: "lecunNormal" }),
  });
  expect(well.findings.map(({ verdict }) => verdict)).not.toContain("exploding");
});

test("a fresh network that overflows though it is drawn well is normalised", async () => {
  const layers = chain(same(3), { activation: "relu", kernelInitializer: "heNormal" });
  const far = x.map((row) => row.map((value) => 1e30 * value));
  const config = { ...base, layers, optimizer: sgd({ learningRate: 0.01 }) };
  const { findings, advice, layers: reports } = await examine(config, far);
  expect(findings.map(({ verdict }) => verdict)).toEqual(expect.arrayContaining(["inputsUnscaled", "exploding"]));
  const remedies = advice.map(({ remedy }) => remedy);
  const normalise = "Put a layerNormalization between product and activation of each hidden layer.";
  expect(remedies).toContain(`${normalise} Replace sgd by adam with a learning rate of 0.001.`);
  expect(remedies.join(" ")).not.toContain("Initialise");
  expect(advice.map(({ why }) => why).join(" ")).toContain("kernels whose gradients overflow");
  // What needs no gradient is known all the same.
  const norms = (await examine(config)).layers.map(({ weightNorm }) => weightNorm);
  expect(reports.map(({ weightNorm }) => weightNorm)).toEqual(norms);
});

test("outputs that are certain and wrong are no logits where the loss is of numbers", async () => {
  const head = dense(1, { activation: "sigmoid", kernelInitializer: constant(1000), biasInitializer: constant(200) });
  const zeros = x.map(() => 0);
  const { findings, advice } = await examine({ ...base, layers: [head] }, x, zeros);
  expect(findings.map(({ verdict }) => verdict)).toContain("saturated");
  expect(advice[0]?.why).toMatch(/^The outputs of layers\.0 have a deviation of /);
  expect(advice[0]?.remedy).toBe(
    "Initialise the kernel of the output layer with glorotUniform and its bias with zeros.",
  );
});

test("a dead layer without weights of its own is mended in the layers that have some, if there are", async () => {
  const low = dense(16, { biasInitializer: constant(-8) });
  const [behind, first] = [
    await examine({ ...base, layers: [low, activation("relu"), dense(16), dense(1)] }),
    await examine(
      { ...base, layers: [activation("relu"), dense(16), dense(1)] },
      x.map((row) => row.map(() => -1)),
    ),
  ];
  for (const { findings } of [behind, first]) expect(findings.map(({ verdict }) => verdict)).toContain("dead");
  expect(behind.advice.map(({ remedy }) => remedy).join(" ")).toContain("Replace relu by leakyRelu");
  expect(first.advice.map(({ remedy }) => remedy).join(" ")).not.toContain("leakyRelu");
});

test("residual blocks are for layers that keep the width and have none", async () => {
  const remedies = async (layers: readonly LayerConfig[]) => {
    const { findings, advice } = await examine({ ...base, layers });
    expect(findings.map(({ verdict }) => verdict)).toContain("vanishing");
    return advice.map(({ remedy }) => remedy).join(" ");
  };
  const options = { activation: "sigmoid" } as const;
  expect(await remedies(chain(same(16), options))).toContain("Put a residual block around");
  expect(
    await remedies(
      chain(
        same(16).map((width, i) => width - (i % 2)),
        options,
      ),
    ),
  ).not.toContain("residual block");
  const within = [residual([dense(4)]), ...chain(same(16), options)];
  expect(await remedies(within)).not.toContain("residual block");
});

test("means and deviations that do not fit any more are measured anew", async () => {
  const far = x.map((row) => row.map((value) => 1000 + value));
  const wrong = normalization({ mean: [0, 0, 0, 0], standardDeviation: [1, 1, 1, 1] });
  const layers = [wrong, ...chain(same(3), { activation: "relu" })];
  const { verdict, advice } = await examine({ ...base, layers }, far);
  expect(verdict).toBe("inputsUnscaled");
  const made = advice[0]?.change.layers ?? [];
  expect(made.map(({ type }) => type)).toEqual(["normalization", "dense", "dense", "dense", "dense"]);
  expect(made[0]).toMatchObject({
    mean: [expect.closeTo(1000, -1), expect.anything(), expect.anything(), expect.anything()],
  });
});
