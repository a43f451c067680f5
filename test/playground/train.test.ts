import { Model, matrix, schedulePreview } from "downhill";
import { describe, expect, test } from "vitest";
import { planeNames } from "../../playground/src/data/toys.js";
import { normalizationNames } from "../../playground/src/network/normalizations.js";
import { optimizerNames, plain } from "../../playground/src/optimizers/table.js";
import { exampleTable } from "../../playground/src/rooms/train/example.js";
import { readTable, sketch, usualChoice } from "../../playground/src/rooms/train/table.js";
import {
  activationNames,
  drawn,
  initializerNames,
  type Settings,
  scheduleNames,
  scheduleOf,
  taskOf,
} from "../../playground/src/rooms/train/task.js";

const usual: Settings = {
  data: "moons",
  noise: 0.2,
  rows: 400,
  hidden: [8, 8],
  activation: "silu",
  initializer: "heNormal",
  normalization: "none",
  dropout: 0,
  optimizer: plain("adam"),
  schedule: "constant",
  clip: 0,
  batch: 32,
  epochs: 60,
  seed: 0,
};

describe("a task", () => {
  test.each([...planeNames, "sine", "step"] as const)(
    "%s is learned from, and tested with samples of its own",
    async (data) => {
      const settings = { ...usual, data };
      const { train, test: held, config, fit } = taskOf(settings, drawn(settings));
      expect([train.rows, held.rows]).toEqual([300, 100]);
      const seen = new Set(Array.from({ length: 300 }, (_, i) => train.x[i * train.inputs]));
      expect(Array.from({ length: 100 }, (_, i) => held.x[i * held.inputs]).some((value) => seen.has(value))).toBe(
        false,
      );
      const model = await Model.create(config);
      const before = model.evaluate(held.x, held.y).loss;
      await model.fit(train.x, train.y, { ...fit, epochs: 150 });
      expect(model.evaluate(held.x, held.y).loss).toBeLessThan(before * 0.8);
      model.dispose();
    },
  );

  test("normalisation, dropout and clipping stand where they are asked for", () => {
    const settings = { ...usual, normalization: "batch", dropout: 0.3, clip: 2 } as const;
    const { config } = taskOf(settings, drawn(settings));
    const hidden = ["dense", "batchNormalization", "activation", "dropout"];
    expect(config.layers.map(({ type }) => type)).toEqual([...hidden, ...hidden, "dense"]);
    expect(config.gradient).toEqual([{ type: "clipByGlobalNorm", maxNorm: 2 }]);
  });

  test.each(scheduleNames)("the schedule %s never rises above the rate that is set, over all updates", (name) => {
    const schedule = scheduleOf(name, 0.02, 500);
    if (name === "constant") {
      expect(schedule).toBeUndefined();
      return;
    }
    const rates = schedulePreview(schedule as never, 500);
    expect(Math.max(...rates)).toBeCloseTo(0.02, 6);
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(0);
    expect(Math.min(...rates)).toBeLessThan(0.009);
  });
});

test("whatever is chosen can be trained: every optimizer with every schedule, every activation, every initialiser", async () => {
  const short = { ...usual, rows: 80, hidden: [4], epochs: 4 };
  const chosen: Settings[] = [
    ...optimizerNames.flatMap((name) =>
      scheduleNames.map((schedule) => ({ ...short, optimizer: plain(name), schedule })),
    ),
    ...activationNames.flatMap((activation) =>
      normalizationNames.map((normalization) => ({ ...short, activation, normalization, dropout: 0.2, clip: 1 })),
    ),
    ...initializerNames.map((initializer) => ({ ...short, initializer })),
    { ...short, hidden: [] },
    { ...short, epochs: 1, batch: 4000, schedule: "oneCycle" },
  ];
  for (const settings of chosen) {
    const { train, config, fit } = taskOf(settings, drawn(settings));
    const model = await Model.create(config);
    const { steps } = await model.fit(train.x, train.y, fit);
    expect(steps, JSON.stringify(settings)).toBeGreaterThan(0);
    model.dispose();
  }
});

describe("a table", () => {
  test("delimiter, names and kinds of columns are seen; words that tell rows apart are left out", () => {
    const rows = Array.from({ length: 50 }, (_, i) => `"row; ${i}";${i};${i % 2 === 0 ? "red" : "blue"};${i * 1.5}`);
    const found = sketch(`\uFEFFname;size;colour;price\r\n${rows.join("\r\n")}\r\n`);
    expect(found.delimiter).toBe(";");
    expect(found.columns).toEqual([
      { name: "name", isNumber: false, distinct: 50 },
      { name: "size", isNumber: true, distinct: 50 },
      { name: "colour", isNumber: false, distinct: 2 },
      { name: "price", isNumber: true, distinct: 50 },
    ]);
    expect(usualChoice(found)).toEqual({
      target: "price",
      features: ["size", "colour"],
      isClass: false,
      missing: "error",
    });
  });

  test("one bad cell leaves a column one of numbers, so that reading can say where it is", async () => {
    const text = "a,b\n1,2\n2,3\n3,oops\n4,5\n5,6\n6,7\n";
    const found = sketch(text);
    expect(found.columns[1]?.isNumber).toBe(true);
    await expect(readTable(text, found, usualChoice(found), 0)).rejects.toThrow(/line 4, column 3/);
  });

  test("features and amounts are standardised by the rows that are learned from, and taken back", async () => {
    const text = exampleTable();
    const found = sketch(text);
    const read = await readTable(text, found, usualChoice(found), 3);
    const [learn, held] = read.parts;
    expect([learn.rows, held.rows, learn.inputs]).toEqual([180, 60, 7]);
    const mean = learn.y.reduce((sum, value) => sum + value, 0) / learn.rows;
    const square = learn.y.reduce((sum, value) => sum + value * value, 0) / learn.rows;
    expect(Math.abs(mean)).toBeLessThan(1e-5);
    expect(square).toBeCloseTo(1, 4);
    // A model of nothing but the last layer turns standardised amounts into prices.
    const back = await Model.create({ inputs: 1, layers: read.back, loss: "meanSquaredError" });
    const prices = [...back.predict(matrix(learn.y, [learn.rows, 1])).data].map(Math.round).sort((a, b) => a - b);
    const truth = new Set(read.table.y);
    expect(prices.every((price) => truth.has(price))).toBe(true);
    back.dispose();
    // And the first one gives each column mean 0.
    const front = await Model.create({ inputs: 7, layers: read.front, loss: "meanSquaredError" });
    const scaled = front.predict(matrix(learn.x, [learn.rows, 7])).data;
    for (let column = 0; column < 7; column++) {
      let sum = 0;
      for (let row = 0; row < learn.rows; row++) sum += scaled[row * 7 + column] as number;
      expect(Math.abs(sum / learn.rows)).toBeLessThan(1e-4);
    }
    front.dispose();
  });

  test.each([
    ["no text at all", "", "fewColumns"],
    ["one column", "a\n1\n2\n", "fewColumns"],
    [
      "columns that only tell rows apart",
      `name,b\n${Array.from({ length: 40 }, (_, i) => `n${i},${i}`).join("\n")}`,
      "noFeatures",
    ],
    ["few rows", "a,b\n1,2\n2,3\n3,4\n", "fewRows"],
    ["one class", `a,b\n${Array.from({ length: 9 }, (_, i) => `${i},yes`).join("\n")}`, "oneClass"],
  ])("%s: it says what is missing, not what the library would", async (_, text, why) => {
    const found = sketch(text);
    await expect(readTable(text, found, usualChoice(found), 0)).rejects.toMatchObject({ name: "TableError", why });
  });

  test("amounts that are meant as classes become classes", async () => {
    const text = `a,kind\n${Array.from({ length: 40 }, (_, i) => `${i},${i % 3}`).join("\n")}\n`;
    const found = sketch(text);
    const read = await readTable(text, found, { ...usualChoice(found), isClass: true }, 0);
    expect(read.table.classes).toEqual(["0", "1", "2"]);
    expect(read.parts[0].classes).toBe(3);
    expect(read.back).toEqual([]);
  });
});
