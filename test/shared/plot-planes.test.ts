import { describe, expect, test } from "vitest";
import { minimize, sgd } from "../../ts/index.js";
import { type FlowRecord, plotBoundary, plotConfusion, plotGradientFlow, plotLandscape } from "../../ts/plot/index.js";
import { all, corners, type Element, soundPicture, words } from "./plot-helpers.js";

const withClass = (svg: Element, name: string, className: string): Element[] =>
  all(svg, name).filter((element) => (element.attributes.class ?? "").split(" ").includes(className));

describe("plotConfusion", () => {
  test("counts each pair of true and predicted class", () => {
    const svg = soundPicture(plotConfusion([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 2], ["cat", "dog", "eel"]));
    const counts = withClass(svg, "g", "m")
      .flatMap((group) => group.children)
      .map(({ text }) => text);
    expect(counts.slice(0, 9)).toEqual(["2", "1", "0", "0", "1", "1", "0", "0", "1"]);
    expect(words(svg)).toEqual(
      expect.arrayContaining([
        "cat",
        "dog",
        "eel",
        "true class",
        "predicted class",
        "66.7 %",
        "accuracy 66.7 % of 6 samples",
      ]),
    );
    expect(svg.children[1]?.text).toContain("cat taken for dog 1 of 3 times");
  });

  test("colours each cell by its share of the row", () => {
    const svg = soundPicture(plotConfusion([0, 0, 1, 1], [0, 0, 0, 1]));
    const cells = all(svg, "path").filter((path) => /^h\d+$/.test(path.attributes.class ?? ""));
    const cellsOf = Object.fromEntries(
      cells.map((path) => [path.attributes.class, path.attributes.d?.match(/M/g)?.length]),
    );
    // 100 % once, 50 % twice, 0 once.
    expect(cellsOf).toEqual({ h0: 1, h6: 2, h11: 1 });
  });

  test("stands two hundred classes, hostile and long names, classes that never occur", () => {
    const many = Array.from({ length: 400 }, (_, i) => i % 200);
    soundPicture(plotConfusion(many, many.toReversed()));
    const hostile = ["</text><script>alert(1)</script>", "x".repeat(300)];
    const svg = soundPicture(plotConfusion([0, 1], [1, 1], { classNames: hostile, width: 300 }));
    expect(all(svg, "title").map(({ text }) => text)).toContain(hostile[1]);
    soundPicture(plotConfusion(Int32Array.of(0), Uint8Array.of(5)));
    expect(() => plotConfusion([0, 200], [0, 0])).toThrow("expected at most 200 classes, got 201");
  });

  test("refuses lists that do not fit", () => {
    expect(() => plotConfusion([0, 1], [0])).toThrow("predictions: expected shape [2], got [1]");
    expect(() => plotConfusion([0, 0.5], [0, 1])).toThrow("labels: expected a whole number >= 0 at row 1, got 0.5");
    expect(() => plotConfusion([0, 2], [0, 1], ["a", "b"])).toThrow("expected a name for each of 3 classes, got 2");
    expect(() => plotConfusion([], [])).toThrow("labels: expected at least one label, got none");
  });
});

describe("plotLandscape", () => {
  const bowl = ([x = 0, y = 0]: ArrayLike<number> & Iterable<number>) => x * x + y * y;

  test("shades the ground in rings around the lowest point", () => {
    const svg = soundPicture(plotLandscape(bowl, { x: [-1, 1], y: [-1, 1] }));
    const ground = withClass(svg, "rect", "g0").at(-1)?.attributes ?? {};
    const middle = [Number(ground.x) + Number(ground.width) / 2, Number(ground.y) + Number(ground.height) / 2];
    const first = withClass(svg, "path", "g1")[0]?.attributes.d ?? "";
    // What reaches the first threshold has a hole: the second ring, centred on the lowest point.
    const hole = corners(`M${first.split("M")[2] ?? ""}`);
    const centre = [0, 1].map((axis) => {
      const values = hole.map((corner) => corner[axis] ?? 0);
      return (Math.max(...values) + Math.min(...values)) / 2;
    });
    expect(Math.abs((centre[0] ?? 0) - (middle[0] ?? 0))).toBeLessThan(3);
    expect(Math.abs((centre[1] ?? 0) - (middle[1] ?? 0))).toBeLessThan(3);
  });

  test("takes the function and the results of minimize, or a function of two numbers", async () => {
    const down = await minimize(bowl, [1, 0.5], { optimizer: sgd({ learningRate: 0.1 }), maxIterations: 20 });
    const svg = soundPicture(
      plotLandscape(bowl, {
        paths: {
          down,
          straight: [
            [1, 1],
            [0, 0],
          ],
        },
      }),
    );
    expect(words(svg)).toEqual(expect.arrayContaining(["down", "straight", "x", "y"]));
    // 21 points: a ring at the start, 19 dots, one at the end; and two ends of the straight line.
    expect(all(svg, "circle")).toHaveLength(23);
    const grid = { x: [-1, 1], y: [-1, 1], steps: 21 } as const;
    expect(plotLandscape((x: number, y: number) => x * x + y * y, grid)).toBe(plotLandscape(bowl, grid));
    expect(plotLandscape((point: Float64Array) => ({ value: bowl(point), gradient: [] }), grid)).toBe(
      plotLandscape(bowl, grid),
    );
  });

  test("takes values on a grid, y upwards", () => {
    const svg = soundPicture(plotLandscape({ x: [0, 1, 2], y: [0, 1], values: [0, 0, 0, 1, 1, 1] }));
    const highest = withClass(svg, "path", "iso").at(-1);
    const ground = withClass(svg, "rect", "g0").at(-1)?.attributes ?? {};
    const ys = corners(highest?.attributes.d ?? "").map(([, y]) => y);
    expect(Math.min(...ys)).toBeLessThanOrEqual(Number(ground.y) + Number(ground.height) / 2);
    expect(Math.max(...ys)).toBeLessThan(Number(ground.y) + Number(ground.height));
  });

  test("stands flat ground, cliffs without end, and NaN", () => {
    const options = { x: [-1, 1], y: [-1, 1], steps: 11 } as const;
    for (const height of [0, 1e308, -5, Number.NaN, Number.POSITIVE_INFINITY])
      soundPicture(plotLandscape(() => height, options));
    soundPicture(plotLandscape((x, y) => (x > 0 ? Number.NaN : y), options));
    soundPicture(plotLandscape((x, y) => 1 / (x * y), options));
    soundPicture(
      plotLandscape(bowl, {
        paths: {
          lost: [
            [0, 0],
            [Number.NaN, 1],
            [1, 1],
          ],
          none: [],
        },
      }),
    );
  });

  test("refuses what it cannot draw", () => {
    expect(() => plotLandscape(bowl, { x: [1, 0] })).toThrow("plotLandscape.x: expected [low, high]");
    expect(() => plotLandscape({ x: [0, 1], y: [0, 1], values: [1] })).toThrow(
      "landscape.values: expected shape [2, 2], got [1]",
    );
    expect(() => plotLandscape(bowl, { paths: { a: [[1, 2, 3]] } })).toThrow("paths.a: expected [x, y] at point 0");
    expect(() => plotLandscape(() => "high" as never, {})).toThrow(
      'landscape: expected a number or { value } of the function, got "high"',
    );
    expect(() => plotLandscape(7 as never)).toThrow("landscape: expected a function, or a landscape { x, y, values }");
  });
});

describe("plotBoundary", () => {
  const x = [
    [-1, 0],
    [-0.5, 1],
    [0.5, 0],
    [1, 1],
  ];
  const side = (rows: readonly number[][]) => rows.map(([a = 0]) => Number(a > 0));

  test("draws each class its region, and rings the samples on the wrong side", () => {
    const svg = soundPicture(plotBoundary(side, x, [0, 0, 1, 0], { classNames: ["left", "right"] }));
    expect(words(svg)).toEqual(
      expect.arrayContaining(["left", "right", "4 samples, 75 % on the right side; the others are ringed"]),
    );
    expect(withClass(svg, "circle", "ring")).toHaveLength(1);
    expect(withClass(svg, "path", "band")).toHaveLength(2);
    const [left = [], right = []] = withClass(svg, "path", "band").map((path) =>
      corners(path.attributes.d ?? "").map(([at]) => at),
    );
    expect(Math.max(...left)).toBeLessThanOrEqual(Math.min(...right) + 1);
  });

  test("takes probabilities of one class, of each class, and a model", () => {
    const squash = (a: number) => 1 / (1 + Math.exp(-a));
    const one = (rows: readonly number[][]) => Float32Array.from(rows, ([a = 0]) => squash(a));
    const both = (rows: readonly number[][]) => rows.map(([a = 0]) => [1 - squash(a), squash(a)]);
    const asMatrix = (rows: readonly number[][]) => ({ data: one(rows), shape: [rows.length, 1] as const });
    const model = { predict: asMatrix, predictClasses: (rows: readonly number[][]) => Int32Array.from(side(rows)) };
    const drawn = [one, both, asMatrix, model].map((predict) => soundPicture(plotBoundary(predict, x, [0, 0, 1, 1])));
    for (const svg of drawn) {
      expect(withClass(svg, "circle", "ring")).toHaveLength(0);
      const [left = []] = withClass(svg, "path", "band").map((path) => corners(path.attributes.d ?? ""));
      const [first = []] = drawn
        .slice(0, 1)
        .flatMap((one) => withClass(one, "path", "band").map((path) => corners(path.attributes.d ?? "")));
      expect(Math.max(...left.map(([at]) => at))).toBeCloseTo(Math.max(...first.map(([at]) => at)), 0);
    }
  });

  test("splits the output of a hinge model at 0", () => {
    const model = {
      predict: (rows: readonly number[][]) => ({
        data: Float32Array.from(rows, ([a = 0]) => 3 * a),
        shape: [rows.length, 1] as const,
      }),
      predictClasses: (rows: readonly number[][]) => Int32Array.from(side(rows)),
    };
    const bands = withClass(soundPicture(plotBoundary(model, x, [0, 0, 1, 1])), "path", "band").map((path) =>
      corners(path.attributes.d ?? "").map(([at]) => at),
    );
    const [left = [], right = []] = bands;
    // The range is symmetric around 0: so are the regions.
    expect(Math.max(...left) - Math.min(...left)).toBeCloseTo(Math.max(...right) - Math.min(...right), 0);
  });

  test("refuses data of other than two columns, and what does not predict", () => {
    expect(() => plotBoundary(side, [[1, 2, 3]], [0])).toThrow(
      "x: expected shape [?, 2], got [1, 3]; a plane shows two features",
    );
    expect(() => plotBoundary({} as never, x, [0, 0, 1, 1])).toThrow(
      "model: expected a model or a function that predicts",
    );
    expect(() => plotBoundary(() => [1], x, [0, 0, 1, 1])).toThrow("predictions: expected shape");
    expect(() => plotBoundary(side, x, [0, 0, 1, 9])).toThrow("expected at most 8 classes, got 10");
  });
});

describe("plotGradientFlow", () => {
  const report = (norms: readonly number[]) => ({
    verdict: "vanishing",
    decayPerLayer: 0.1,
    layers: norms.map((gradientNorm, i) => ({
      name: `layers.${i}`,
      gradientNorm,
      updateRatio: 1e-3,
      activationMean: -1,
    })),
  });
  const fading = (layers: number) => report(Array.from({ length: layers }, (_, i) => 10 ** (i - layers)));

  test("shows how the gradient fades from the output to the input, with the verdict", () => {
    const svg = soundPicture(plotGradientFlow(fading(5)));
    expect(words(svg)).toEqual(
      expect.arrayContaining([
        "layers.0",
        "layers.4",
        "RMS of ∂loss/∂output · vanishing · × 0.1 per layer towards the input",
        "gradient norm (log scale)",
      ]),
    );
    const line = corners(all(svg, "path").find((path) => path.attributes.class === "line")?.attributes.d ?? "");
    expect(line).toHaveLength(5);
    expect(line[0]?.[1]).toBeGreaterThan(line[4]?.[1] ?? 0);
  });

  test("compares reports by name, and shows other quantities", () => {
    expect(words(soundPicture(plotGradientFlow({ sigmoid: fading(5), "ReLU <b>": fading(7) })))).toEqual(
      expect.arrayContaining(["sigmoid", "ReLU <b>"]),
    );
    // From end to end, though one has more layers: both lines begin and end at the same place.
    const lines = all(soundPicture(plotGradientFlow({ a: fading(5), b: fading(9) })), "path")
      .filter(({ attributes }) => attributes.class?.startsWith("line"))
      .map(({ attributes }) => corners(attributes.d ?? ""));
    expect(lines.map((line) => line.length)).toEqual([5, 9]);
    expect(lines[0]?.[0]?.[0]).toBe(lines[1]?.[0]?.[0]);
    expect(lines[0]?.at(-1)?.[0]).toBeCloseTo(lines[1]?.at(-1)?.[0] ?? 0, 0);
    expect(words(soundPicture(plotGradientFlow(fading(3), { quantity: "activationMean" })))).toContain(
      "mean of the activations",
    );
    expect(() => plotGradientFlow(fading(3), { quantity: "norm" as never })).toThrow("plotGradientFlow.quantity");
  });

  test("says how many values are exactly 0, for which a logarithm has no place", () => {
    expect(words(soundPicture(plotGradientFlow(report([0, 0, 1e-9, 1e-3]))))).toContain(
      "RMS of ∂loss/∂output · vanishing · × 0.1 per layer towards the input · 2 values of exactly 0 not shown",
    );
  });

  test("maps layers over time in the steps of a ramp, darker or lighter as the gradient grows", () => {
    const records: FlowRecord[] = [0, 1, 2, 3].map((i) => ({
      step: 10 * i,
      ...report([10 ** (i - 8), 10 ** (i - 4)]),
    }));
    const svg = soundPicture(plotGradientFlow(records));
    const cells = all(svg, "path").filter((path) => /^h\d+$/.test(path.attributes.class ?? ""));
    expect(cells.map((path) => path.attributes.class)).toEqual(["h0", "h1", "h3", "h5", "h6", "h8", "h10", "h11"]);
    expect(words(svg)).toEqual(expect.arrayContaining(["layer", "update", "layers.0", "10⁻⁸", "0.1"]));
  });

  test("stands two hundred layers, a thousand records, no record, NaN", () => {
    const deep = fading(200);
    soundPicture(plotGradientFlow(deep));
    const map = plotGradientFlow(Array.from({ length: 1000 }, (_, step) => ({ step, ...deep })));
    soundPicture(map);
    expect(map.length).toBeLessThan(200_000);
    expect(words(soundPicture(plotGradientFlow([])))).toContain("no record to show");
    soundPicture(plotGradientFlow([{ step: 0, ...report([Number.NaN]) }]));
    // What is exactly 0 is as low as can be; what is not finite stays empty.
    const holes = soundPicture(plotGradientFlow([{ step: 0, ...report([0, Number.NaN, 1e-3, 1]) }]));
    const steps = all(holes, "path").filter((path) => /^h\d+$/.test(path.attributes.class ?? ""));
    expect(steps.map(({ attributes }) => [attributes.class, attributes.d?.match(/M/g)?.length])).toEqual([
      ["h0", 2],
      ["h11", 1],
    ]);
    soundPicture(plotGradientFlow([{ step: 0, ...report([0, 0]) }]));
    soundPicture(plotGradientFlow({ layers: [] }));
    expect(() => plotGradientFlow([{ step: 0 }] as never)).toThrow("records[0]: expected a gradient report");
    expect(() => plotGradientFlow([report([1])] as never)).toThrow(
      "records[0].step: expected the number of the update",
    );
  });
});
