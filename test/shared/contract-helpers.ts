/** What the tests of the contract share: data from a seed, and a model's whole state for comparison. */

import { expect } from "vitest";
import {
  adam,
  batchNormalization,
  DownhillError,
  dense,
  dropout,
  type ErrorCode,
  type Matrix,
  matrix,
} from "../../ts/index.js";
import { generator } from "./golden.js";

/** `count` numbers in [−scale, scale). */
export function numbers(count: number, seed: number, scale = 1): Float32Array {
  const next = generator(seed);
  return Float32Array.from({ length: count }, () => next(scale));
}

export const rows = 32;
export const x: Matrix = matrix(numbers(rows * 4, 1), [rows, 4]);
export const labels: readonly number[] = Array.from({ length: rows }, (_, i) =>
  Math.floor(((x.data[4 * i] as number) + 1) * 1.5),
);

/** A classifier with everything that has state: moving statistics, dropout, moments. */
export const config = {
  inputs: 4,
  layers: [dense(6, { activation: "tanh" }), batchNormalization(), dropout(0.25), dense(3)],
  loss: "sparseCategoricalCrossEntropy",
  optimizer: adam({ learningRate: 0.01 }),
  metrics: ["accuracy"],
  seed: 5,
} as const;

/** What a call threw or rejected with; fails if it did neither, or if an asynchronous one threw at once. */
export async function mistake(call: () => unknown, asynchronous = false): Promise<DownhillError> {
  let outcome: unknown;
  try {
    outcome = call();
  } catch (error) {
    expect(asynchronous, `threw instead of rejecting: ${String(error)}`).toBe(false);
    expect(error).toBeInstanceOf(DownhillError);
    return error as DownhillError;
  }
  expect(outcome instanceof Promise, "went through, or is a promise where it should throw").toBe(asynchronous);
  const error = await (outcome as Promise<unknown>).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DownhillError);
  return error as DownhillError;
}

/** A mistake: what is done, its code, what its message says. */
export type Case<T> = readonly [name: string, call: (given: T) => unknown, code: ErrorCode, message: RegExp];

/** Every number of a list. */
export const flat = (parameters: readonly { readonly name: string; readonly data: Float32Array }[]) =>
  parameters.map(({ name, data }) => [name, [...data]]);
