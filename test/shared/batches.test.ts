/** Training on batches that come one after the other. */

import { describe, expect, test } from "vitest";
import {
  adam,
  type BatchLike,
  type BatchSource,
  batchNormalization,
  DataError,
  Dataset,
  dense,
  type FitOptions,
  Model,
  matrix,
  recordGradients,
  reduceOnPlateau,
  restartOnLoss,
  rprop,
  runtimeInfo,
  sgd,
} from "../../ts/index.js";
import { type Case, config, labels, mistake, numbers, rows, x } from "./contract-helpers.js";

const create = () => Model.create({ ...config, optimizer: adam({ learningRate: 0.01 }) });
const weights = numbers(rows, 7).map((weight) => Math.abs(weight));

/** The rows in batches of this size. */
function* cut(size: number, weighted = false): Generator<BatchLike> {
  for (let from = 0; from < rows; from += size) {
    const to = Math.min(from + size, rows);
    const part = matrix(x.data.slice(4 * from, 4 * to), [to - from, 4]);
    const y = labels.slice(from, to);
    yield weighted ? { x: part, y, sampleWeight: weights.slice(from, to) } : [part, y];
  }
}

async function* later(batches: Iterable<BatchLike>): AsyncGenerator<BatchLike> {
  for (const batch of batches) {
    await new Promise((done) => setTimeout(done, 0));
    yield batch;
  }
}

const plain = ({ durationMs: _, ...epoch }: { readonly durationMs: number }) => epoch;

describe("the bits of a fit on arrays in their order", () => {
  const sources: readonly (readonly [string, BatchSource, number | undefined])[] = [
    ["batches of an array", [...cut(8)], undefined],
    ["a generator function", () => cut(8), undefined],
    ["an asynchronous one", () => later(cut(8)), undefined],
    ["larger batches cut anew", () => cut(20), 8],
    ["smaller ones put together", () => later(cut(3)), 8],
    ["single rows", () => cut(1), 8],
    ["one of all", () => cut(rows), 8],
  ];

  test.each(sources)("of %s", async (_, source, batchSize) => {
    const [resident, streamed] = [await create(), await create()];
    const options = { epochs: 3, validationData: [x, labels] } as const;
    const a = await resident.fit(x, labels, { ...options, batchSize: 8, shuffle: false });
    const b = await streamed.fit(Dataset.fromBatches(source), { ...options, ...(batchSize && { batchSize }) });
    expect(b.epochs.map(plain)).toEqual(a.epochs.map(plain));
    expect([b.steps, b.stoppedBy, b.workers]).toEqual([12, "epochs", 1]);
    expect(streamed.parameters()).toEqual(resident.parameters());
  });

  test("of weighted rows, cut anew or not; a last batch that is smaller", async () => {
    for (const size of [5, 12]) {
      const [resident, streamed] = [await create(), await create()];
      const options = { batchSize: 12, shuffle: false, sampleWeight: weights };
      const a = await resident.fit(x, labels, options);
      const b = await streamed.fit(
        Dataset.fromBatches(() => cut(size, true)),
        { batchSize: 12 },
      );
      expect(streamed.parameters()).toEqual(resident.parameters());
      expect(b.epochs[0]?.loss).toBeCloseTo(a.epochs[0]?.loss ?? 0, 12);
      expect(b.epochs[0]?.accuracy).toBe(a.epochs[0]?.accuracy);
    }
  });

  test("of a source that writes each batch over the last", async () => {
    const [resident, streamed] = [await create(), await create()];
    await resident.fit(x, labels, { batchSize: 8, shuffle: false });
    const block = new Float32Array(12);
    const data = Dataset.fromBatches(async function* () {
      for (let from = 0; from < rows; from += 3) {
        const part = x.data.subarray(4 * from, 4 * (from + 3));
        block.set(part);
        yield { x: block.subarray(0, part.length), y: labels.slice(from, from + 3) };
      }
    });
    await streamed.fit(data, { batchSize: 8 });
    expect(streamed.parameters()).toEqual(resident.parameters());
  });

  test("of rows of targets, and a schedule that watches the loss", async () => {
    const y = matrix(numbers(2 * rows, 3), [rows, 2]);
    const learningRate = reduceOnPlateau({ initial: 0.1, patience: 1 });
    const [resident, streamed] = await Promise.all(
      [1, 2].map(() =>
        Model.create({ inputs: 4, layers: [dense(2)], loss: "meanSquaredError", optimizer: sgd({ learningRate }) }),
      ),
    );
    const a = await resident?.fit(x, y, { epochs: 9, shuffle: false, batchSize: 16 });
    const b = await streamed?.fit(Dataset.fromBatches([[x, y]]), { epochs: 9, batchSize: 16 });
    expect(b?.epochs.map(plain)).toEqual(a?.epochs.map(plain));
  });
});

test("epochs count as always, and a file goes on to the same bits", async () => {
  const [whole, first] = [await create(), await create()];
  const data = Dataset.fromBatches(() => later(cut(8)));
  await whole.fit(data, { epochs: 4 });
  await first.fit(data, { epochs: 2 });
  expect(first.epochsDone).toBe(2);
  const second = await Model.load(first.save());
  await second.fit(data, { epochs: 2, initialEpoch: 2 });
  expect(second.epochsDone).toBe(4);
  expect(second.save()).toEqual(whole.save());
  await second.fit(x, labels);
  const resident = await create();
  await resident.fit(x, labels, { epochs: 4, batchSize: 8, shuffle: false });
  await resident.fit(x, labels);
  expect(second.parameters()).toEqual(resident.parameters());
});

test("callbacks are told each batch and epoch, and may stop", async () => {
  const told: unknown[] = [];
  const model = await create();
  // Four batches, then three: an epoch is as long as its source.
  const sizes = [8, 12];
  const history = await model.fit(
    Dataset.fromBatches(() => later(cut(sizes.shift() ?? 1))),
    {
      epochs: 9,
      callbacks: [
        {
          onBatchEnd: (batch, { epoch, step }, { params }) => void told.push([epoch, batch, step, params.steps]),
          onEpochEnd: (epoch) => (epoch === 1 ? "stop" : undefined),
        },
      ],
      verbose: 0,
    },
  );
  expect(history).toMatchObject({ stoppedBy: "callback", steps: 7 });
  const unknown = Number.POSITIVE_INFINITY;
  expect(told).toEqual([
    [0, 0, 0, unknown],
    [0, 1, 1, unknown],
    [0, 2, 2, unknown],
    [0, 3, 3, 4],
    [1, 0, 4, 4],
    [1, 1, 5, 4],
    [1, 2, 6, 3],
  ]);
});

test("a source that can be walked through once serves one epoch; the second is refused by name", async () => {
  for (const source of [cut(8), later(cut(8))]) {
    const model = await create();
    const error = await mistake(() => model.fit(Dataset.fromBatches(source), { epochs: 2 }), true);
    expect([error.code, error.message]).toEqual([
      "DATA",
      expect.stringMatching(
        /dataset: .* walked through once, and epoch 1 walks again; give Dataset\.fromBatches a func/,
      ),
    ]);
    const other = await create();
    await other.fit(x, labels, { batchSize: 8, shuffle: false });
    expect(model.parameters()).toEqual(other.parameters());
    await model.fit(x, labels);
  }
});

test("an abort ends the wait for a batch at once, and tells the source", async () => {
  for (const waits of [0, 2]) {
    const controller = new AbortController();
    let returned = 0;
    const data = Dataset.fromBatches({
      [Symbol.asyncIterator]: () => {
        const batches = cut(8);
        let given = 0;
        return {
          next: () => {
            if (given++ < waits) return Promise.resolve(batches.next());
            setTimeout(() => controller.abort(), 5);
            return new Promise(() => {});
          },
          return: () => {
            returned += 1;
            return Promise.resolve({ done: true as const, value: undefined });
          },
        };
      },
    });
    const model = await create();
    // A schedule that looks at the loss of each update.
    model.compile({ optimizer: sgd({ learningRate: restartOnLoss({ threshold: 0.1, initial: 0.1, decay: 0.9 }) }) });
    const before = model.save();
    const history = await model.fit(data, { signal: controller.signal });
    if (waits === 0) expect(model.save()).toEqual(before);
    expect(history).toMatchObject({ stoppedBy: "signal", steps: waits, epochs: [] });
    expect(returned).toBe(1);
    await model.fit(x, labels);
  }
});

test("a stop and a mistake also tell a generator, whose finally runs", async () => {
  let closed = 0;
  async function* source(y: number) {
    try {
      for (;;)
        yield {
          x: [
            [1, 2, 3, 4],
            [1, 0, 1, 0],
          ],
          y: [0, y],
        };
    } finally {
      closed += 1;
    }
  }
  const model = await create();
  const stop = { onBatchEnd: (batch: number) => (batch === 2 ? ("stop" as const) : undefined) };
  await model.fit(Dataset.fromBatches(source(1)), { callbacks: [stop] });
  expect(closed).toBe(1);
  const error = await mistake(() => model.fit(Dataset.fromBatches(source(3))), true);
  expect(error.message).toMatch(/dataset, batch 0 of epoch 0: y: expected a whole number from 0 to 2 at row 1, got 3/);
  expect(closed).toBe(2);
});

test("what the source throws is the cause of a named error, and the model goes on", async () => {
  const broken = new Error("the disk is gone");
  async function* source() {
    yield* cut(8);
    throw broken;
  }
  const model = await create();
  const error = await mistake(() => model.fit(Dataset.fromBatches(() => source())), true);
  expect(error).toBeInstanceOf(DataError);
  expect(error.message).toMatch(/dataset: its source failed at batch 4 of epoch 0: Error: the disk is gone/);
  expect(error.cause).toBe(broken);
  const before = model.save();
  expect((await Model.load(before)).save()).toEqual(before);
  await model.fit(x, labels);
});

test("the core's memory stays flat while 200 MB go through", async () => {
  const model = await Model.create({ inputs: 1000, layers: [dense(2)], loss: "meanSquaredError", optimizer: sgd() });
  const block = numbers(250_000, 3);
  const source = function* (): Generator<BatchLike> {
    for (let i = 0; i < 200; i++) yield { x: block, y: new Float32Array(500) };
  };
  const sizes: number[] = [];
  const look = { onBatchEnd: () => void sizes.push(runtimeInfo().memoryBytes) };
  await model.fit(Dataset.fromBatches(source), { callbacks: [look] });
  expect(sizes).toHaveLength(200);
  expect(new Set(sizes.slice(1)).size).toBe(1);
  // Blocks are freed at the end of a fit, also of one that is stopped.
  const stop = { onBatchEnd: () => "stop" as const };
  for (let i = 0; i < 20; i++) await model.fit(Dataset.fromBatches(source), { callbacks: [stop] });
  expect(runtimeInfo().memoryBytes).toBeLessThan((sizes[1] as number) + 2 * block.byteLength);
});

test("a divergence tells its place", async () => {
  const model = await Model.create({
    inputs: 4,
    layers: [dense(2)],
    loss: "meanSquaredError",
    optimizer: sgd({ learningRate: 1e9 }),
  });
  const y = matrix(numbers(2 * rows, 3), [rows, 2]);
  const error = await mistake(() => model.fit(Dataset.fromBatches([[x, y]]), { epochs: 50 }), true);
  expect([error.code, error.message]).toEqual([
    "DIVERGENCE",
    expect.stringMatching(/is not finite at epoch \d+, step/),
  ]);
});

test("several workers are one, and the history says why", async () => {
  const history = await (await create()).fit(
    Dataset.fromBatches(() => cut(8)),
    { workers: 4 },
  );
  expect([history.workers, history.notice]).toEqual([1, expect.stringMatching(/stream/)]);
});

const train = (source: unknown, options?: FitOptions) => (model: Model<string>) =>
  model.fit(Dataset.fromBatches(source as BatchSource), options);

const refused: readonly Case<Model<string>>[] = [
  ["no batches", train(() => []), "DATA", /dataset: there are no batches in epoch 0/],
  [
    "a function that gives none",
    train(() => 3),
    "DATA",
    /dataset: expected a function that gives an iterable .* gave 3/,
  ],
  [
    "something else than a batch",
    train(["abc"]),
    "DATA",
    /dataset, batch 0 of epoch 0: expected \{ x, y \} or \[x, y\]/,
  ],
  ["three parts", train([[x, labels, weights]]), "DATA", /batch 0 of epoch 0: expected/],
  [
    "an unknown part",
    train([{ x, y: labels, weight: weights }]),
    "CONFIG",
    /batch 0 of epoch 0: unknown option "weight"/,
  ],
  ["no targets", train([{ x }]), "DATA", /batch 0 of epoch 0: y/],
  [
    "another width",
    train([...cut(8), { x: [[1, 2, 3]], y: [0] }]),
    "SHAPE",
    /batch 4 of epoch 0: x: expected shape \[1, 4\], got \[1, 3\]/,
  ],
  ["too few labels", train([[x, labels.slice(1)]]), "SHAPE", /batch 0 of epoch 0: y: .*\[32\].*\[31\]/],
  ["NaN", train([[[[1, 2, Number.NaN, 4]], [0]]]), "NON_FINITE", /batch 0 of epoch 0: x: NaN at row 0, column 2/],
  [
    "weights below 0",
    train([{ x, y: labels, sampleWeight: weights.map((w) => -w) }]),
    "DATA",
    /sampleWeight: expected .*>= 0/,
  ],
  [
    "one row to normalise",
    train(() => cut(1)),
    "CONFIG",
    /batchNormalization: .*at least 2 samples, got 1, batch 0 of/,
  ],
  ["a split", train([...cut(8)], { validationSplit: 0.2 }), "CONFIG", /fit\.validationSplit: not for .* batches/],
  ["weights of classes", train([...cut(8)], { classWeight: [1, 2, 3] }), "CONFIG", /fit\.classWeight: not for/],
  ["weights of rows", train([...cut(8)], { sampleWeight: weights }), "CONFIG", /fit\.sampleWeight: .*each batch/],
  ["accumulation", train([...cut(8)], { accumulate: 2 }), "CONFIG", /fit\.accumulate: not for/],
  ["a shuffle", train([...cut(8)], { shuffle: true }), "CONFIG", /fit\.shuffle: not for/],
  ["all rows at once", train([...cut(8)], { batchSize: "full" }), "CONFIG", /fit\.batchSize: not for/],
  ["half a row", train([...cut(8)], { batchSize: 0.5 }), "CONFIG", /fit\.batchSize/],
  ["records", train([...cut(8)], { callbacks: [recordGradients()] }), "CONFIG", /fit\.callbacks: not for/],
];

test.each(refused)("refused: %s; the model goes on", async (_, call, code, message) => {
  const model = await create();
  const error = await mistake(() => call(model), true);
  expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
  await model.fit(x, labels);
});

test("refused: what can be walked through by nobody, a rule for all rows, a metric of all rows, a disposed data set", async () => {
  for (const source of [undefined, 3, "abc", {}]) {
    const error = await mistake(() => Dataset.fromBatches(source as never));
    expect([error.code, error.message]).toEqual([
      "CONFIG",
      expect.stringMatching(/Dataset\.fromBatches: expected batches/),
    ]);
  }
  const model = await create();
  const data = Dataset.fromBatches(() => cut(8));
  model.compile({ optimizer: rprop() });
  expect((await mistake(() => model.fit(data), true)).message).toMatch(
    /optimizer: rprop needs the gradient of all rows/,
  );
  model.compile({ optimizer: adam(), metrics: [{ name: "mine", compute: () => 1 }] });
  expect((await mistake(() => model.fit(data), true)).message).toMatch(/metrics: "mine" is a function of all rows/);
  data.dispose();
  expect((await mistake(() => model.fit(data), true)).code).toBe("DISPOSED");
  expect(batchNormalization().type).toBe("batchNormalization");
});
