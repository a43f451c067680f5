/** What the types promise, checked by tsc: metrics are typed, misspelt options do not compile. */

import { expect, expectTypeOf, test } from "vitest";
import { adam, dense, type History, type MatrixLike, Model, topKAccuracy } from "../../ts/index.js";
import { config, labels, x } from "./contract-helpers.js";

test("a model knows its metrics", async () => {
  const mine = { name: "mine", compute: () => 1 } as const;
  const model = await Model.create({ ...config, metrics: ["accuracy", topKAccuracy({ k: 2 }), mine] });
  expectTypeOf(model).toEqualTypeOf<Model<"accuracy" | "topKAccuracy" | "mine">>();
  const history = await model.fit(x, labels, { validationSplit: 0.25 });
  expectTypeOf(history).toEqualTypeOf<History<"accuracy" | "topKAccuracy" | "mine">>();
  const epoch = history.epochs[0];
  if (epoch === undefined) throw new Error("no epoch");
  expectTypeOf(epoch.accuracy).toEqualTypeOf<number>();
  expectTypeOf(epoch.val_mine).toEqualTypeOf<number | undefined>();
  expectTypeOf(epoch.val_loss).toEqualTypeOf<number | undefined>();
  expectTypeOf(model.evaluate(x, labels).topKAccuracy).toEqualTypeOf<number>();
  expectTypeOf(model.trainOnBatch(x, labels).mine).toEqualTypeOf<number>();
  // @ts-expect-error: f1 is not among the metrics
  expect(epoch.f1).toBeUndefined();
  // @ts-expect-error: nor in an evaluation
  expect(model.evaluate(x, labels).f1).toBeUndefined();
  expect([epoch.accuracy, epoch.topKAccuracy, epoch.mine, epoch.val_mine].map((value) => typeof value)).toEqual(
    Array(4).fill("number"),
  );
});

test("a model without metrics has none", async () => {
  const model = await Model.create({ inputs: 4, layers: [dense(3)], loss: "sparseCategoricalCrossEntropy" });
  expectTypeOf(model).toEqualTypeOf<Model<never>>();
  // @ts-expect-error: no metrics were asked for
  expect(model.evaluate(x, labels).accuracy).toBeUndefined();
  expectTypeOf(model.predictClasses(x)).toEqualTypeOf<Int32Array>();
});

test("misspelt words do not compile", () => {
  // @ts-expect-error: the option is called learningRate
  expect(() => adam({ lr: 1 })).toThrow();
  // @ts-expect-error: the activation is called relu
  expect(() => dense(3, { activation: "reLU" })).toThrow();
});

test("all forms of data are MatrixLike", () => {
  expectTypeOf<Float64Array>().toExtend<MatrixLike>();
  expectTypeOf<number[][]>().toExtend<MatrixLike>();
  expectTypeOf<Float32Array[]>().toExtend<MatrixLike>();
  expectTypeOf<string[]>().not.toExtend<MatrixLike>();
  expect(true).toBe(true);
});
