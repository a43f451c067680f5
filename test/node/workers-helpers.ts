/** What the tests of workers train. */

import { createHash } from "node:crypto";
import { adam, dense, l2, type Model, matrix } from "../../ts/index.js";
import { numbers } from "../shared/contract-helpers.js";

/** So many that the last of four batches has one row, which three replicas cannot share evenly. */
export const rows = 769;
export const x = matrix(numbers(rows * 128, 1), [rows, 128]);
export const y = Uint8Array.from({ length: rows }, (_, i) => Math.floor(((x.data[128 * i] as number) + 1) * 1.5));
export const layers = [dense(256, { activation: "relu", kernelRegularizer: l2(1e-4) }), dense(3)] as const;
export const plain = {
  inputs: 128,
  layers,
  loss: "sparseCategoricalCrossEntropy",
  optimizer: adam(),
  seed: 3,
} as const;
export const batchSize = 256;

/** All of a model's state, short enough to compare. */
export const bits = (model: Pick<Model<string>, "save">): string =>
  createHash("sha256").update(model.save()).digest("hex");
