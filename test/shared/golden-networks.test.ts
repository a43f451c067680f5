/** Whole networks against PyTorch in f64 (test/golden/networks.json), through the facade and the wasm core. */

import { describe, expect, test } from "vitest";
import type { ModelConfig } from "../../ts/config/model.js";
import { type Matrix, Model, matrix } from "../../ts/index.js";
import golden from "../golden/networks.json" with { type: "json" };
import { distance, generator } from "./golden.js";

interface Network {
  readonly name: string;
  readonly model: ModelConfig;
  readonly start: {
    readonly seed: number;
    readonly parameters: readonly { name: string; shape: number[]; scale?: number; value?: number }[];
  };
  readonly data: { readonly seed: number; readonly scale: number; readonly target: string };
  readonly sampleWeights: readonly number[] | null;
  readonly classWeights: readonly number[] | null;
  readonly learningRates: readonly number[] | null;
  readonly losses: readonly number[];
  readonly gradientNorms: readonly number[];
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly output: readonly number[];
}

/**
 * Plain f32 training by PyTorch differs from its f64 by at most 5.5e-7 (losses), 1.3e-6 (norms), 2.3e-6 (parameters) and
 * 2.4e-6 (outputs), relative to the largest of each list; ours sums in another order: up to four times as much room.
 */
const bounds = { losses: 1e-6, norms: 2e-6, parameters: 1e-5, output: 5e-6 };

const { inputs, batches, batchSize } = golden;
const rows = batches * batchSize;

/** What a target rule makes of a row, for `columns` columns; `label` gives one number. */
function target(rule: string, x: readonly number[], columns: number): number[] {
  const at = (j: number) => x[j] as number;
  const label = x.slice(0, columns).reduce((best, value, j) => (value > at(best) ? j : best), 0);
  switch (rule) {
    case "label":
      return [label];
    case "oneHot":
      return Array.from({ length: columns }, (_, j) => Number(j === label));
    case "soft":
      return Array.from({ length: columns }, (_, j) => (j === label ? 0.75 : 0.125));
    case "binary":
      return Array.from({ length: columns }, (_, j) => Number(at(j) > at(j + 1)));
    case "sign":
      return Array.from({ length: columns }, (_, j) => (at(j) > at(j + 1) ? 1 : -1));
    case "count":
      return Array.from({ length: columns }, (_, j) => Math.floor(2 * (at(j) + 1)));
    default:
      return Array.from({ length: columns }, (_, j) => Math.max(at(j), at(j + 1)));
  }
}

function makeData({ data, model }: Network): { x: Matrix; y: Matrix | number[] } {
  const next = generator(data.seed);
  const x = Float32Array.from({ length: rows * inputs }, () => next(data.scale));
  const last = model.layers.findLast((layer) => layer.type === "dense");
  const columns = last?.type === "dense" ? last.units : inputs;
  const y = Array.from({ length: rows }, (_, i) =>
    target(data.target, [...x.subarray(i * inputs, (i + 1) * inputs)], columns),
  ).flat();
  return { x: matrix(x, [rows, inputs]), y: data.target === "label" ? y : matrix(y, [rows, columns]) };
}

async function start({ model: config, start: { seed, parameters } }: Network): Promise<Model> {
  const model = await Model.create(config);
  const next = generator(seed);
  model.setParameters(
    parameters.map(({ name, shape, scale, value }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return { name, data: Float32Array.from({ length: size }, () => value ?? next(scale ?? 1)) };
    }),
  );
  return model;
}

describe("networks trained as PyTorch trains them", () => {
  test.each(golden.networks as unknown as Network[])("$name", async (network) => {
    const model = await start(network);
    const { x, y } = makeData(network);
    const steps = network.losses.length;
    const losses: number[] = [];
    const norms: number[] = [];
    const { sampleWeights, classWeights, learningRates } = network;
    await model.fit(x, y, {
      batchSize,
      shuffle: false,
      epochs: Math.ceil(steps / batches),
      ...(sampleWeights === null
        ? {}
        : { sampleWeight: Array.from({ length: rows }, (_, i) => sampleWeights[i % batchSize] as number) }),
      ...(classWeights === null ? {} : { classWeight: classWeights }),
      ...(learningRates === null ? {} : { schedule: (step: number) => learningRates[step] ?? 0 }),
      callbacks: [
        {
          onBatchEnd(_, logs) {
            losses.push(logs.loss ?? Number.NaN);
            norms.push(logs.gradientNorm ?? Number.NaN);
            return losses.length === steps ? "stop" : undefined;
          },
        },
      ],
    });
    expect(distance(losses, network.losses), "losses").toBeLessThan(bounds.losses);
    expect(distance(norms, network.gradientNorms), "norms").toBeLessThan(bounds.norms);
    const parameters = model.parameters();
    expect(parameters.map(({ name }) => name).sort()).toEqual(Object.keys(network.parameters).sort());
    for (const { name, data } of parameters) {
      expect(distance(data, network.parameters[name] ?? []), name).toBeLessThan(bounds.parameters);
    }
    const batch = matrix(x.data.slice(0, batchSize * inputs), [batchSize, inputs]);
    expect(distance(model.forward(batch).output.data, network.output), "output").toBeLessThan(bounds.output);
    model.dispose();
  });
});
