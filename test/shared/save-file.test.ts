/** The saved file: any damage is named, and nothing that decides how training goes on is missing. */

import { describe, expect, test } from "vitest";
import {
  adagrad,
  adam,
  adamw,
  batchNormalization,
  cosineDecay,
  DownhillError,
  dense,
  dropout,
  FormatError,
  Model,
  type OptimizerConfig,
  restartOnLoss,
  rmsprop,
  sgd,
  warmup,
} from "../../ts/index.js";
import { crc32 } from "../../ts/save.js";
import { config, labels, x } from "./contract-helpers.js";

const small = {
  inputs: 1,
  layers: [dense(1), batchNormalization()],
  loss: "meanSquaredError",
  optimizer: "adam",
} as const;

async function refusal(bytes: Uint8Array | ArrayBuffer): Promise<FormatError> {
  const error: unknown = await Model.load(bytes).then(
    (model) => {
      model.dispose();
      return "loaded";
    },
    (reason: unknown) => reason,
  );
  if (!(error instanceof FormatError)) throw new Error(`expected a FormatError, got ${String(error)}`);
  expect(error.code).toBe("FORMAT");
  return error;
}

/** The file with another header, its CRC right again. */
function rewrite(
  bytes: Uint8Array,
  change: (header: Record<string, Record<string, unknown>>) => void,
  extra = 0,
): Uint8Array {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  header.__metadata__.crc32 = "00000000";
  change(header);
  const text = new TextEncoder().encode(JSON.stringify(header));
  const made = new Uint8Array(8 + text.length + bytes.length - 8 - length + extra);
  new DataView(made.buffer).setUint32(0, text.length, true);
  made.set(text, 8);
  made.set(bytes.subarray(8 + length), 8 + text.length);
  const place = new TextDecoder().decode(text).indexOf('"crc32":"') + 8 + 9;
  made.set(new TextEncoder().encode(crc32(made).toString(16).padStart(8, "0")), place);
  return made;
}

describe("a saved file", () => {
  test("is found damaged wherever it ends", async () => {
    const bytes = (await Model.create(small)).save();
    for (let length = 0; length < bytes.length; length++) await refusal(bytes.slice(0, length));
    await refusal(Uint8Array.from([...bytes, 0]));
  });

  test("is found damaged whichever bit is flipped", async () => {
    const bytes = (await Model.create(small)).save();
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      await refusal(damaged);
    }
  });

  test("is found damaged whatever a byte becomes", async () => {
    const bytes = (await Model.create(small)).save();
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0, 0x20, 0x22, 0x7b, 0xff]) {
        if (bytes[at] === value) continue;
        const damaged = bytes.slice();
        damaged[at] = value;
        await refusal(damaged);
      }
    }
  });

  test("whose parts do not belong together is refused, though its sum is right", async () => {
    const bytes = (await Model.create(small)).save();
    const metadata = (change: (metadata: Record<string, unknown>) => void) =>
      rewrite(bytes, (header) => change(header.__metadata__ ?? {}));
    const part = (name: "config" | "state", change: (part: Record<string, unknown>) => void) =>
      metadata((all) => {
        const parsed = JSON.parse(String(all[name]));
        change(parsed);
        all[name] = JSON.stringify(parsed);
      });
    await Model.load(rewrite(bytes, () => {})).then((model) => model.dispose());
    const hostile: [Uint8Array, RegExp][] = [
      [
        metadata((all) => {
          all.version = "3";
        }),
        /expected format "downhill" version 1 or 2, got "downhill" version "3"/,
      ],
      [
        metadata((all) => {
          all.config = "{";
        }),
        /the configuration cannot be used: it is not JSON/,
      ],
      [
        metadata((all) => {
          all.state = "null";
        }),
        /the state cannot be used/,
      ],
      [
        metadata((all) => {
          delete all.state;
        }),
        /the state cannot be used/,
      ],
      [
        part("config", (all) => {
          all.inputs = 2;
        }),
        /layers\.0\.kernel: expected shape \[2, 1\], got \[1, 1\]/,
      ],
      [
        part("config", (all) => {
          all.optimizer = "sgd";
        }),
        /optimizer: expected shape \[0\], got \[2\]/,
      ],
      [
        part("config", (all) => {
          (all.layers as unknown[]).push({ type: "dense", units: 1 });
        }),
        /parameters: expected shape \[8\], got \[6\]/,
      ],
      [
        part("config", (all) => {
          all.optimizer = { type: "adam", excludeFromDecay: ["x"] };
        }),
        /excludeFromDecay/,
      ],
      [
        part("state", (all) => {
          all.counters = { steps: -1, passes: 0, epochs: 0 };
        }),
        /counters: .*got -1/,
      ],
      [
        part("state", (all) => {
          all.counters = { steps: 1 };
        }),
        /counters/,
      ],
      [
        part("state", (all) => {
          all.frozen = ["layers.7.bias"];
        }),
        /layers\.7\.bias/,
      ],
      [
        part("state", (all) => {
          all.frozen = 3;
        }),
        /frozen/,
      ],
      [
        part("state", (all) => {
          all.slots = 1;
        }),
        /slots: there are 1, but there is a tensor "optimizer\.1\.layers\.0\.kernel"/,
      ],
      [
        part("state", (all) => {
          all.slots = 1e9;
        }),
        /slots/,
      ],
      [
        part("state", (all) => {
          all.schedule = [{ start: 0 }];
        }),
        /schedule\[0\]: expected no state/,
      ],
      [
        rewrite(bytes, (header) => {
          delete header["layers.0.bias"];
        }),
        /should lie at bytes|parameters/,
      ],
      [
        rewrite(bytes, (header) => {
          (header["layers.0.bias"] as Record<string, unknown>).dtype = "F64";
        }),
        /the entry of "layers\.0\.bias" is malformed/,
      ],
      [
        rewrite(bytes, (header) => {
          (header["layers.0.bias"] as Record<string, unknown>).shape = [2];
        }),
        /"layers\.0\.bias" should lie at/,
      ],
      [
        rewrite(bytes, (header) => {
          header["layers.0.bias"] = null as never;
        }),
        /header/,
      ],
      [
        rewrite(bytes, (header) => {
          header["layers.0.gamma"] = header["layers.0.bias"] as never;
        }),
        /should lie at/,
      ],
      [rewrite(bytes, () => {}, 4), /4 bytes follow the last tensor/],
    ];
    for (const [file, message] of hostile) expect((await refusal(file)).message).toMatch(message);
  });

  test("is bytes and nothing else", async () => {
    for (const other of [undefined, null, "file", [1, 2], {}, new Uint8Array(0), new Uint8Array(100)]) {
      expect((await refusal(other as unknown as Uint8Array)).message).toMatch(/^model file: /);
    }
  });

  test("may lie anywhere in a buffer, or be one", async () => {
    const model = await Model.create(config);
    const bytes = model.save();
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect((await Model.load(shifted.subarray(3))).save()).toEqual(bytes);
    expect((await Model.load(bytes.slice().buffer)).save()).toEqual(bytes);
  });

  test("cannot hold a function", async () => {
    const model = await Model.create({ ...config, metrics: ["accuracy", { name: "mine", compute: () => 0 }] });
    for (const call of [() => model.save(), () => model.toJSON()]) {
      expect(call).toThrow(
        expect.objectContaining({
          code: "NOT_SERIALIZABLE",
          message: expect.stringMatching(/^metrics\[1\]: "mine" is a function/),
        }),
      );
      expect(call).toThrow(DownhillError);
    }
    model.clone().dispose();
    model.compile({ metrics: ["accuracy"] });
    expect(model.save().length).toBeGreaterThan(100);
  });

  test("is read by safetensors' rules: a header, then tensors that tile the rest", async () => {
    const model = await Model.create(config);
    model.trainOnBatch(x, labels);
    const bytes = model.save();
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    expect(Object.values(header.__metadata__).every((value) => typeof value === "string")).toBe(true);
    for (const { name, shape, data } of model.parameters()) {
      const {
        dtype,
        shape: written,
        data_offsets: [from, to],
      } = header[name];
      expect([dtype, written, to - from]).toEqual(["F32", [...shape], 4 * data.length]);
      expect(new Float32Array(bytes.slice(8 + length + from, 8 + length + to).buffer)).toEqual(data);
    }
  });
});

describe("training goes on after loading to the same bits with", () => {
  const optimizers: readonly [string, OptimizerConfig][] = [
    ["sgd", sgd()],
    ["momentum", sgd({ momentum: 0.9, nesterov: true })],
    ["Keras' momentum", sgd({ momentum: 0.9, form: "keras" })],
    ["ema momentum", sgd({ momentum: 0.9, form: "ema" })],
    ["adagrad", adagrad({ learningRateDecay: 0.1, initialAccumulator: 0.1 })],
    ["rmsprop", rmsprop({ centered: true, momentum: 0.5 })],
    ["adam", adam()],
    ["amsgrad", adam({ amsgrad: true, weightDecay: 0.01, excludeFromDecay: ["bias"] })],
    ["adamw", adamw({ excludeFromDecay: ["bias", "gamma"] })],
    ["a schedule", adam({ learningRate: warmup(cosineDecay({ initial: 0.02, steps: 30 }), { steps: 5 }) })],
    [
      "a schedule that watches the loss",
      adam({ learningRate: restartOnLoss({ threshold: 1.05, initial: 0.02, decay: 0.9 }) }),
    ],
  ];
  const layers = [dense(6, { activation: "prelu" }), batchNormalization(), dropout(0.25), dense(3)];
  test.each(optimizers)("%s", async (_, optimizer) => {
    const model = await Model.create({ ...config, layers, optimizer });
    await model.fit(x, labels, { epochs: 3, batchSize: 8 });
    model.trainOnBatch(x, labels);
    const loaded = await Model.load(model.save());
    for (const each of [model, loaded]) {
      await each.fit(x, labels, { epochs: 2, batchSize: 8 });
      each.trainOnBatch(x, labels);
    }
    expect(loaded.save()).toEqual(model.save());
    expect(model.parameters().every(({ data }) => data.every(Number.isFinite))).toBe(true);
  });

  test("a schedule of the fit that watches the loss, also in a clone", async () => {
    const options = {
      epochs: 6,
      batchSize: 8,
      schedule: restartOnLoss({ threshold: 1.15, initial: 0.02, decay: 0.8 }),
    };
    const model = await Model.create({ ...config, layers });
    const rates = (history: { epochs: readonly { learningRate: number }[] }) =>
      history.epochs.map(({ learningRate }) => learningRate);
    const first = rates(await model.fit(x, labels, options));
    expect(Math.max(...first.slice(1).map((rate, i) => rate / (first[i] as number)))).toBeGreaterThan(1); // it did restart
    const [loaded, copy] = [await Model.load(model.save()), model.clone()];
    const want = rates(await model.fit(x, labels, options));
    expect(rates(await loaded.fit(x, labels, options))).toEqual(want);
    expect(rates(await copy.fit(x, labels, options))).toEqual(want);
    expect(loaded.save()).toEqual(model.save());
    expect(copy.save()).toEqual(model.save());
  });

  test("frozen parameters, which stay frozen", async () => {
    const model = await Model.create({ ...config, layers });
    model.freeze(["layers.0.*", "movingMean"]);
    const loaded = await Model.load(model.save());
    const trainable = (each: { parameters(): readonly { name: string; trainable: boolean }[] }) =>
      each.parameters().map((p) => [p.name, p.trainable]);
    expect(trainable(loaded)).toEqual(trainable(model));
    loaded.trainOnBatch(x, labels);
    model.trainOnBatch(x, labels);
    expect(loaded.save()).toEqual(model.save());
  });
});
