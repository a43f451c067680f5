import { describe, expect, test } from "vitest";
import { cosineDecay, DownhillError, piecewiseConstant, restartOnLoss } from "../../ts/index.js";
import { plotHistory, plotLearningRate, plotLines, plotRace, plotSchedule } from "../../ts/plot/index.js";
import { all, corners, type Element, soundPicture, words } from "./plot-helpers.js";

const lineOf = (svg: Element, series = 0): [number, number][] => {
  const group = all(svg, "g").find((g) => g.attributes.class === `s${series}` && all(g, "path").some(isLine));
  return corners(group === undefined ? "" : (all(group, "path").find(isLine)?.attributes.d ?? ""));
};
const isLine = (path: Element): boolean => path.attributes.class === "line";

const epochs = (losses: readonly number[], more: (epoch: number) => object = () => ({})) => ({
  epochs: losses.map((loss, epoch) => ({
    epoch,
    loss,
    learningRate: 0.1,
    gradientNorm: 1,
    durationMs: 2,
    ...more(epoch),
  })),
});

describe("plotHistory", () => {
  test("draws the loss from the first epoch to the last, down to where it fell", () => {
    const svg = soundPicture(plotHistory(epochs([4, 3, 2, 1])));
    const line = lineOf(svg);
    expect(line).toHaveLength(4);
    const [first, last] = [line[0], line[3]];
    expect(first?.[0]).toBeLessThan(last?.[0] ?? 0);
    // Equal steps of the loss are equal steps in pixels on a linear scale.
    const steps = line.slice(1).map(([, y], i) => y - (line[i]?.[1] ?? 0));
    for (const step of steps) expect(step).toBeCloseTo(steps[0] ?? 0, 0);
    expect(steps[0]).toBeGreaterThan(0);
    expect(words(svg)).toEqual(expect.arrayContaining(["loss", "epoch", "1", "4"]));
  });

  test("takes a logarithmic scale where the loss falls twentyfold, and says so; a linear one below or at 0", () => {
    const scaleOf = (losses: readonly number[], scale?: "linear" | "log") =>
      words(soundPicture(plotHistory(epochs(losses), scale === undefined ? {} : { scale }))).includes(
        "loss (log scale)",
      );
    expect(scaleOf([20, 1])).toBe(true);
    expect(scaleOf([19.9, 1])).toBe(false);
    expect(scaleOf([20, 1, 0])).toBe(false);
    expect(scaleOf([20, -1])).toBe(false);
    expect(scaleOf([20, 1], "linear")).toBe(false);
    const line = lineOf(soundPicture(plotHistory(epochs([100, 10, 1]))));
    const [a = 0, b = 0, c = 0] = line.map(([, y]) => y);
    expect(b - a).toBeCloseTo(c - b, 0);
  });

  test("has a plot for the loss and each metric, the validation dashed beside the training", () => {
    const history = epochs([3, 2], (epoch) => ({ accuracy: 0.5 + epoch / 4, val_loss: 2.5, val_accuracy: 0.5 }));
    const svg = soundPicture(plotHistory(history));
    const written = words(svg);
    expect(written.filter((word) => word === "loss" || word === "accuracy")).toEqual(["loss", "accuracy"]);
    expect(written.filter((word) => word === "training")).toHaveLength(2);
    expect(written.filter((word) => word === "validation")).toHaveLength(2);
    const dashes = all(svg, "path")
      .filter(isLine)
      .map((path) => path.attributes["stroke-dasharray"] !== undefined);
    expect(dashes).toEqual([false, true, false, true]);
    expect(written).not.toContain("learning rate");
    expect(words(soundPicture(plotHistory(history, { quantities: ["learningRate"] })))).toContain("learning rate");
  });

  test("names a quantity that the history does not have", () => {
    expect(() => plotHistory(epochs([1]), { quantities: ["acc"] })).toThrow(
      'plotHistory.quantities: the history has no "acc"; it has loss, learningRate, gradientNorm, durationMs',
    );
  });

  test("says so when there is no epoch, and shows a single one as a dot", () => {
    expect(words(soundPicture(plotHistory({ epochs: [] })))).toContain("no epoch yet");
    const svg = soundPicture(plotHistory(epochs([0.5])));
    expect(all(svg, "circle")).toHaveLength(1);
    expect(words(soundPicture(plotHistory(epochs([Number.NaN, Number.NaN]))))).toContain("no finite value");
  });

  test("leaves a gap where a value is not finite", () => {
    const svg = soundPicture(plotHistory(epochs([3, Number.NaN, 2, 1.5, Number.POSITIVE_INFINITY, 1])));
    const path = all(svg, "path").find(isLine)?.attributes.d ?? "";
    expect(path.match(/M/g)).toHaveLength(3);
  });

  test("finds a place for constant, tiny, huge and denormal values", () => {
    for (const value of [0, 1, -3, 1e-300, 5e-324, 1e299, 1e308, Number.MAX_VALUE])
      soundPicture(plotHistory(epochs([value, value])));
    soundPicture(plotHistory(epochs([1e308, -1e308])));
    soundPicture(plotHistory(epochs([1e-320, 1e300])));
    soundPicture(plotHistory(epochs([1, 1 + 2 ** -52])));
  });
});

describe("every plot", () => {
  const history = epochs([2, 1]);

  test("gives the same string for the same input", () => {
    expect(plotHistory(history)).toBe(plotHistory(structuredClone(history)));
  });

  test("has the asked size, title, subtitle and description, escaped", () => {
    const hostile = `"><script>alert(1)</script>&amp;'\u0000\ud800 𝒳`;
    const options = { width: 500, height: 300, title: hostile, subtitle: hostile, description: hostile } as const;
    const svg = soundPicture(plotHistory(history, options));
    expect(svg.attributes).toMatchObject({ width: "500", height: "300", viewBox: "0 0 500 300" });
    expect(svg.children[0]?.text).toBe(`"><script>alert(1)</script>&amp;'\ufffd\ufffd 𝒳`);
    expect(svg.children[1]?.text).toContain("<script>");
    expect(words(svg).join(" ")).toContain("<script>");
  });

  test("follows the reader's theme, or keeps the one that was asked for", () => {
    expect(plotHistory(history)).toContain("prefers-color-scheme:dark");
    for (const theme of ["light", "dark"] as const) {
      const svg = plotHistory(history, { theme });
      expect(svg).not.toContain("prefers-color-scheme");
      expect(svg).toContain(`class="downhill-${theme}"`);
    }
    expect(plotHistory(history, { theme: "dark" })).not.toBe(plotHistory(history, { theme: "light" }));
  });

  test.each([
    [{ widht: 1 }, 'plotHistory: unknown option "widht"; did you mean "width"?'],
    [{ width: 100 }, "plotHistory.width: expected a whole number >= 240 and <= 4000, got 100"],
    [{ height: 1.5 }, "plotHistory.height: expected a whole number"],
    [{ title: "" }, "plotHistory.title: expected a string that is not empty"],
    [{ theme: "drak" }, 'plotHistory.theme: unknown value "drak"; did you mean "dark"?'],
    [{ scale: 1 }, "plotHistory.scale: expected one of auto, linear, log, got 1"],
    [{ quantities: "loss" }, "plotHistory.quantities: expected an array"],
  ])("refuses the options %o by name", (options, message) => {
    expect(() => plotHistory(history, options as object)).toThrow(message);
    expect(() => plotHistory(history, options as object)).toThrow(DownhillError);
  });

  test.each([[undefined], [null], [3], [{}], [{ epochs: 3 }], [{ epochs: [null] }]])(
    "refuses %o as a history",
    (value) => {
      expect(() => plotHistory(value as never)).toThrow(/^history/);
    },
  );
});

describe("plotLines", () => {
  const wave = (phase: number, count = 50) =>
    Array.from({ length: count }, (_, i) => [i, Math.sin(i / 5 + phase)] as const);

  test("puts names beside the ends of lines, apart from each other", () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    for (const phase of [0, 1.2, 4.4]) {
      // At the ends of these phases the lines are in the middle, on top and at the bottom.
      const points = wave(phase, 3).map(([x]) => [x, x === 2 ? Math.round(Math.sin(phase)) : x - 1] as const);
      const svg = soundPicture(plotLines(names.map((name) => ({ name, points }))));
      const shown = all(svg, "text").filter((text) => names.includes(text.text));
      const ys = shown.map((text) => Number(text.attributes.y)).sort((a, b) => a - b);
      expect(ys).toHaveLength(6);
      for (const [i, y] of ys.slice(1).entries()) expect(y - (ys[i] ?? 0)).toBeGreaterThanOrEqual(15.9);
      const [top = 0, bottom = 0] = [-1, 1].map(
        (_, i) =>
          lineOf(svg)
            .map(([, y]) => y)
            .sort((a, b) => (i === 0 ? a - b : b - a))[0],
      );
      expect(ys[0]).toBeGreaterThan(top);
      expect(ys.at(-1)).toBeLessThanOrEqual(bottom + 4);
    }
  });

  test("puts long names in rows above, inside the picture, and counts those that find no place", () => {
    const series = Array.from({ length: 60 }, (_, i) => ({ name: `${i} ${"long ".repeat(30)}`, points: wave(i) }));
    const svg = soundPicture(plotLines(series, { width: 400 }));
    expect(words(svg).some((word) => /^and \d+ more$/.test(word))).toBe(true);
    expect(
      words(svg)
        .filter((word) => /^\d+ long/.test(word))
        .every((word) => word.endsWith("…")),
    ).toBe(true);
  });

  test("draws long lines with no more points than pixels show, and keeps their peaks", () => {
    const points = Array.from({ length: 100_001 }, (_, i) => [i, i === 50_003 ? 10 : 0] as const);
    const line = lineOf(soundPicture(plotLines([{ name: "one", points }])));
    expect(line.length).toBeLessThan(3000);
    const ys = line.map(([, y]) => y);
    expect(Math.max(...ys) - Math.min(...ys)).toBeGreaterThan(200);
  });

  test("tells the ninth line from the first by dashes", () => {
    const svg = soundPicture(plotLines(Array.from({ length: 9 }, (_, i) => ({ name: `n${i}`, points: wave(i) }))));
    const lines = all(svg, "path")
      .filter(isLine)
      .map((path) => path.attributes["stroke-dasharray"]);
    expect(lines[0]).toBeUndefined();
    expect(lines[8]).toBeDefined();
  });

  test("refuses what is no list of points", () => {
    expect(() => plotLines([{ name: "a", points: [[0]] }] as never)).toThrow(
      "series[0].points: expected [x, y] at point 0",
    );
    expect(() => plotLines([{ name: "a" }] as never)).toThrow("series[0].points: expected an array of [x, y]");
    expect(() => plotLines([{ points: [] }] as never)).toThrow("series[0].name: expected a string that is not empty");
  });
});

describe("plotLearningRate", () => {
  const learningRates = Array.from({ length: 50 }, (_, i) => 1e-6 * 1.3 ** i);
  const losses = learningRates.map((rate) => 1 / (1 + rate * 1e3) + (rate * 5) ** 3);

  test("marks the suggestion on a logarithmic axis of rates", () => {
    const svg = soundPicture(plotLearningRate({ learningRates, losses, suggestion: 1e-3 }));
    expect(words(svg)).toContain("suggestion 0.001");
    const marker = all(svg, "path").find((path) => path.attributes["stroke-dasharray"] === "3 3");
    const line = lineOf(svg);
    const [x = 0] = corners(marker?.attributes.d ?? "")[0] ?? [];
    const share = (x - (line[0]?.[0] ?? 0)) / ((line.at(-1)?.[0] ?? 0) - (line[0]?.[0] ?? 0));
    expect(share).toBeCloseTo(Math.log(1e3) / (49 * Math.log(1.3)), 2);
  });

  test("does not let the loss that ran away press the rest flat", () => {
    const wild = losses.map((loss, i) => (i < 40 ? loss : loss * 10 ** (i - 39)));
    const svg = soundPicture(plotLearningRate({ learningRates, losses: wild, suggestion: 1e-3 }));
    const ys = lineOf(svg).map(([, y]) => y);
    expect(Math.max(...ys.slice(0, 40)) - (ys[0] ?? 0)).toBeGreaterThan(120);
    expect(words(svg)).toContain("loss");
    expect(words(svg)).not.toContain("100");
  });

  test("draws the losses of the batches thin behind the smoothed ones", () => {
    const batchLosses = losses.map((loss, i) => loss * (1 + (i % 3) / 20));
    const svg = soundPicture(plotLearningRate({ learningRates, losses, batchLosses, suggestion: 1e-3 }));
    expect(words(svg)).toEqual(expect.arrayContaining(["smoothed", "batches"]));
    const drawn = all(svg, "path").map((path) => path.attributes.class);
    expect(drawn.indexOf("thin faint")).toBeGreaterThanOrEqual(0);
    expect(drawn.indexOf("thin faint")).toBeLessThan(drawn.indexOf("line"));
  });

  test("says so when there is no suggestion, and refuses lists of different length", () => {
    expect(words(soundPicture(plotLearningRate({ learningRates, losses })))).toContain(
      "no suggestion: the loss never fell",
    );
    soundPicture(plotLearningRate({ learningRates: [], losses: [] }));
    soundPicture(
      plotLearningRate({ learningRates: Float64Array.of(1e-3), losses: Float32Array.of(Number.NaN), suggestion: 1e-3 }),
    );
    expect(() => plotLearningRate({ learningRates, losses: [1] })).toThrow(
      "expected one for each of 50 learning rates, got 1",
    );
  });
});

describe("plotSchedule", () => {
  test("draws what the schedule gives, without the core", () => {
    const svg = soundPicture(plotSchedule(piecewiseConstant({ boundaries: [50], values: [0.2, 0.1] }), 100));
    const ys = lineOf(svg).map(([, y]) => y);
    // The axis starts at 0: half the rate stands at half the height.
    const bottom = Math.max(
      ...all(svg, "path")
        .filter((path) => path.attributes.class === "axis")
        .map((path) => corners(path.attributes.d ?? "")[0]?.[1] ?? 0),
    );
    expect((bottom - (ys[0] ?? 0)) / (bottom - (ys.at(-1) ?? 0))).toBeCloseTo(2, 1);
    expect(svg.children[0]?.text).toBe("Learning-rate schedule: piecewiseConstant");
  });

  test("takes functions, rates and several by name, and one that watches losses", () => {
    soundPicture(plotSchedule((step) => 0.1 / (step + 1), 20));
    soundPicture(plotSchedule(Float32Array.of(0.1, 0.2)));
    const several = soundPicture(
      plotSchedule({ cosine: cosineDecay({ initial: 0.1, steps: 20 }), flat: () => 0.05 }, 20),
    );
    expect(words(several)).toEqual(expect.arrayContaining(["cosine", "flat"]));
    const watching = restartOnLoss({ threshold: 0.5, initial: 0.1, decay: 0.5 });
    const restarted = lineOf(soundPicture(plotSchedule(watching, 10, { losses: [1, 1, 1, 1, 0.1, 1, 1, 1, 1, 1] })));
    for (const i of [0, 1, 2]) expect(restarted[5 + i]?.[1]).toBeCloseTo(restarted[i]?.[1] ?? 0, 5);
  });

  test("refuses what is no schedule, and steps that are missing", () => {
    expect(() => plotSchedule(cosineDecay({ initial: 0.1, steps: 20 }))).toThrow("steps: must be given");
    expect(() => plotSchedule({ type: "cosineDacay" } as never, 5)).toThrow('did you mean "cosineDecay"');
    expect(() => plotSchedule(() => "fast" as never, 5)).toThrow("schedule(0): expected a finite number");
    soundPicture(plotSchedule(() => 1, 0));
  });
});

describe("plotRace", () => {
  const racer = (name: string, ...runs: number[][]) => ({ name, histories: runs.map((losses) => epochs(losses)) });

  test("draws the mean of the seeds, and a band of one standard deviation", () => {
    const svg = soundPicture(plotRace([racer("adam", [4, 2], [6, 4]), racer("sgd", [5, 5], [5, 5])]));
    const [adam, sgd] = [lineOf(svg, 0), lineOf(svg, 1)];
    expect(adam[0]?.[1]).toBe(sgd[0]?.[1]);
    const band = corners(all(svg, "path").find((path) => path.attributes.class === "band")?.attributes.d ?? "");
    const [high = 0, low = 0] = [band[0]?.[1], band[3]?.[1]];
    // Mean 5 to mean 3 is two units of the loss; the band reaches √2 to either side.
    const unit = ((adam[1]?.[1] ?? 0) - (adam[0]?.[1] ?? 0)) / 2;
    expect((low - high) / unit).toBeCloseTo(2 * Math.SQRT2, 1);
    expect(words(svg)).toEqual(
      expect.arrayContaining(["adam", "sgd", "mean of 2 seeds · band: one standard deviation"]),
    );
  });

  test("goes on without a seed that diverged, and shows other quantities", () => {
    const line = lineOf(soundPicture(plotRace([racer("a", [4, 2, 1], [4])])));
    expect(line).toHaveLength(3);
    expect(words(soundPicture(plotRace([{ name: "a", histories: [] }])))).toContain("no loss to show");
    const quantity = "gradientNorm";
    expect(words(soundPicture(plotRace([racer("a", [4, 2])], { quantity, band: "range" })))).toContain(quantity);
    expect(() => plotRace([{ name: "a" }] as never)).toThrow("results[0]: expected a result of compareOptimizers");
  });
});
