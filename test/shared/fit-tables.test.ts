/** What `fit` takes in place of x and y. */

import { expect, test } from "vitest";
import { Dataset, dense, type FitOptions, Model, minimize, sgd } from "../../ts/index.js";

const text = "a,b,c\n1,2,3\n2,1,4\n0,1,1\n3,2,6\n";
const create = () =>
  Model.create({ inputs: 2, layers: [dense(1)], loss: "meanSquaredError", optimizer: sgd({ learningRate: 0.01 }) });

test("a table of fromCSV is fitted as its x and y are", async () => {
  const table = await Dataset.fromCSV(text, { target: "c" });
  const [one, two] = [await create(), await create()];
  const { epochs } = await one.fit(table, { epochs: 5 });
  await two.fit(table.x, table.y, { epochs: 5 });
  expect(epochs).toHaveLength(5);
  expect(one.parameters()).toEqual(two.parameters());
});

test("options of a data set stand in the second place, or behind undefined; beside targets they are refused", async () => {
  const table = await Dataset.fromCSV(text, { target: "c" });
  const data = await Dataset.fromArrays(table.x, table.y);
  const model = await create();
  const train = model.fit.bind(model) as unknown as (
    data: unknown,
    y: unknown,
    options: FitOptions,
  ) => Promise<{ epochs: readonly unknown[] }>;
  for (const source of [data, table]) {
    expect((await train(source, undefined, { epochs: 3 })).epochs).toHaveLength(3);
    await expect(train(source, table.y, { epochs: 3 })).rejects.toMatchObject({
      name: "ConfigError",
      message: expect.stringContaining("fit(dataset, options)"),
    });
  }
  data.dispose();
});

test("a number is a schedule: the rate of this call", async () => {
  const table = await Dataset.fromCSV(text, { target: "c" });
  const [one, two] = [await create(), await create()];
  await one.fit(table, { epochs: 2, schedule: 0.05 });
  await two.fit(table, { epochs: 2, schedule: () => 0.05 });
  expect(one.parameters()).toEqual(two.parameters());
});

test("minimize takes any array of numbers, refuses others, and a callback that writes into x changes nothing", async () => {
  const bowl = ([a = 0, b = 0]: ArrayLike<number> & Iterable<number>) => (a - 1) ** 2 + (b + 2) ** 2;
  const { x } = await minimize(bowl, Int32Array.of(3, 4), { maxIterations: 20 });
  const spoiled = await minimize(bowl, [3, 4], { maxIterations: 20, onIteration: ({ x: seen }) => void seen.fill(7) });
  expect(spoiled.x).toEqual(x);
  for (const start of [["1", "2"], [null]])
    await expect(minimize(bowl, start as unknown as number[])).rejects.toMatchObject({ name: "DataError" });
});
