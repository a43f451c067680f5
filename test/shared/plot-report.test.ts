import { describe, expect, test } from "vitest";
import { dense, Model, recordGradients, sgd } from "../../ts/index.js";
import {
  lossLandscape,
  plotBoundary,
  plotHistory,
  plotLandscape,
  plotRace,
  type ReportModel,
  report,
  type Snapshot,
} from "../../ts/plot/index.js";
import { soundPicture, words } from "./plot-helpers.js";

const x = Array.from({ length: 40 }, (_, i) => [(i % 8) / 4 - 1, Math.floor(i / 8) / 2 - 1]);
const y = x.map(([a = 0, b = 0]) => Number(a + b > 0));

const train = async (name = "hidden") => {
  const model = await Model.create({
    inputs: 2,
    layers: [dense(6, { activation: "tanh", name }), dense(1)],
    loss: "binaryCrossEntropy",
    optimizer: sgd({ learningRate: 0.5 }),
    metrics: ["accuracy"],
    seed: 1,
  });
  const recorder = recordGradients({ every: 2 });
  const snapshots: Snapshot[] = [model.parameters()];
  const keep = { onEpochEnd: () => void snapshots.push(model.parameters()) };
  const history = await model.fit(x, y, { epochs: 8, batchSize: 8, validationSplit: 0.2, callbacks: [recorder, keep] });
  return { model, history, recorder, snapshots };
};

/** The pictures of a page. */
const pictures = (html: string): string[] =>
  [...html.matchAll(/<div class="(?:wide|narrow)">([\s\S]*?)<\/div>/g)].map(([, svg = ""]) => svg);

describe("report", () => {
  test("is one page that fetches and runs nothing, with every part that was given, wide and narrow", async () => {
    const { model, history, recorder, snapshots } = await train();
    const before = model.save();
    const html = report(model, history, {
      data: [x, y],
      gradients: recorder.records,
      learningRate: { learningRates: [1e-3, 1e-2, 1e-1], losses: [1, 0.5, 2], suggestion: 1e-2 },
      schedule: [(step: number) => 1 / (1 + step), 20],
      race: [{ name: "sgd", histories: [history] }],
      landscape: await lossLandscape(model, x, y, { steps: 5, paths: { sgd: snapshots } }),
      classNames: ["below", "above"],
      featureNames: ["first", "second"],
    });
    const headings = [...html.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, heading]) => heading);
    expect(headings).toEqual([
      "History",
      "Diagnosis",
      "Gradients during the training",
      "Steps during the training",
      "Learning rate",
      "Schedule",
      "Optimizers",
      "Loss landscape",
      "Classes",
      "Boundary",
      "Model",
    ]);
    const drawn = pictures(html);
    expect(drawn).toHaveLength(20);
    for (const svg of drawn) soundPicture(svg);
    expect(html.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(
      /https?:|<script|<link|<img|<iframe|url\(|@import|\bsrc=|\bhref=|\son\w+=/,
    );
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).toContain("accuracy, test data");
    expect(html).toContain("layers.1 (dense)");
    // The model judged the data and drew itself, and is the same.
    expect(model.save()).toEqual(before);
    model.dispose();
  });

  test("needs no more than a model and a history, and gives the same string again", async () => {
    const { model, history } = await train();
    const html = report(model, history);
    expect(report(model, structuredClone(history))).toBe(html);
    expect([...html.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, heading]) => heading)).toEqual(["History", "Model"]);
    expect(pictures(report(model, { epochs: [] }))).toHaveLength(2);
    model.dispose();
  });

  test("escapes hostile names wherever they stand", async () => {
    const hostile = `"><script>alert('1')</script><b onclick="x">&`;
    const { model, history } = await train(hostile);
    const html = report(model, history, {
      title: hostile,
      description: hostile,
      data: [x, y],
      classNames: [hostile, hostile],
      featureNames: [hostile, hostile],
      race: [
        { name: hostile, histories: [history] },
        { name: "b", histories: [history] },
      ],
    });
    expect(html).not.toMatch(/<script|<b onclick/);
    if (typeof DOMParser === "function") {
      const page = new DOMParser().parseFromString(html, "text/html");
      expect(page.querySelectorAll("script, b").length).toBe(0);
      expect(page.querySelector("h1")?.textContent).toBe(hostile);
    }
    model.dispose();
  });

  test("shows the findings and the advice of a diagnosis", async () => {
    const { model, history } = await train();
    const html = report(model, history, {
      diagnosis: {
        verdict: "vanishing",
        decayPerLayer: 0.1,
        layers: [
          { name: "layers.0", gradientNorm: 1e-9 },
          { name: "layers.1", gradientNorm: 1e-3 },
        ],
        findings: [{ verdict: "vanishing", severity: 0.5, layers: ["layers.0 <i>"] }],
        advice: [
          {
            remedy: "Use <relu>",
            why: "Its slope is 1.",
            paper: "Glorot 2011",
            change: { layers: [{ u: 4 }, { u: 4 }, 1], seed: 3 },
          },
        ],
      },
    });
    expect(html).toContain("Verdict: vanishing.");
    expect(html).toContain("vanishing, severity 0.5 of 1: layers.0 &#60;i&#62;");
    expect(html).toContain("Use &#60;relu&#62;");
    expect(html).toContain("Its slope is 1. (Glorot 2011)");
    // A change of many layers is folded away, and equal ones take one line.
    expect(html).toMatch(
      /<details><summary>What changes[^<]*<\/summary><pre class="scroll">layers:\n {2}2 × \{[^\n]*4\}\n {2}1\nseed: 3<\/pre>/,
    );
    model.dispose();
  });

  test("finds the classes in labels, in −1 and 1, in rows with a single 1, and none in other targets", () => {
    const judge = (columns: number, targets: unknown) => {
      const rows = 4;
      const predict = () => ({ data: new Float32Array(rows * columns), shape: [rows, columns] as const });
      const model = {
        predict,
        predictClasses: () => new Int32Array(rows),
        evaluate: () => ({ loss: 1 }),
        summary: () => "",
        toJSON: () => {
          throw new Error("a function");
        },
      };
      const html = report(
        model as unknown as ReportModel,
        { epochs: [] },
        {
          data: [
            [
              [1, 2, 3],
              [1, 2, 3],
              [1, 2, 3],
              [1, 2, 3],
            ],
            targets as number[],
          ],
        },
      );
      return /accuracy (\d+) %/.exec(html)?.[1];
    };
    expect(judge(3, [0, 0, 2, 1])).toBe("50");
    expect(judge(3, [0, 0, 3, 1])).toBeUndefined();
    expect(judge(1, [0, 1, 1, 1])).toBe("25");
    expect(judge(1, [-1, -1, -1, 1])).toBe("75");
    expect(judge(1, [0.5, 1, 0, 1])).toBeUndefined();
    expect(
      judge(2, [
        [1, 0],
        [0, 1],
        [1, 0],
        [1, 0],
      ]),
    ).toBe("75");
    expect(
      judge(2, [
        [1, 0],
        [1, 1],
        [1, 0],
        [1, 0],
      ]),
    ).toBeUndefined();
  });

  test("refuses what it does not know", async () => {
    const { model, history } = await train();
    expect(() => report({} as never, history)).toThrow("model: expected a model");
    expect(() => report(model, history, { tilte: "a" } as never)).toThrow(
      'report: unknown option "tilte"; did you mean "title"?',
    );
    expect(() => report(model, {} as never)).toThrow("history: expected a history");
    expect(() => report(model, history, { data: x as never })).toThrow("report.data: expected [x, y]");
    expect(() => report(model, history, { schedule: 3 as never })).toThrow(
      "report.schedule: expected [schedule, steps], got 3",
    );
    model.dispose();
  });
});

describe("lossLandscape", () => {
  test("has the loss of the model's weights in the middle, along random directions as long as the weights", async () => {
    const { model } = await train();
    const before = model.save();
    const landscape = await lossLandscape(model, x, y, { steps: 5, range: 0.5, seed: 3 });
    expect(model.save()).toEqual(before);
    expect(landscape.x).toEqual([-0.5, -0.25, 0, 0.25, 0.5]);
    expect(landscape.values).toHaveLength(25);
    expect(landscape.values[12]).toBeCloseTo(model.evaluate(x, y).loss, 6);
    expect(await lossLandscape(model, x, y, { steps: 5, range: 0.5, seed: 3 })).toEqual(landscape);
    expect((await lossLandscape(model, x, y, { steps: 5, range: 0.5, seed: 4 })).values).not.toEqual(landscape.values);
    soundPicture(plotLandscape(landscape));
    model.dispose();
  });

  test("moves each unit's weights by their own length, and no bias (Li et al. 2018)", async () => {
    const { model } = await train();
    const own = model.parameters();
    const seen: Snapshot[] = [];
    const walker = { ...fake(model), setParameters: (values: Snapshot) => void seen.push(values) };
    await lossLandscape({ ...fake(model), clone: () => walker }, x, y, { steps: 3 });
    // The second point of the second row is the middle; the third one step along the first direction.
    const moved = seen[5] ?? [];
    for (const { name, shape, data } of own) {
      const to = moved.find((parameter) => parameter.name === name)?.data ?? [];
      const [rows = 0, units = 0] = shape.length === 2 ? shape : [data.length, 1];
      for (let unit = 0; unit < units; unit++) {
        let [length, way] = [0, 0];
        for (let row = 0; row < rows; row++) {
          const k = row * units + unit;
          length += (data[k] ?? 0) ** 2;
          way += ((to[k] ?? 0) - (data[k] ?? 0)) ** 2;
        }
        expect(Math.sqrt(way)).toBeCloseTo(shape.length === 2 ? Math.sqrt(length) : 0, 5);
      }
    }
    model.dispose();
  });

  test("leaves frozen layers where they are", async () => {
    const { model } = await train();
    model.freeze("layers.0.*");
    const seen: Snapshot[] = [];
    const walker = { ...fake(model), setParameters: (values: Snapshot) => void seen.push(values) };
    await lossLandscape({ ...fake(model), clone: () => walker }, x, y, { steps: 3 });
    expect(new Set(seen.flat().map(({ name }) => name))).toEqual(new Set(["layers.1.kernel", "layers.1.bias"]));
    model.dispose();
  });

  test("lays the plane through the snapshots of a training, which ends at the model", async () => {
    const { model, snapshots } = await train();
    const landscape = await lossLandscape(model, x, y, { steps: 9, paths: { sgd: snapshots } });
    const path = (landscape.paths?.sgd ?? []) as [number, number][];
    expect(path).toHaveLength(9);
    expect(path[8]?.[0]).toBeCloseTo(0, 5);
    expect(path[8]?.[1]).toBeCloseTo(0, 5);
    // Principal directions: the first holds more of the way than the second, together nearly all of it.
    const [first = 0, second = 0] = [landscape.xLabel, landscape.yLabel].map((label) =>
      Number(/([\d.]+) %/.exec(label ?? "")?.[1]),
    );
    expect(first).toBeGreaterThan(second);
    expect(first + second).toBeGreaterThan(90);
    expect(first + second).toBeLessThanOrEqual(100.01);
    expect(words(soundPicture(plotLandscape(landscape)))).toContain("sgd");
    // A single snapshot is no way, and nothing moves.
    soundPicture(plotLandscape(await lossLandscape(model, x, y, { steps: 3, paths: { still: [model.parameters()] } })));
    model.dispose();
  });

  test("reports progress, stops at a signal, refuses foreign snapshots and options", async () => {
    const { model } = await train();
    const done: number[] = [];
    const stop = new AbortController();
    const watch = {
      onProgress: (progress: { done: number }) => void (done.push(progress.done) === 2 && stop.abort()),
      signal: stop.signal,
    };
    const landscape = await lossLandscape(model, x, y, { steps: 4, ...watch });
    expect(done).toEqual([4, 8]);
    expect(Array.from(landscape.values, Number.isFinite)).toEqual(Array.from({ length: 16 }, (_, i) => i < 8));
    const foreign = { paths: { other: [[{ name: "layers.0.kernel", data: [1] }]] } };
    await expect(lossLandscape(model, x, y, foreign)).rejects.toThrow("lossLandscape.paths.other[0]");
    await expect(lossLandscape(model, x, y, { steps: 2 })).rejects.toThrow(
      "lossLandscape.steps: expected a whole number >= 3",
    );
    await expect(lossLandscape({} as never, x, y)).rejects.toThrow("model: expected a model");
    model.dispose();
  });
});

function fake(model: Model<"accuracy">) {
  return {
    clone: () => fake(model),
    parameters: () => model.parameters(),
    setParameters: (_: Snapshot) => {},
    evaluate: () => ({ loss: 1 }),
    dispose: () => {},
  };
}

describe("a real model", () => {
  test("goes into plots as it is", async () => {
    const { model, history } = await train();
    soundPicture(plotBoundary(model, x, y));
    soundPicture(plotHistory(history));
    const flat = { name: "a", histories: [history], monitor: "accuracy" };
    expect(words(soundPicture(plotRace([flat])))).toContain("accuracy");
    model.dispose();
  });
});
