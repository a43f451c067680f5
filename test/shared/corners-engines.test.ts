/** What only some engines have or lack, data and workers at the edges of what they are given. */

import { afterEach, describe, expect, test, vi } from "vitest";
import { simd128Source } from "../../ts/core/source/simd128.js";
import { channelOf, spawn } from "../../ts/core/spawn.js";
import {
  adam,
  BusyError,
  ConfigError,
  DataError,
  Dataset,
  DisposedError,
  dense,
  FormatError,
  init,
  Model,
  type ModelConfig,
  minimize,
  Optimizer,
  sgd,
  UnsupportedError,
} from "../../ts/index.js";
import { WorkerModel } from "../../ts/worker/index.js";
import { type Port, serve } from "../../ts/worker/serve.js";

const x = Array.from({ length: 24 }, (_, r) => Array.from({ length: 4 }, (_, c) => Math.sin(1.7 * r + 2.3 * c)));
const y = x.map(([a = 0, b = 0]) => a * b);
const base = { inputs: 4, layers: [dense(5, { activation: "tanh" }), dense(1)], loss: "meanSquaredError" } as const;
const bytes = () => simd128Source() as Uint8Array<ArrayBuffer>;
/** What the promise is rejected with. */
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "resolved",
    (error: unknown) => error,
  );

afterEach(async () => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("the core", () => {
  test("comes from a URL, whose failure is told", async () => {
    const body = btoa(Array.from(bytes(), (byte) => String.fromCharCode(byte)).join(""));
    expect((await init({ wasm: new URL(`data:application/wasm;base64,${body}`) })).variant).toBe("custom");
    const model = await Model.create(base);
    await model.fit(x, y);
    model.dispose();
    const missing = await failure(init({ wasm: new URL("data:application/wasm;base64,AGFzbQEAAAA=") }));
    expect(missing).toBeInstanceOf(FormatError);
    expect(String(missing)).toContain("init.wasm: this is not downhill's core: ");
  });

  test("frees what is disposed of where nothing tells of the forgotten", async () => {
    vi.stubGlobal("FinalizationRegistry", undefined);
    expect((await init({ wasm: bytes() })).liveModels).toBe(0);
    const model = await Model.create(base);
    await model.fit(x, y);
    expect((await init()).liveModels).toBe(1);
    model.dispose();
    expect((await init()).liveModels).toBe(0);
    vi.unstubAllGlobals();
    await init({ wasm: bytes() });
  });

  test("cannot be had without workers that can be started", () => {
    vi.stubGlobal("process", undefined);
    vi.stubGlobal("Worker", undefined);
    const start = () => spawn("");
    expect(start).toThrow(UnsupportedError);
    expect(start).toThrow("this host has no workers that downhill can start; Node has them from 20.16 on");
  });
});

describe("a Web Worker", () => {
  const fake = () => {
    const listeners = new Map<string, (event: never) => void>();
    const worker = {
      posted: [] as unknown[],
      postMessage: (message: unknown) => void worker.posted.push(message),
      terminate: () => {},
      addEventListener: (type: string, listener: (event: never) => void) => void listeners.set(type, listener),
    };
    const send = (type: string, event: object) => listeners.get(type)?.({ preventDefault() {}, ...event } as never);
    return { worker, send };
  };

  test("that does not load ends with a word, one without locks is not watched", () => {
    vi.stubGlobal("navigator", undefined);
    const { worker, send } = fake();
    const channel = channelOf(worker);
    expect(channel.lifeline).toBeUndefined();
    channel.watch();
    const ends: string[] = [];
    channel.listen(
      () => {},
      (why) => ends.push(why),
    );
    send("error", {});
    send("error", { message: "SyntaxError" });
    expect(ends).toEqual(["it could not be loaded", "SyntaxError"]);
  });

  test("holds a lock for life, whose end is noticed", async () => {
    const held = new Map<string, () => void>();
    const request = (name: string, work: () => unknown) => void held.set(name, work as () => void);
    vi.stubGlobal("navigator", { locks: { request } });
    const { worker } = fake();
    const channel = channelOf(worker);
    expect(channel.lifeline).toMatch(/^downhill-[0-9a-f-]{36}$/);
    const ends: string[] = [];
    channel.listen(
      () => {},
      (why) => ends.push(why),
    );
    channel.watch();
    held.get(channel.lifeline as string)?.();
    expect(ends).toEqual(["it was terminated"]);

    // The worker's side: nothing is answered before it has the lock.
    held.clear();
    const sent: { value?: unknown }[] = [];
    const port: Port = { postMessage: (message) => void sent.push(message as object), onmessage: null };
    serve(port);
    port.onmessage?.({ data: { call: 1, method: "create", given: [base, bytes(), "mine"] } });
    await new Promise((done) => setTimeout(done, 20));
    expect(sent).toEqual([]);
    const forever = (held.get("mine") as unknown as () => Promise<void>)();
    await vi.waitFor(() => expect(sent[0]).toMatchObject({ call: 1, value: { inputs: 4 } }));
    const ended = await Promise.race([forever.then(() => "free"), new Promise((done) => setTimeout(done, 20, "held"))]);
    expect(ended).toBe("held");
  });

  test("that serves is asked for nothing before its model is made", async () => {
    const sent: { error?: { name?: string } }[] = [];
    const port: Port = { postMessage: (message) => void sent.push(message as object), onmessage: null };
    serve(port);
    port.onmessage?.({ data: { call: 1, method: "predict", given: [x] } });
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(JSON.stringify(sent[0]?.error)).toContain("DISPOSED");
  });

  test("without a port of its own answers in the global scope", async () => {
    const posted: unknown[] = [];
    vi.stubGlobal("process", undefined);
    vi.stubGlobal("postMessage", (message: unknown) => void posted.push(message));
    vi.stubGlobal("onmessage", null);
    serve();
    vi.stubGlobal("process", undefined);
    (globalThis as { onmessage: ((event: { data: unknown }) => void) | null }).onmessage?.({
      data: { call: 7, method: "summary", given: [] },
    });
    await vi.waitFor(() => expect(posted).toMatchObject([{ call: 7 }]));
  });
});

describe("a WorkerModel", () => {
  test("takes a core of the caller's, and says what it cannot take", async () => {
    const model = await WorkerModel.create(base, { wasm: await WebAssembly.compile(bytes()) });
    const { relaxedSimd } = await import("../../ts/relaxed-simd.js");
    if (relaxedSimd.supported) {
      const relaxed = await WorkerModel.create(base, { wasm: relaxedSimd });
      expect((await relaxed.predict(x)).shape).toEqual([24, 1]);
      await relaxed.dispose();
    }
    expect((await model.predict(x)).shape).toEqual([24, 1]);
    const out = await failure(model.predictInto(x, new Float64Array(24) as never));
    expect(out).toBeInstanceOf(DataError);
    expect(String(out)).toContain("out: expected a Float32Array");
    expect(String(await failure(model.fit(x, y, { validationData: 3 as never })))).toContain("fit.validationData");
    expect(String(await failure(model.fit(x, y, { validationData: [x] as never })))).toContain("fit.validationData");
    // Two calls under way, of which one would carry callbacks.
    const [predicted, saved] = await Promise.all([model.predict(x), model.save()]);
    expect(predicted.shape).toEqual([24, 1]);
    expect((await Model.load(saved)).predict(x)).toEqual(predicted);
    await model.dispose();
    const made = await failure(WorkerModel.create(base, { worker: (() => ({})) as never }));
    expect(made).toBeInstanceOf(ConfigError);
    expect(String(made)).toContain("WorkerModel.worker: expected a function that returns a Worker");
    expect(await failure(WorkerModel.create(base, { worker: {} as never }))).toBeInstanceOf(ConfigError);
  });

  test("moves the weights of samples where the caller gives them up", async () => {
    const model = await WorkerModel.create(base);
    const [weights, kept] = [new Float32Array(24).fill(2), new Float32Array(24).fill(2)];
    const one = await model.trainOnBatch(x, y, { sampleWeight: kept });
    expect(kept).toHaveLength(24);
    await model.trainOnBatch(x, y, { sampleWeight: weights, transfer: true });
    expect(weights).toHaveLength(0);
    expect(one.loss).toBeGreaterThan(0);
    await model.dispose();
  });

  test("ends in the middle of its callback's turn", async () => {
    const model = await WorkerModel.create(base);
    const end = { onEpochEnd: () => model.dispose() };
    expect(await failure(model.fit(x, y, { epochs: 5, callbacks: [end] }))).toBeInstanceOf(DisposedError);
  });

  test("shows what verbose asks for, as a Model does", async () => {
    const lines: string[] = [];
    const { process } = globalThis as { process?: { stdout?: { write(text: string): boolean } } };
    const see = (text: unknown) => lines.push(String(text)) > 0;
    if (process?.stdout) vi.spyOn(process.stdout, "write").mockImplementation(see);
    else vi.spyOn(console, "log").mockImplementation(see);
    const [here, there] = [await Model.create(base), await WorkerModel.create(base)];
    await here.fit(x, y, { epochs: 2, verbose: 2 });
    const count = lines.length;
    await there.fit(x, y, { epochs: 2, verbose: 2 });
    vi.restoreAllMocks();
    await there.dispose();
    const bare = lines.map((line) => line.trim().replace(/ · [\d.]+ m?s · /, " · "));
    expect(count).toBe(2);
    expect(bare[0]).toMatch(/^epoch 1\/2 · loss \d/);
    expect(bare.slice(2)).toEqual(bare.slice(0, 2));
  });
});

test("a page that may not share memory trains with one worker, and says why", async () => {
  const rows = Array.from({ length: 2048 }, (_, r) => Array.from({ length: 256 }, (_, c) => Math.sin(r + c * c)));
  const targets = rows.map(([a = 0]) => a);
  const wide = { ...base, inputs: 256, layers: [dense(512, { activation: "relu" }), dense(1)] } as const;
  const model = await Model.create({ ...wide, optimizer: sgd({ learningRate: 0.001 }) });
  vi.stubGlobal("crossOriginIsolated", false);
  const history = await model.fit(rows, targets, { batchSize: 2048, epochs: 1, workers: 2 });
  expect(history).toMatchObject({
    workers: 1,
    notice: "this page is not cross-origin isolated, so that workers cannot share memory: one computed",
  });
  model.dispose();
});

describe("data", () => {
  test("end with `using`", async () => {
    const model = await Model.create(base);
    const [whole, stream] = [Dataset.fromArrays(x, y), Dataset.fromBatches(() => [[x, y]])];
    for (const data of [whole, stream]) {
      await model.fit(data);
      data[Symbol.dispose]();
      expect(await failure(model.fit(data))).toBeInstanceOf(DisposedError);
    }
  });

  test("are refused in a form that a fit under way has not", async () => {
    const labels = y.map((value) => Number(value > 0));
    const data = Dataset.fromArrays(x, labels);
    const sparse = await Model.create({ ...base, layers: [dense(2)], loss: "sparseCategoricalCrossEntropy" });
    const binary = await Model.create({ ...base, layers: [dense(1)], loss: "binaryCrossEntropy" });
    const stop = new AbortController();
    const first = sparse.fit(data, { epochs: 1e6, signal: stop.signal });
    const second = await failure(binary.fit(data));
    stop.abort();
    expect(second).toBeInstanceOf(BusyError);
    expect(String(second)).toContain("a fit with targets of another kind still reads it");
    await first;
    await binary.fit(data);
  });

  test("below 0 are refused by losses of counts and shares", async () => {
    const model = await Model.create({ ...base, loss: "poisson" });
    expect(String(await failure(model.fit(x, y)))).toMatch(
      /y: expected numbers >= 0 for the loss poisson, got -0\.\d+ at row \d+$/,
    );
    const binary = await Model.create({ ...base, loss: "binaryCrossEntropy" });
    const signs = y.map((value) => Math.sign(value));
    expect(String(await failure(binary.fit(x, signs)))).toMatch(
      /y: expected numbers from 0 to 1 for the loss binaryCrossEntropy, got -1 at row \d+; for labels -1 and 1 use the loss "hinge"$/,
    );
  });

  test("that give no batch in a later epoch are to be made anew", async () => {
    const model = await Model.create(base);
    let epochs = 0;
    const once = Dataset.fromBatches(() => (epochs++ === 0 ? [[x, y]] : []));
    expect(String(await failure(model.fit(once, { epochs: 2 })))).toContain(
      "there are no batches in epoch 1; give Dataset.fromBatches a function that makes them anew",
    );
    expect(String(await failure(model.fit(Dataset.fromBatches(() => []))))).toContain(
      "there are no batches in epoch 0; expected at least one",
    );
  });

  test("of too many words name the column with the most of them", async () => {
    const lines = Array.from({ length: 17_000 }, (_, i) => `${i % 7},w${i},${i % 2 === 0 ? "a" : "b"},1`);
    const table = Dataset.fromCSV(`size,word,kind,y\n${lines.join("\n")}\n`, {
      target: "y",
      categorical: ["word", "kind"],
    });
    expect(String(await failure(table))).toContain(
      '17000 rows of 17003 columns are too many numbers; the column "word" alone has 17000 different words',
    );
  });

  test("of weight only in the validation train nothing, and have no loss", async () => {
    const model = await Model.create({ ...base, optimizer: sgd({ learningRate: 0.1 }) });
    const before = model.parameters();
    const sampleWeight = x.map((_, i) => Number(i >= 12));
    const { epochs } = await model.fit(x, y, { validationSplit: 0.5, sampleWeight, shuffle: false });
    expect(epochs[0]?.loss).toBe(0);
    expect(epochs[0]?.val_loss).toBeGreaterThan(0);
    expect(model.parameters()).toEqual(before);
  });
});

test("a schedule may be a number, and records that nobody reached are not told", async () => {
  const config = { ...base, optimizer: sgd({ learningRate: 7 }), seed: 1 } as ModelConfig;
  const [by, inside] = [
    await Model.create(config),
    await Model.create({ ...config, optimizer: sgd({ learningRate: 0.05 }) }),
  ];
  const told: unknown[] = [];
  const late = { recordEvery: 5, onRecords: (records: readonly unknown[]) => void told.push(records.length) };
  await by.fit(x, y, { schedule: 0.05 as never, batchSize: 24 });
  await inside.fit(x, y, { batchSize: 24 });
  expect(by.parameters()).toEqual(inside.parameters());
  // Updates 1 to 4 of every five are none of its.
  await by.fit(x, y, { schedule: 0.05 as never, batchSize: 24, epochs: 3, callbacks: [late] });
  expect(told).toEqual([]);
  await by.fit(x, y, { schedule: 0.05 as never, batchSize: 24, epochs: 3, callbacks: [late] });
  expect(told).toEqual([1]);
});

test("callbacks without a name keep their state in the order of the list", async () => {
  const counter = () => {
    let count = 0;
    return {
      onEpochEnd: () => {
        count += 1;
      },
      state: () => count,
      loadState: (state: unknown) => {
        count = state as number;
      },
      seen: () => count,
    };
  };
  const [a, b, c] = [counter(), counter(), counter()];
  let bytes: Uint8Array = new Uint8Array();
  const keep = {
    onEpochEnd: (epoch: number, _: unknown, { model }: { model: unknown }) => {
      if (epoch === 1) bytes = (model as Model).save();
    },
  };
  const model = await Model.create(base);
  await model.fit(x, y, { epochs: 1, callbacks: [a] });
  await model.fit(x, y, { epochs: 1, initialEpoch: 1, callbacks: [a, b, keep] });
  expect([a.seen(), b.seen()]).toEqual([2, 1]);
  const loaded = await Model.load(bytes);
  await loaded.fit(x, y, { epochs: 1, initialEpoch: 2, callbacks: [c] });
  expect(c.seen()).toBe(3);
});

test("minimize begins from numbers of either kind", async () => {
  const bowl = (point: Float64Array) => ({ value: (point[0] ?? 0) ** 2, gradient: [2 * (point[0] ?? 0)] }) as never;
  const options = { optimizer: adam({ learningRate: 0.1 }), maxIterations: 50 };
  const results = await Promise.all(
    [[3], Float32Array.of(3), Float64Array.of(3)].map(async (from) => (await minimize(bowl, from as never, options)).x),
  );
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
  expect(await failure(minimize(bowl, new Set([3]) as never, options))).toBeInstanceOf(DataError);
});

test("prune undone where nothing is pruned changes nothing", async () => {
  const model = await Model.create(base);
  const before = model.save();
  model.unprune("**");
  expect(model.save()).toEqual(before);
  const optimizer = await Optimizer.create("sgd", [2]);
  optimizer.dispose();
  optimizer.dispose();
});
