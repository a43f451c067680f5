import { describe, expect, test } from "vitest";
import { cosineDecay, NonFiniteError } from "../../ts/index.js";
import {
  lossLandscape,
  plotBoundary,
  plotConfusion,
  plotGradientFlow,
  plotHistory,
  plotLandscape,
  plotLearningRate,
  plotLines,
  plotRace,
  plotSchedule,
  type ReportModel,
  report,
} from "../../ts/plot/index.js";
import { all, corners, type Element, soundPicture, words } from "./plot-helpers.js";

const withClass = (svg: Element, name: string, wanted: string): Element[] =>
  all(svg, name).filter((element) => element.attributes.class === wanted);
const lineOf = (svg: Element): [number, number][] => corners(withClass(svg, "path", "line")[0]?.attributes.d ?? "");
const numbersIn = (svg: Element): number[] => words(svg).map(Number).filter(Number.isFinite);
const plane = [
  [-1, 0],
  [1, 1],
];
const side = (rows: readonly number[][]) => rows.map(([a = 0]) => Number(a > 0));

describe("axes", () => {
  const rates = (low: number, high: number) => Array.from({ length: 30 }, (_, i) => low * (high / low) ** (i / 29));
  const over = (low: number, high: number) => {
    const learningRates = rates(low, high);
    return soundPicture(plotLearningRate({ learningRates, losses: learningRates.map((_, i) => 3 - i / 30) }));
  };

  test("of less than two powers of ten have round numbers on a logarithmic ruler, apart from each other", () => {
    const svg = over(0.011, 0.09);
    const labels = withClass(svg, "g", "quiet m")[0]?.children ?? [];
    const ticks = labels.map(({ text, attributes }) => [Number(text), Number(attributes.x)] as const);
    expect(ticks.length).toBeGreaterThanOrEqual(4);
    const line = lineOf(svg);
    const [left, right] = [line[0]?.[0] ?? 0, line.at(-1)?.[0] ?? 0];
    for (const [value, at] of ticks) {
      expect(value * 100).toBeCloseTo(Math.round(value * 100), 9);
      expect((at - left) / (right - left)).toBeCloseTo(Math.log(value / 0.011) / Math.log(0.09 / 0.011), 2);
    }
    // The upper ones stand closer and closer: some have no room.
    expect(ticks.length).toBeLessThan(8);
    const gaps = ticks.slice(1).map(([, at], i) => at - (ticks[i]?.[1] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(24);
  });

  test("of a single value on a logarithmic scale reach from its half to its double", () => {
    const points: [number, number][] = [
      [0, 8],
      [1, 8],
    ];
    const svg = soundPicture(plotLines([{ name: "a", points }], { yScale: "log" }));
    const shown = numbersIn(svg).filter((value) => value >= 2);
    expect(Math.min(...shown)).toBeGreaterThanOrEqual(4);
    expect(Math.max(...shown)).toBeLessThanOrEqual(16);
    const [[, at] = [0, 0]] = lineOf(svg);
    const axis = corners(withClass(svg, "path", "axis")[0]?.attributes.d ?? "")[0]?.[1] ?? 0;
    const grid = corners(withClass(svg, "path", "grid")[0]?.attributes.d ?? "").map(([, y]) => y);
    expect(at).toBeGreaterThan(Math.min(...grid) - 40);
    expect(at).toBeLessThan(axis - 40);
  });

  test("keep the outermost values where no round number is large enough, and stand without any", () => {
    const far: [number, number][] = [
      [0, -1e300],
      [1, 1e300],
    ];
    expect(lineOf(soundPicture(plotLines([{ name: "far", points: far }])))).toHaveLength(2);
    soundPicture(plotLearningRate({ learningRates: [1, 2], losses: [1, 2], suggestion: Number.NaN }));
    const outside = { learningRates: [-1, 0], losses: [1, 2] };
    expect(lineOf(soundPicture(plotLearningRate(outside)))).toEqual([]);
  });

  test("have fewer numbers where these are long", () => {
    const points = Array.from({ length: 10 }, (_, i): [number, number] => [10_000 + i * 1e-5, i]);
    const svg = soundPicture(plotLines([{ name: "a", points }], { width: 600 }));
    const labels = withClass(svg, "g", "quiet m")[0]?.children ?? [];
    expect(labels.length).toBeGreaterThan(1);
    expect(new Set(labels.map(({ text }) => text)).size).toBe(labels.length);
    const longest = Math.max(...labels.map(({ text }) => text.length));
    expect(longest).toBeGreaterThan(11);
    const gaps = labels.slice(1).map(({ attributes }, i) => Number(attributes.x) - Number(labels[i]?.attributes.x));
    expect(Math.min(...gaps)).toBeGreaterThan(5.5 * longest);
  });
});

test("long lines keep gaps, peaks and the lowest point of each column", () => {
  const points = Array.from({ length: 50_000 }, (_, i): [number, number] => [i, Math.sin(i / 5000)]);
  points[20_000] = [20_000, -40];
  points[30_000] = [30_000, 40];
  points[40_000] = [40_000, Number.NaN];
  const svg = soundPicture(plotLines([{ name: "a", points }]));
  const d = withClass(svg, "path", "line")[0]?.attributes.d ?? "";
  const ys = corners(d).map(([, y]) => y);
  expect(ys.length).toBeLessThan(5000);
  const middle = ys[0] ?? 0;
  // Both reach as far from the middle.
  expect(Math.max(...ys) - middle).toBeGreaterThan(80);
  expect(middle - Math.min(...ys)).toBeCloseTo(Math.max(...ys) - middle, 0);
  expect(d.match(/M/g)).toHaveLength(2);
});

test("labels and scales are what was asked for", () => {
  const points: [number, number][] = [
    [1, 1],
    [1000, 2],
  ];
  const lines = soundPicture(
    plotLines([{ name: "a", points }], { xLabel: "samples", yLabel: "seconds", xScale: "log", yScale: "linear" }),
  );
  expect(words(lines)).toEqual(expect.arrayContaining(["samples", "seconds", "10", "100"]));
  const bowl = (a: number, b: number) => a * a + b * b;
  const landscape = plotLandscape(bowl, { x: [-1, 1], y: [-1, 1], xLabel: "α", yLabel: "β", valueLabel: "cost" });
  expect(words(soundPicture(landscape))).toEqual(expect.arrayContaining(["α", "β", "cost  0"]));
  const layers = ["a", "b", "c"].map((name, i) => ({ name, gradientNorm: 10 ** -i }));
  const linear = words(soundPicture(plotGradientFlow({ layers }, { scale: "linear" }))).join(" ");
  expect(linear).not.toContain("(log scale)");
  expect(words(soundPicture(plotGradientFlow({ layers }))).join(" ")).toContain("(log scale)");
  const decay = cosineDecay({ initial: 1, end: 1e-4, steps: 100 });
  const rates = (scale?: "log" | "linear") => numbersIn(soundPicture(plotSchedule(decay, 100, scale && { scale })));
  expect(rates("log")).toContain(1e-3);
  expect(rates("linear")).not.toContain(1e-3);
  expect(rates("linear")).toEqual(rates());
  const histories = [{ epochs: [100, 1].map((loss, epoch) => ({ epoch, loss })) }];
  expect(words(soundPicture(plotRace([{ name: "a", histories }], { scale: "linear" })))).toContain("loss");
  expect(words(soundPicture(plotRace([{ name: "a", histories }])))).toContain("loss (log scale)");
});

test("the boundary is asked on as many points as steps say, of lists, matrices and flat numbers", () => {
  const asked: number[] = [];
  const predict = (rows: readonly number[][]) => {
    asked.push(rows.length);
    return side(rows);
  };
  const [lists, flat, matrix] = [
    plane,
    plane.flat(),
    { data: Float32Array.from(plane.flat()), shape: [2, 2] as const },
  ];
  const drawn = [lists, flat, Float32Array.from(flat), matrix].map((x) =>
    plotBoundary(predict, x, [0, 1], { steps: 5 }),
  );
  expect(new Set(drawn).size).toBe(1);
  expect(asked.slice(0, 2)).toEqual([25, 2]);
});

test("each of eight classes has a shape of its own, and a class without a region none", () => {
  const x = Array.from({ length: 8 }, (_, i) => [i, i % 2]);
  const predict = (rows: readonly number[][]) => rows.map(([a = 0]) => Math.min(6, Math.max(0, Math.round(a))));
  const svg = soundPicture(plotBoundary(predict, x, [0, 1, 2, 3, 4, 5, 6, 7]));
  const shapes = Array.from({ length: 8 }, (_, series) => {
    const group = all(svg, "g").filter(({ attributes }) => attributes.class === `s${series}`);
    const paths = group.flatMap((one) => all(one, "path")).map(({ attributes }) => attributes.d ?? "");
    return paths.map((d) => d.replace(/^M[-\d. ]+/, "")).filter((d) => d.startsWith("m") || d.includes("a"));
  });
  const first = shapes.map(([d = ""]) => d);
  expect(first.every((d) => d !== "")).toBe(true);
  expect(new Set(first).size).toBe(8);
  // Nothing is predicted to be of the eighth class.
  expect(withClass(svg, "path", "band")).toHaveLength(7);
  expect(() => plotBoundary(side, plane, [0, 2], { classNames: ["a", "b"] })).toThrow(
    "plotBoundary.classNames: expected a name for each of 3 classes, got 2",
  );
});

test("a confusion matrix fits the height that was asked for, with fewer names", () => {
  const classNames = Array.from({ length: 30 }, (_, i) => `class ${i}`);
  const truth = classNames.map((_, i) => i);
  const written = (height?: number) =>
    words(soundPicture(plotConfusion(truth, truth, { classNames, ...(height === undefined ? {} : { height }) })));
  const shown = (list: string[]) => new Set(list.filter((word) => word.startsWith("class "))).size;
  expect(written().filter((word) => word === "class 1").length).toBeGreaterThan(
    written(300).filter((word) => word === "class 1").length,
  );
  expect(shown(written())).toBe(30);
  const rare = words(soundPicture(plotConfusion([0, 0, 2], [0, 2, 2], { width: 700 })));
  // Of the three classes one does not occur: it has no recall.
  expect(rare.filter((word) => word.endsWith(" %") && word !== "100 %")).toEqual(["50 %"]);
});

test("mistakes that are as frequent are told in the order of the classes", () => {
  const svg = plotConfusion([0, 0, 1, 2, 2], [1, 2, 0, 1, 1]);
  expect(svg).toContain(
    "2 taken for 1 2 of 2 times; 0 taken for 1 1 of 2 times; 0 taken for 2 1 of 2 times; 1 taken for 0 1 of 1 times",
  );
});

test("a history without losses or epoch numbers, and a race with seeds that lack the quantity, are drawn as they are", () => {
  const bare = [{ accuracy: 0.5 }, { accuracy: 0.75 }].map((epoch, i) => ({ ...epoch, epoch: i }));
  const svg = plotHistory({ epochs: bare } as never, { quantities: ["accuracy"] });
  expect(words(soundPicture(svg))).toContain("2 epochs");
  const histories = [
    { epochs: [{ loss: 4 }, { loss: 2 }] },
    { epochs: [{ loss: 2 }, { loss: Number.NaN }] },
    { epochs: [{ accuracy: 1 }] },
  ];
  const race = soundPicture(plotRace([{ name: "sgd", histories }] as never, { band: "none" }));
  const line = lineOf(race);
  expect(line).toHaveLength(2);
  expect(race.children.find(({ name }) => name === "desc")?.text ?? "").toContain("sgd: from 3 to 2.");
});

test("rates of a race test over a hundredfold fall are read on a logarithmic axis", () => {
  const learningRates = Array.from({ length: 20 }, (_, i) => 10 ** (i / 4 - 5));
  const losses = learningRates.map((_, i) => 1000 * 0.5 ** i);
  const svg = soundPicture(plotLearningRate({ learningRates, losses, batchLosses: losses.slice(0, 10) }));
  const ys = lineOf(svg).map(([, y]) => y);
  const steps = ys.slice(1).map((y, i) => y - (ys[i] ?? 0));
  expect(Math.max(...steps) - Math.min(...steps)).toBeLessThan(0.5);
  expect(corners(withClass(svg, "path", "thin faint")[0]?.attributes.d ?? "")).toHaveLength(10);
});

test("a path over a landscape shows each of few updates as a dot, of many none, and nothing twice", () => {
  const bowl = (a: number, b: number) => a * a + b * b;
  const spiral = (count: number) =>
    Array.from({ length: count }, (_, i): [number, number] => [Math.cos(i / 9), Math.sin(i / 9)]);
  const dots = (path: readonly [number, number][]) =>
    withClass(soundPicture(plotLandscape(bowl, { x: [-2, 2], y: [-2, 2], paths: { path } })), "circle", "fill").length;
  expect(dots(spiral(80))).toBe(78);
  expect(dots(spiral(81))).toBe(0);
  // All but the first lie within a third of a pixel.
  const slow = Array.from({ length: 51 }, (_, i): [number, number] => (i === 0 ? [0, 0] : [1 + 4e-5 * i, 1]));
  const drawn = soundPicture(plotLandscape(bowl, { x: [-2, 2], y: [-2, 2], paths: { slow } }));
  // The first line is that of the legend.
  expect(corners(withClass(drawn, "path", "line")[1]?.attributes.d ?? "")).toHaveLength(3);
});

test("what a plot cannot read is named, with its place", () => {
  const bowl = (a: number, b: number) => a * a + b * b;
  const ends = { x: [-1, 1], y: [-1, 1] } as const;
  expect(() => plotLandscape({ x: [0, 1], y: "no", values: [0, 0, 0, 0] } as never)).toThrow(
    'landscape.y: expected an array of numbers, got "no"',
  );
  expect(() => plotLandscape(bowl, { ...ends, paths: 3 as never })).toThrow(
    "paths: expected { name: result of minimize }, got 3",
  );
  expect(() => plotLandscape(bowl, { ...ends, paths: { adam: 3 as never } })).toThrow(
    "paths.adam: expected a result of minimize or its path, got 3",
  );
  expect(() => plotLearningRate({ learningRates: 3 as never, losses: [] })).toThrow(
    "test.learningRates: expected an array of numbers, got 3",
  );
  expect(() => plotLearningRate({ learningRates: [1, "2"] as never, losses: [1, 2] })).toThrow(
    'test.learningRates[1]: expected a number, got "2"',
  );
  expect(() => plotLines(undefined as never)).toThrow("series: expected an array");
  expect(() => plotLines([null] as never)).toThrow("series[0].points: expected an array of [x, y]");
  expect(() => plotGradientFlow(null as never)).toThrow("source: expected a report, reports by name, or records");
  expect(() => plotRace([{ name: "a", histories: [{ epochs: 3 }] }] as never)).toThrow(
    "results[0].histories[0].epochs: expected an array, got 3",
  );
});

/** Stands for a model of two inputs and one output. */
const model = (evaluate: () => { loss: number } = () => ({ loss: 1 })) => ({
  clone: () => model(evaluate),
  parameters: () => [
    { name: "kernel", shape: [2, 1], trainable: true, data: Float32Array.of(1, 2) },
    { name: "bias", shape: [1], trainable: true, data: Float32Array.of(0) },
  ],
  setParameters: () => {},
  evaluate,
  dispose: () => {},
});

describe("lossLandscape", () => {
  test("leaves NaN where the loss is not finite, and passes other errors on", async () => {
    const wild = model(() => {
      throw new NonFiniteError("evaluate", "the loss is not finite");
    });
    const { values } = await lossLandscape(wild, plane, [0, 1], { steps: 3 });
    expect(Array.from(values, Number.isNaN)).toEqual(new Array(9).fill(true));
    const broken = model(() => {
      throw new TypeError("broken");
    });
    await expect(lossLandscape(broken, plane, [0, 1], { steps: 3 })).rejects.toThrow(new TypeError("broken"));
  });

  test("lets other work run between points that take long", async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 0);
    const slow = model(() => {
      const end = performance.now() + 10;
      while (performance.now() < end);
      return { loss: 1 };
    });
    await lossLandscape(slow, plane, [0, 1], { steps: 3 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  test("names options and snapshots that it cannot read", async () => {
    const refuses = (options: object) => expect(lossLandscape(model(), plane, [0, 1], options as never)).rejects;
    await refuses({ signal: 3 }).toThrow("lossLandscape.signal: expected an AbortSignal, got 3");
    await refuses({ signal: null }).toThrow("lossLandscape.signal: expected an AbortSignal, got null");
    await refuses({ paths: 3 }).toThrow("lossLandscape.paths: expected { name: snapshots }, got 3");
    const without = "expected what model.parameters() returned, with kernel";
    await refuses({ paths: { a: [3] } }).toThrow(`lossLandscape.paths.a[0]: ${without}`);
    await refuses({ paths: { a: [[]] } }).toThrow(`lossLandscape.paths.a[0]: ${without}`);
  });
});

describe("report", () => {
  const history = { epochs: [{ epoch: 0, loss: 1 }] };
  const judged = {
    summary: () => "summary",
    toJSON: () => ({}),
    evaluate: () => ({ loss: 1 }),
    predict: (x: readonly unknown[]) => ({ data: Float32Array.from(x, () => 0), shape: [x.length, 1] as const }),
    predictClasses: (x: readonly unknown[]) => new Int32Array(x.length),
  } as unknown as ReportModel;

  test("takes a theme, and the word of a model that cannot diagnose itself", () => {
    const dark = report(judged, history, { theme: "dark", data: [plane, [0, 1]] });
    expect(dark).not.toContain("prefers-color-scheme");
    expect(report(judged, history)).toContain("prefers-color-scheme");
    expect(dark).not.toContain("<h2>Diagnosis</h2>");
    expect(dark).toContain("<h2>Classes</h2>");
  });

  test("leaves out the classes where targets do not fit the outputs, and the words of a silent diagnosis", () => {
    const html = report(judged, history, {
      data: [
        plane,
        [
          [0, 1],
          [1, 0],
        ],
      ],
    });
    expect(html).not.toContain("<h2>Classes</h2>");
    const layers = Array.from({ length: 5 }, (_, i) => ({ name: `layer ${i}`, gradientNorm: i + 1 }));
    const names = layers.map(({ name }) => name);
    const findings = [{ verdict: "vanishing", severity: 0.5, layers: names }];
    const advice = [{ remedy: "Wait.", why: "It helps.", paper: "None, 2025", change: undefined }];
    const silent = report(judged, history, { diagnosis: { layers, findings, advice } as never });
    expect(silent).not.toContain("Verdict:");
    expect(silent).toContain("vanishing, severity 0.5 of 1: layer 0 … layer 4 (5)");
    expect(silent).toContain("<h3>Wait.</h3>");
    expect(silent).not.toContain("What changes in the configuration");
  });
});
