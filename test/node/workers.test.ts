/** `fit(…, { workers: n })` in Node: the rows of each step shared among threads. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import threads from "node:worker_threads";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  adafactor,
  adam,
  batchNormalization,
  type Callback,
  clipByGlobalNorm,
  cosineDecay,
  DivergenceError,
  dropout,
  ema,
  type FitOptions,
  type History,
  Model,
  matrix,
  muon,
  perParameter,
  prodigy,
  recordGradients,
  rmsprop,
  scheduleFreeAdamW,
  sgd,
  WorkerError,
} from "../../ts/index.js";
import { flat } from "../shared/contract-helpers.js";
import { batchSize, bits, layers, plain, rows, x, y } from "./workers-helpers.js";

/** All that a history says but times. */
const bare = ({ epochs, samplesPerSecond: _, ...rest }: History<string>) => ({
  ...rest,
  epochs: epochs.map(({ durationMs: _, ...logs }) => logs),
});

/** Trains a new model; gives its history and file. */
async function trained(config: Parameters<typeof Model.create>[0], options: FitOptions) {
  const model = await Model.create(config);
  const history = await model.fit(x, y, { batchSize, epochs: 3, ...options });
  if (config.metrics !== undefined) model.compile({ metrics: [] }); // a function cannot be saved
  const state = { history: bare(history), bits: bits(model), parameters: flat(model.parameters()) };
  model.dispose();
  return state;
}

/** Numbers that differ only as sums of another order do. */
function expectClose(got: unknown, want: unknown, tolerance = 2e-3): void {
  if (typeof want === "number" && typeof got === "number") {
    expect(Math.abs(got - want)).toBeLessThanOrEqual(tolerance * Math.max(0.1, Math.abs(want)));
  } else if (typeof want === "object" && want !== null && typeof got === "object" && got !== null) {
    expect(Object.keys(got)).toEqual(Object.keys(want));
    for (const key of Object.keys(want)) expectClose((got as never)[key], (want as never)[key], tolerance);
  } else expect(got).toEqual(want);
}

/** The threads that were started, and those that ended. */
/** What a file saved within a fit and one saved after it have in common. */
const weights = (model: Model<string>) => JSON.stringify(model.parameters().map(({ data }) => [...data]));

const original = threads.Worker;
let started: InstanceType<typeof original>[] = [];
let ended = 0;

beforeEach(() => {
  [started, ended] = [[], 0];
  threads.Worker = class extends original {
    constructor(...parameters: ConstructorParameters<typeof original>) {
      super(...parameters);
      started.push(this);
      this.on("exit", () => {
        ended += 1;
      });
    }
  };
});

afterEach(() => {
  threads.Worker = original;
  expect(ended).toBe(started.length);
});

describe("several workers", () => {
  test.each([2, 3, 4])("train to the loss of one, from the first step on: %i", async (workers) => {
    const [one, several] = [await trained(plain, { workers: 1 }), await trained(plain, { workers })];
    expect(started.length).toBe(workers - 1);
    expect(one.history).toMatchObject({ workers: 1, steps: 12 });
    expect(several.history).toMatchObject({ workers, steps: 12 });
    expect(several.history).not.toHaveProperty("notice");
    expectClose(several.history.epochs, one.history.epochs);
    expectClose(several.parameters, one.parameters);
    // Not the same sums: else nothing was shared.
    expect(several.bits).not.toBe(one.bits);
  });

  test.each([2, 3, 4])("give the same bits each time: %i", async (workers) => {
    const config = { ...plain, layers: [layers[0], dropout(0.2), layers[1]], metrics: ["accuracy"] } as const;
    const [first, second] = [await trained(config, { workers }), await trained(config, { workers })];
    expect(first.history.workers).toBe(workers);
    expect(second.bits).toBe(first.bits);
    expect(second.history).toEqual(first.history);
  });

  test.each([
    prodigy({ d0: 1e-3 }),
    muon({ learningRate: 0.02 }),
    adafactor({ learningRate: 0.05 }),
    scheduleFreeAdamW({ learningRate: 0.02 }),
  ])("give the same bits each time with what sums over tensors: $type", async (optimizer) => {
    const config = { ...plain, optimizer };
    const [first, second] = [await trained(config, { workers: 2 }), await trained(config, { workers: 2 })];
    expect(first.history.workers).toBe(2);
    expect(second.bits).toBe(first.bits);
    expectClose(first.parameters, (await trained(config, {})).parameters, 1e-2);
  });

  const sampleWeight = Float32Array.from({ length: rows }, (_, i) => (i % 7) / 3);
  const constant = { name: "sum", compute: (p: { data: Float32Array }) => p.data.reduce((a, b) => a + b, 0) };
  test.each<[string, Parameters<typeof Model.create>[0], FitOptions]>([
    ["sample and class weights", plain, { sampleWeight, classWeight: [0.25, 1, 3] }],
    ["accumulation", plain, { accumulate: 2, batchSize: 150 }],
    ["data in order", { ...plain, metrics: ["accuracy", "precision"] }, { shuffle: false }],
    ["metrics, also of one's own", { ...plain, metrics: ["accuracy", "f1", constant] }, { validationSplit: 0.2 }],
    [
      "transforms and a schedule",
      { ...plain, gradient: [clipByGlobalNorm(0.5)] },
      { schedule: cosineDecay({ initial: 0.01, steps: 12 }) },
    ],
    ["an average of weights", { ...plain, optimizer: ema(sgd({ learningRate: 0.1, momentum: 0.9 })) }, {}],
    [
      "rules by part",
      {
        ...plain,
        optimizer: perParameter([
          ["bias", rmsprop()],
          ["**", adam()],
        ]),
      },
      {},
    ],
    ["full batches", plain, { batchSize: "full" }],
  ])("do what one does: %s", async (_, config, options) => {
    const [one, two] = [await trained(config, options), await trained(config, { ...options, workers: 2 })];
    expect(two.history.workers).toBe(2);
    expectClose(two.history.epochs, one.history.epochs);
    expectClose(two.parameters, one.parameters, 1e-2);
  });

  test("drop other units for each replica's rows", async () => {
    // Equal rows: with one mask for both halves all gradients would be those of half a batch, whatever the mask.
    const model = await Model.create({ ...plain, layers: [dropout(0.5), ...layers], optimizer: sgd() });
    const equal = matrix(new Float32Array(512 * 128).fill(1), [512, 128]);
    const outputs: Float32Array[] = [];
    const metric = {
      name: "outputs",
      compute: ({ data }: { data: Float32Array }) => {
        outputs.push(data.slice());
        return 0;
      },
    };
    model.compile({ metrics: [metric] });
    await model.fit(equal, new Uint8Array(512), { batchSize: 512, workers: 2 });
    const [all = new Float32Array()] = outputs;
    expect(all.length).toBe(512 * 3);
    expect(all.slice(0, 256 * 3)).not.toEqual(all.slice(256 * 3));
  });

  test("go on where the last fit stopped, and from a file", async () => {
    const whole = await trained(plain, { workers: 2, epochs: 4 });
    const model = await Model.create(plain);
    await model.fit(x, y, { batchSize, epochs: 2, workers: 2 });
    const loaded = await Model.load(model.save());
    for (const copy of [model, loaded]) {
      await copy.fit(x, y, { batchSize, epochs: 2, workers: 2 });
      expect(bits(copy)).toBe(whole.bits);
    }
  });

  test("take over what a callback sets or freezes", async () => {
    const edit: Callback = {
      onEpochEnd(epoch, _, { model }) {
        if (epoch === 0) model.setParameters([{ name: "layers.1.bias", data: Float32Array.of(1, 2, 3) }]);
        if (epoch === 1) (model as Model<string>).freeze("layers.0.kernel");
      },
    };
    const [one, two] = [
      await trained(plain, { callbacks: [edit] }),
      await trained(plain, { callbacks: [edit], workers: 2 }),
    ];
    expect(started.length).toBe(3);
    expectClose(two.history.epochs, one.history.epochs);
    expectClose(two.parameters, one.parameters);
  });
});

describe("the end", () => {
  test("comes by a signal, with the history so far", async () => {
    const stop = new AbortController();
    const model = await Model.create(plain);
    const callbacks = [{ onEpochEnd: (epoch: number) => epoch === 1 && stop.abort() }];
    const options = { batchSize, epochs: 1000, workers: 2, signal: stop.signal, callbacks } as FitOptions;
    const history = await model.fit(x, y, options);
    expect(history).toMatchObject({ stoppedBy: "signal", steps: 8, workers: 2 });
    expect(bits(model)).toBe((await trained(plain, { workers: 2, epochs: 2 })).bits);
  });

  test("comes by disposal", async () => {
    const model = await Model.create(plain);
    const callbacks = [{ onEpochEnd: () => model.dispose() }];
    await expect(model.fit(x, y, { batchSize, epochs: 3, workers: 2, callbacks })).rejects.toThrow("dispose");
  });

  test.each([
    ["in the rows of the last replica", rows - 1],
    ["in the rows of the first one", 0],
  ])("comes by divergence %s, named as with one worker", async (_, row) => {
    const data = matrix(x.data.slice(), [rows, 128]);
    data.data.fill(3e38, row * 128, row * 128 + 128);
    const outcome = async (workers: number) => {
      const model = await Model.create({ ...plain, optimizer: sgd({ learningRate: 0.01 }) });
      const before = flat(model.parameters());
      const error = await model.fit(data, y, { batchSize: "full", epochs: 2, workers }).catch((reason) => reason);
      expect(error).toBeInstanceOf(DivergenceError);
      expect(flat(model.parameters())).toEqual(before);
      const { message, tensor, layer, epoch, step } = error as DivergenceError;
      return { message, tensor, layer, epoch, step };
    };
    expect(await outcome(2)).toEqual(await outcome(1));
  });

  test("comes by a crash: a named error, and the model stands at its last update", async () => {
    const model = await Model.create(plain);
    const states: string[] = [];
    const crash: Callback = {
      onBatchEnd() {
        states.push(weights(model));
        if (states.length === 6) void started[0]?.terminate();
      },
    };
    const options = { batchSize, epochs: 1000, workers: 2, callbacks: [crash] };
    const error = await model.fit(x, y, options).catch((reason) => reason);
    expect(error).toBeInstanceOf(WorkerError);
    expect(error).toMatchObject({ code: "WORKER", name: "WorkerError" });
    expect(error.message).toMatch(/^fit\.workers: a worker ended/);
    expect(error.cause.message).toMatch(/exit code/);
    expect(weights(model)).toBe(states.at(-1));
    const { steps } = await model.fit(x, y, { batchSize, workers: 2 });
    expect(steps).toBe(4);
  });
});

describe("one computes and the history says why", () => {
  test.each<[string, RegExp, Parameters<typeof Model.create>[0], FitOptions]>([
    ["a small step", /too small/, plain, { batchSize: 32 }],
    [
      "batch normalisation",
      /statistics of the whole batch/,
      { ...plain, layers: [layers[0], batchNormalization(), layers[1]] },
      { batchSize: 380 },
    ],
    ["layers that are recorded", /recorded/, plain, { callbacks: [recordGradients()] }],
  ])("%s", async (_, notice, config, options) => {
    const [one, two] = [await trained(config, options), await trained(config, { ...options, workers: 2 })];
    expect(two.history.notice).toMatch(notice);
    expect(two.history.workers).toBe(1);
    expect(one.history).not.toHaveProperty("notice");
    expect(two.bits).toBe(one.bits);
    expect(started.length).toBe(0);
  });

  test("threads that cannot be started", async () => {
    const broken = class {
      constructor() {
        throw new Error("no thread for you");
      }
    };
    threads.Worker = broken as never;
    const two = await trained(plain, { workers: 2 });
    expect(two.history).toMatchObject({ workers: 1, steps: 12 });
    expect(two.history.notice).toMatch(/could be started \(no thread for you\)/);
    expect(two.bits).toBe((await trained(plain, {})).bits);
  });

  test("threads that end before they begin", async () => {
    threads.Worker = class extends original {
      constructor(_: string | URL, options: threads.WorkerOptions) {
        super("throw new Error('not today')", options);
      }
    };
    const two = await trained(plain, { workers: 2 });
    expect(two.history).toMatchObject({ workers: 1, steps: 12 });
    expect(two.history.notice).toMatch(/not today/);
    expect(two.bits).toBe((await trained(plain, {})).bits);
  });
});

test("a process ends by itself, whatever becomes of the fit", async () => {
  const entry = new URL("../../ts/index.ts", import.meta.url).pathname;
  const program = (then: string) => `
    import { adam, dense, Model, matrix } from ${JSON.stringify(entry)};
    const x = matrix(new Float32Array(512 * 128).fill(1), [512, 128]);
    const layers = [dense(256), dense(3)];
    const config = { inputs: 128, layers, loss: "sparseCategoricalCrossEntropy", optimizer: adam() };
    Model.create(config).then((model) => {
      const fit = (options) => model.fit(x, new Uint8Array(512), { batchSize: 256, epochs: 3, workers: 3, ...options });
      ${then}
    });`;
  const cases = {
    done: `fit().then(({ workers }) => console.log(workers));`,
    waiting: `fit({ callbacks: [{ onEpochEnd() { console.log("waits"); return new Promise(() => {}); } }] });`,
    failed: `fit({ callbacks: [{ onEpochEnd() { throw new Error("mine"); } }] }).catch(({ message }) => console.log(message));`,
  };
  const outcomes = await Promise.all(
    Object.values(cases).map(async (then) => {
      const stdin = { contents: program(then), resolveDir: process.cwd() };
      const { outputFiles } = await build({ stdin, bundle: true, format: "cjs", write: false, logLevel: "silent" });
      const child = promisify(execFile)(process.execPath, ["-"], { timeout: 20_000 });
      child.child.stdin?.end(outputFiles[0]?.text);
      return (await child).stdout.trim();
    }),
  );
  expect(outcomes).toEqual(["3", "waits", "mine"]);
});
