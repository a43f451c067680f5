import {
  type Advice,
  activation,
  applyAdvice,
  dense,
  type LayerConfig,
  layerNormalization,
  Model,
  normalization,
  residual,
} from "downhill";
import { describe, expect, test } from "vitest";
import { inChinese } from "../../playground/src/network/advice-zh.js";
import { columnsOf, quantityNames, quantityOf, readColumns } from "../../playground/src/network/columns.js";
import { examine, train } from "../../playground/src/rooms/doctor/exam.js";
import type { Case, Moment } from "../../playground/src/rooms/doctor/jobs.js";
import {
  configOf,
  nameOf,
  type PatientName,
  patientNames,
  patientOf,
  rows,
  type Settings,
  samplesOf,
  usual,
} from "../../playground/src/rooms/doctor/patient.js";
import { examine as examineCase } from "../../scripts/doctor.mjs";
import { sick } from "../../scripts/lib/doctor-cases.mjs";

const settingsOf = (name: PatientName): Settings => ({ ...usual, ...patientOf(name) });

/** All moments of a training, and how it ended. */
async function film(of: Case) {
  const moments: Moment[] = [];
  const desk = {
    signal: new AbortController().signal,
    tell: (more: readonly Moment[]) => void moments.push(...more),
    turn: async () => {},
  };
  return { outcome: await train(of, desk), moments };
}

const lastLoss = ({ moments, outcome }: Awaited<ReturnType<typeof film>>) =>
  outcome.diverged === undefined ? (moments.at(-1)?.loss ?? Number.NaN) : Number.POSITIVE_INFINITY;

describe("the patients", () => {
  test.each(patientNames)("%s is diagnosed as its name says, and is found by its settings", async (name) => {
    const settings = settingsOf(name);
    const { report } = await examine({ settings, taken: [] });
    expect(report.verdict).toBe(name === "tiny" ? "vanishing" : name);
    expect(nameOf({ ...settings, seed: 5 })).toBe(name);
    expect(nameOf({ ...settings, depth: 37 })).toBeUndefined();
  });

  test.each(patientNames.filter((name) => name !== "healthy"))(
    "%s learns at least twice as well with the first advice",
    async (name) => {
      const settings = settingsOf(name);
      const [before, after] = [await film({ settings, taken: [] }), await film({ settings, taken: [0] })];
      expect(lastLoss(before) / lastLoss(after)).toBeGreaterThan(2);
    },
  );
});

describe("a training", () => {
  test("is the library's fit, bit for bit, however often it is looked at", async () => {
    const settings = { ...settingsOf("healthy"), updates: 20 };
    const { moments, outcome } = await film({ settings, taken: [] });
    expect(outcome).toEqual({ diverged: undefined });
    expect(moments.map(({ update }) => update)).toEqual(Array.from({ length: 21 }, (_, i) => i));
    const { x, y } = samplesOf(settings);
    const model = await Model.create(configOf(settings));
    let update = 0;
    const callbacks = [{ onBatchEnd: () => (++update === 20 ? ("stop" as const) : undefined) }];
    await model.fit(x, y, { epochs: 3, batchSize: 32, callbacks });
    expect(moments.at(-1)?.loss).toBe(model.evaluate(x, y).loss);
    expect(await film({ settings, taken: [] })).toEqual({ moments, outcome });
  });

  test("keeps moments from the start to the last update, no more than can be seen", async () => {
    const { moments } = await film({ settings: { ...settingsOf("dead"), updates: 999 }, taken: [] });
    expect(moments.length).toBeLessThan(150);
    expect([moments[0]?.update, moments.at(-1)?.update]).toEqual([0, 999]);
    expect(moments[0]?.numbers.length).toBe(5 * quantityNames.length);
    expect(moments[0]?.map.length).toBe(1600);
  });

  test("that diverges says where, with the moments until then", async () => {
    const settings: Settings = { ...settingsOf("healthy"), optimizer: "sgd", rate: 100, data: "moons" };
    const { moments, outcome } = await film({ settings, taken: [] });
    expect(outcome.diverged).toBeGreaterThan(0);
    expect(moments.length).toBeGreaterThan(0);
    expect(moments.at(-1)?.update).toBeLessThanOrEqual(outcome.diverged as number);
  });
});

test("advice is taken in order, each from the examination of what the one before made", async () => {
  const settings = settingsOf("vanishing");
  const first = await examine({ settings, taken: [] });
  const second = await examine({ settings, taken: [0] });
  expect(second.config).toEqual(applyAdvice(first.config, first.report.advice[0] as Advice));
  expect(second.report.verdict).toBe("healthy");
  // A link that asks for advice that there is none of changes nothing.
  expect((await examine({ settings, taken: [20] })).config).toEqual(first.config);
});

test("raw inputs have the same places as scaled ones, only farther apart", () => {
  const [one, many] = [1, 1000].map((scale) => samplesOf({ ...usual, scale }));
  expect(many?.x).toEqual(one?.x.map((value) => value * 1000));
  expect(one?.rows).toBe(rows);
});

describe("the columns", () => {
  const outputs = (layers: readonly LayerConfig[]) => columnsOf(layers).map(({ output }) => output);

  test("are the layers with weights, each with what stands behind it", () => {
    expect(outputs([dense(4, { activation: "relu" }), dense(1)])).toEqual([0, 1]);
    const helped = [
      normalization({ mean: [0], standardDeviation: [1] }),
      dense(4),
      layerNormalization(),
      activation("relu"),
    ];
    expect(columnsOf([...helped, dense(1)])).toEqual([
      { output: 3, kernel: "layers.1", parts: ["layers.1", "layers.2", "layers.3"] },
      { output: 4, kernel: "layers.4", parts: ["layers.4"] },
    ]);
    const block = residual([layerNormalization(), dense(4, { activation: "relu" })]);
    expect(columnsOf([dense(4), block, dense(1)])[1]).toEqual({
      output: 1,
      kernel: "layers.1.layers.1",
      parts: ["layers.1.layers.0", "layers.1.layers.1", "layers.1"],
    });
  });

  test("take the gradient where the column ends, weights from its kernel, dead units from anywhere in it", () => {
    const layer = (name: string, value: number) => ({
      name,
      ...(Object.fromEntries(quantityNames.map((each, i) => [each, value + i / 100])) as Record<
        (typeof quantityNames)[number],
        number
      >),
    });
    const layers = [layer("layers.0", 3), layer("layers.1", 2), layer("layers.2", 1)];
    const columns = columnsOf([dense(4), layerNormalization(), activation("relu")]);
    const numbers = readColumns(columns, layers);
    expect(quantityOf(numbers, 0, "gradientNorm")).toBe(1);
    expect(quantityOf(numbers, 0, "activationMean")).toBe(1.03);
    expect(quantityOf(numbers, 0, "parameterGradientNorm")).toBe(3.01);
    expect(quantityOf(numbers, 0, "weightNorm")).toBe(3.07);
    expect(quantityOf(numbers, 0, "deadFraction")).toBe(3.05);
  });
});

/** What stays as it is in any language: names of the library, its syntax, layers, numbers. */
const technical =
  /\b(layers\.[\w.]+|relu|leakyRelu|sigmoid|tanh|selu|softsign|softmax|gelu|heNormal|lecunNormal|glorotUniform|Infinity|sgd|adam|weightDecay|maxNorm|maxValue|clipByGlobalNorm|(layer|batch)?[nN]ormalization|[\d.]+e[-+]?\d+)\b/g;

describe("advice in Chinese", () => {
  const inEnglish = (advice: readonly Advice[]) =>
    advice
      .flatMap(({ remedy, why }) => [remedy, why])
      .map((text) => [text, inChinese(text).replace(technical, "")] as const)
      .filter(([, left]) => /[a-z]{2,}/i.test(left) || !/[\u4e00-\u9fff]/.test(left));

  test.each((sick as { name: string }[]).map((each) => [each.name, each] as const))(
    "nothing of what is said to “%s” stays English",
    async (_, each) => {
      const { report } = await examineCase(each, 0, { treat: false });
      expect(report.advice.length).toBeGreaterThan(0);
      expect(inEnglish(report.advice)).toEqual([]);
    },
  );

  test.each(patientNames)("nor of what is said to the patient %s, also in later rounds", async (name) => {
    for (const taken of [[], [0], [1]]) {
      const { report } = await examine({ settings: settingsOf(name), taken });
      expect(inEnglish(report.advice)).toEqual([]);
    }
  });

  test("numbers move over", () => {
    expect(inChinese("Lower the learning rate from 0.3 to 3e-5.")).toBe("把学习率从 0.3 降到 3e-5。");
    expect(inChinese("Something new. Let weights decay: weightDecay 0.01.")).toBe(
      "Something new. 让权重衰减：weightDecay 0.01。",
    );
  });
});
