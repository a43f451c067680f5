import { afterEach, describe, expect, it, vi } from "vitest";
import { checkCallback, monitorDirection, monitored } from "../../ts/callbacks/callback.js";
import { ConfigError } from "../../ts/errors.js";
import type { Callback, CallbackContext, Logs, Sink } from "../../ts/index.js";
import { csvLogger, earlyStopping, modelCheckpoint, progressBar, terminateOnNaN } from "../../ts/index.js";

function loosely(f: (...given: never[]) => unknown, ...given: unknown[]): () => unknown {
  return () => (f as (...given: unknown[]) => unknown)(...given);
}

/** A model of one number, which changes with every epoch. */
function fakeModel() {
  const data = new Float32Array([0]);
  return {
    data,
    parameters: () => [{ name: "layers.0.kernel", data: data.slice() }],
    setParameters: (parameters: readonly { readonly data: Float32Array }[]) => {
      for (const parameter of parameters) data.set(parameter.data);
    },
    save: () => new Uint8Array([data[0] ?? 255]),
  };
}

interface Run {
  readonly initialEpoch?: number;
  readonly model?: ReturnType<typeof fakeModel>;
  readonly abort?: boolean;
}

/** Plays the part of `fit`: after epoch e the model holds e + 1. Returns the epochs that were run. */
async function train(callback: Callback, epochs: readonly Logs[], given: Run = {}): Promise<number[]> {
  const { initialEpoch = 0, model = fakeModel() } = given;
  const params = { epochs: initialEpoch + epochs.length, steps: 4, samples: 128, initialEpoch };
  const context: CallbackContext = { model, params };
  const ran: number[] = [];
  let stoppedBy: CallbackContext["stoppedBy"] = given.abort ? "signal" : "epochs";
  await callback.onTrainBegin?.(context);
  for (const [i, logs] of epochs.entries()) {
    const epoch = initialEpoch + i;
    await callback.onEpochBegin?.(epoch, context);
    model.data[0] = epoch + 1;
    ran.push(epoch);
    if ((await callback.onEpochEnd?.(epoch, logs, context)) === "stop") {
      stoppedBy = "callback";
      break;
    }
  }
  await callback.onTrainEnd?.({ ...context, stoppedBy });
  return ran;
}

function losses(...values: number[]): Logs[] {
  return values.map((val_loss) => ({ loss: 1, val_loss }));
}

describe("earlyStopping", () => {
  it("stops at the first epoch without improvement by default", async () => {
    expect(await train(earlyStopping(), losses(3, 2, 2, 1))).toEqual([0, 1, 2]);
  });

  it("waits as many epochs as it has patience for, counted anew at every improvement", async () => {
    const stopper = earlyStopping({ patience: 2 });
    expect(await train(stopper, losses(3, 4, 2, 3, 3, 1))).toEqual([0, 1, 2, 3, 4]);
    expect(stopper.state()).toEqual({ best: 2, bestEpoch: 2, wait: 2, bestParameters: undefined });
  });

  it("takes a change below minDelta for none", async () => {
    expect(await train(earlyStopping({ minDelta: 0.5 }), losses(3, 2, 1.75, 0))).toEqual([0, 1, 2]);
    expect(await train(earlyStopping({ minDelta: 0.5 }), losses(3, 2.5))).toEqual([0, 1]);
    const stopper = earlyStopping({ minDelta: 0.5, patience: 9 });
    await train(stopper, losses(3, 2.5));
    expect(stopper.state().best).toBe(3);
  });

  it("wants accuracies to rise and losses to fall, or what mode says", async () => {
    const accuracies = [0.5, 0.6, 0.7].map((val_accuracy) => ({ val_accuracy }));
    expect(await train(earlyStopping({ monitor: "val_accuracy" }), accuracies)).toEqual([0, 1, 2]);
    expect(await train(earlyStopping({ monitor: "val_accuracy", mode: "min" }), accuracies)).toEqual([0, 1]);
    expect(await train(earlyStopping({ mode: "max" }), losses(1, 2, 3))).toEqual([0, 1, 2]);
  });

  it("takes NaN for no improvement, also in the first epoch", async () => {
    expect(await train(earlyStopping(), losses(1, Number.NaN, 0))).toEqual([0, 1]);
    expect(await train(earlyStopping({ patience: 2 }), losses(Number.NaN, 2, 3, 1))).toEqual([0, 1, 2, 3]);
  });

  it("never stops after epoch 0, which has nothing before it", async () => {
    expect(await train(earlyStopping(), losses(Number.NaN, Number.NaN))).toEqual([0, 1]);
  });

  it("puts the best parameters back when asked, after a stop and after the last epoch alike", async () => {
    for (const epochs of [losses(3, 1, 2, 2), losses(3, 1, 2)]) {
      const model = fakeModel();
      await train(earlyStopping({ patience: 2, restoreBest: true }), epochs, { model });
      expect(model.data[0]).toBe(2);
    }
    const kept = fakeModel();
    await train(earlyStopping({ patience: 2 }), losses(3, 1, 2, 2), { model: kept });
    expect(kept.data[0]).toBe(4);
  });

  it("keeps the current weights when the training was aborted", async () => {
    const model = fakeModel();
    await train(earlyStopping({ patience: 9, restoreBest: true }), losses(1, 2, 3), { model, abort: true });
    expect(model.data[0]).toBe(3);
  });

  it("starts anew with a new fit and goes on with one that continues", async () => {
    const stopper = earlyStopping({ patience: 1 });
    await train(stopper, losses(3, 1));
    expect(await train(stopper, losses(2, 1.5))).toEqual([0, 1]);
    await train(stopper, losses(3, 1));
    expect(await train(stopper, losses(2, 0), { initialEpoch: 2 })).toEqual([2]);
  });

  it("goes on from a cloned state as if nothing had happened", async () => {
    const first = earlyStopping({ patience: 2, restoreBest: true });
    await train(first, losses(3, 1, 2));
    const second = earlyStopping({ patience: 2, restoreBest: true });
    second.loadState(structuredClone(first.state()));
    expect(second.state()).toEqual(first.state());
    const model = fakeModel();
    expect(await train(second, losses(2, 0), { model })).toEqual([0]);
    expect(model.data[0]).toBe(2);
    expect(await train(second, losses(9, 9, 9))).toEqual([0, 1, 2]);
  });

  it("gives its state as a copy", async () => {
    const stopper = earlyStopping({ restoreBest: true });
    await train(stopper, losses(1));
    stopper.state().bestParameters?.[0]?.data.fill(7);
    expect(stopper.state().bestParameters?.[0]?.data[0]).toBe(1);
  });

  it("says what is logged when its number is not", async () => {
    await expect(train(earlyStopping(), [{ loss: 1, accuracy: 0.5 }])).rejects.toThrow(
      'earlyStopping.monitor: no "val_loss" is logged; give fit validationData or validationSplit. Logged: loss, accuracy',
    );
    await expect(train(earlyStopping({ monitor: "acc" }), [{ loss: 1 }])).rejects.toThrow(
      'earlyStopping.monitor: no "acc" is logged. Logged: loss',
    );
  });

  it("refuses options and states that make no sense", () => {
    expect(loosely(earlyStopping, { patients: 3 })).toThrow('did you mean "patience"?');
    expect(loosely(earlyStopping, { patience: -1 })).toThrow(
      "earlyStopping.patience: expected a whole number >= 0, got -1",
    );
    expect(loosely(earlyStopping, { mode: "maximum" })).toThrow(ConfigError);
    expect(loosely(earlyStopping, { minDelta: -0.1 })).toThrow(ConfigError);
    expect(loosely(earlyStopping, { restoreBest: "yes" })).toThrow(ConfigError);
    const { loadState } = earlyStopping();
    expect(loosely(loadState, { wait: -1 })).toThrow("earlyStopping.loadState.wait: expected a whole number >= 0");
    expect(loosely(loadState, { wait: 0, bestParameters: [{ name: "a", data: [1] }] })).toThrow(
      "earlyStopping.loadState.bestParameters: expected { name, data: Float32Array }[]",
    );
  });
});

describe("terminateOnNaN", () => {
  it("stops at an epoch whose loss or validation loss is NaN or infinite, and at nothing else", () => {
    const { onEpochEnd } = terminateOnNaN();
    const context = { model: fakeModel(), params: { epochs: 1, steps: 1, samples: 1 } };
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(onEpochEnd?.(0, { loss: bad }, context)).toBe("stop");
      expect(onEpochEnd?.(0, { loss: 1, val_loss: bad }, context)).toBe("stop");
    }
    expect(onEpochEnd?.(0, { loss: 1e30, val_loss: 1e30, accuracy: Number.NaN }, context)).toBeUndefined();
  });
});

/** A sink that keeps every file, and how often each was written. */
function memorySink(): Sink & { readonly files: Map<string, Uint8Array>; readonly names: string[] } {
  const files = new Map<string, Uint8Array>();
  const names: string[] = [];
  return {
    files,
    names,
    async write(name, bytes) {
      await Promise.resolve();
      files.set(name, bytes);
      names.push(name);
    },
  };
}

function textOf(sink: ReturnType<typeof memorySink>, name: string): string {
  return new TextDecoder().decode(sink.files.get(name));
}

describe("csvLogger", () => {
  it("writes the whole file after every epoch", async () => {
    const sink = memorySink();
    await train(csvLogger(sink), [
      { loss: 2, val_loss: 3 },
      { loss: 1.5, val_loss: 2.5 },
    ]);
    expect(sink.names).toEqual(["history.csv", "history.csv"]);
    expect(textOf(sink, "history.csv")).toBe("epoch,loss,val_loss\n0,2,3\n1,1.5,2.5\n");
  });

  it("adds columns that appear later and quotes names that need it", async () => {
    const sink = memorySink();
    await train(csvLogger(sink, { name: "log.csv" }), [{ loss: 2 }, { loss: 1, 'say "a,b"': 3 }]);
    expect(textOf(sink, "log.csv")).toBe('epoch,loss,"say ""a,b"""\n0,2,\n1,1,3\n');
  });

  it("starts anew with a new fit and goes on with one that continues", async () => {
    const sink = memorySink();
    const logger = csvLogger(sink);
    await train(logger, [{ loss: 2 }]);
    await train(logger, [{ loss: 1 }], { initialEpoch: 1 });
    expect(textOf(sink, "history.csv")).toBe("epoch,loss\n0,2\n1,1\n");
    await train(logger, [{ loss: 9 }]);
    expect(textOf(sink, "history.csv")).toBe("epoch,loss\n0,9\n");
  });

  it("goes on in another process from what the sink reads, without what is trained again", async () => {
    const sink = memorySink();
    await train(csvLogger(sink), [{ loss: 2, 'a "b"': Number.NaN }, { loss: 1 }, { loss: 0.5 }]);
    const readable = { write: sink.write, read: (name: string) => sink.files.get(name) };
    await train(csvLogger(readable), [{ loss: 0.25, 'a "b"': 4 }], { initialEpoch: 2 });
    expect(textOf(sink, "history.csv")).toBe('epoch,loss,"a ""b"""\n0,2,NaN\n1,1,\n2,0.25,4\n');
    const empty = { write: sink.write, read: () => undefined };
    await train(csvLogger(empty), [{ loss: 3 }], { initialEpoch: 2 });
    expect(textOf(sink, "history.csv")).toBe("epoch,loss\n2,3\n");
  });

  it("refuses what is no sink", () => {
    for (const sink of [undefined, {}, () => 1, "history.csv"]) {
      expect(loosely(csvLogger, sink)).toThrow("csvLogger.sink: expected { write(name, bytes) }, got ");
    }
    expect(loosely(csvLogger, memorySink(), { file: "a" })).toThrow(ConfigError);
  });
});

describe("modelCheckpoint", () => {
  it("saves after every epoch, or every so many", async () => {
    const each = memorySink();
    await train(modelCheckpoint(each), losses(3, 2, 1));
    expect(each.names).toEqual(["epoch-1.safetensors", "epoch-2.safetensors", "epoch-3.safetensors"]);
    expect([...each.files.values()].map((bytes) => bytes[0])).toEqual([1, 2, 3]);
    const some = memorySink();
    await train(modelCheckpoint(some, { every: 2, name: "m{epoch}-{epoch}" }), losses(5, 4, 3, 2, 1));
    expect(some.names).toEqual(["m2-2", "m4-4"]);
  });

  it("saves only the best when it monitors a number", async () => {
    const sink = memorySink();
    await train(modelCheckpoint(sink, { monitor: "val_loss" }), losses(3, 4, Number.NaN, 2, 2));
    expect(sink.names).toEqual(["best.safetensors", "best.safetensors"]);
    expect(sink.files.get("best.safetensors")?.[0]).toBe(4);
    const rising = memorySink();
    const accuracies = [0.5, 0.4, 0.6].map((accuracy) => ({ accuracy }));
    await train(modelCheckpoint(rising, { monitor: "accuracy" }), accuracies);
    expect(rising.files.get("best.safetensors")?.[0]).toBe(3);
  });

  it("forgets the best with a new fit and keeps it with one that continues", async () => {
    const sink = memorySink();
    const checkpoint = modelCheckpoint(sink, { monitor: "val_loss" });
    await train(checkpoint, losses(2));
    await train(checkpoint, losses(3), { initialEpoch: 1 });
    expect(sink.names.length).toBe(1);
    await train(checkpoint, losses(3));
    expect(sink.names.length).toBe(2);
  });

  it("waits for the sink and passes its errors on", async () => {
    const full: Sink = { write: () => Promise.reject(new RangeError("the disk is full")) };
    await expect(train(modelCheckpoint(full), losses(1))).rejects.toThrow("the disk is full");
  });

  it("refuses arguments that make no sense", async () => {
    expect(loosely(modelCheckpoint, {})).toThrow("modelCheckpoint.sink: expected { write(name, bytes) }");
    expect(loosely(modelCheckpoint, memorySink(), { every: 0 })).toThrow(
      "modelCheckpoint.every: expected a whole number >= 1",
    );
    expect(loosely(modelCheckpoint, memorySink(), { evry: 2 })).toThrow('did you mean "every"?');
    await expect(train(modelCheckpoint(memorySink(), { monitor: "f1" }), losses(1))).rejects.toThrow(
      'modelCheckpoint.monitor: no "f1" is logged. Logged: loss, val_loss',
    );
  });
});

describe("progressBar", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  const context: CallbackContext = { model: fakeModel(), params: { epochs: 5, steps: 4, samples: 128 } };

  it("writes a line for each epoch, with time, losses and metrics only", async () => {
    const lines: string[] = [];
    const bar = progressBar({ write: (text) => lines.push(text) });
    const logs = { epoch: 0, loss: 0.28714, durationMs: 1234, learningRate: 0.1, gradientNorm: 2, accuracy: 0.91634 };
    await train(bar, [logs, { loss: 12.3456, val_loss: 1.23e-7, durationMs: 61_500 }]);
    expect(lines).toEqual([
      "epoch 1/2 · 1.2 s · loss 0.2871 · accuracy 0.9163\n",
      "epoch 2/2 · 1 min 2 s · loss 12.35 · val_loss 1.2e-7\n",
    ]);
    expect(bar.onProgress).toBeUndefined();
  });

  it("redraws one line within an epoch, blanks what stuck out, and ends it with the epoch", async () => {
    const written: string[] = [];
    vi.spyOn(performance, "now").mockImplementation(() => 1000 + 100 * written.length);
    const bar = progressBar({ write: (text) => written.push(text), style: "bar" });
    bar.onEpochBegin?.(2, context);
    bar.onProgress?.(0, { loss: 0.123456 }, context);
    bar.onProgress?.(1, { loss: 1 }, context);
    bar.onEpochEnd?.(2, { loss: 0.5, durationMs: 7 }, context);
    expect(written).toEqual([
      `\repoch 3/5 ${"█".repeat(6)}${"░".repeat(18)} 1/4 · 0 ms · loss 0.1235`,
      `\repoch 3/5 ${"█".repeat(12)}${"░".repeat(12)} 2/4 · 100 ms · loss 1.000`,
      `\repoch 3/5 ${"█".repeat(24)} 4/4 · 7 ms · loss 0.5000 `,
      "\n",
    ]);
    await bar.onTrainEnd?.(context);
    expect(written.length).toBe(4);
  });

  it("does not redraw more often than the eye can see", () => {
    const written: string[] = [];
    const bar = progressBar({ write: (text) => written.push(text), style: "bar" });
    const now = vi.spyOn(performance, "now");
    now.mockReturnValue(1000);
    bar.onEpochBegin?.(0, context);
    for (const [batch, time] of [1000, 1010, 1079, 1081, 1100].entries()) {
      now.mockReturnValue(time);
      bar.onProgress?.(batch % 4, { loss: 1 }, context);
    }
    expect(written.length).toBe(2);
  });

  it("leaves the line when the training ends within an epoch", async () => {
    const written: string[] = [];
    const bar = progressBar({ write: (text) => written.push(text), style: "bar" });
    bar.onEpochBegin?.(0, context);
    bar.onProgress?.(0, { loss: 1 }, context);
    await bar.onTrainEnd?.(context);
    expect(written.at(-1)).toBe("\n");
  });

  it("draws in a terminal of Node, and writes lines to any other standard output", async () => {
    for (const isTTY of [true, undefined]) {
      const written: string[] = [];
      vi.stubGlobal("process", { stdout: { isTTY, write: (text: string) => written.push(text) } });
      const bar = progressBar();
      vi.unstubAllGlobals();
      await train(bar, [{ loss: 1, durationMs: 1 }]);
      expect(bar.onProgress !== undefined).toBe(isTTY === true);
      expect(written.join("").startsWith("\r")).toBe(isTTY === true);
      expect(written.join("").endsWith("loss 1.000\n")).toBe(true);
    }
  });

  it("writes lines to the console where there is no standard output", async () => {
    vi.stubGlobal("process", undefined);
    const bar = progressBar();
    vi.unstubAllGlobals();
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    await train(bar, [{ loss: 1, durationMs: 1 }]);
    expect(log.mock.calls).toEqual([["epoch 1/1 · 1 ms · loss 1.000"]]);
  });

  it("refuses options that make no sense", () => {
    expect(loosely(progressBar, { style: "dots" })).toThrow("progressBar.style: unknown value");
    expect(loosely(progressBar, { write: "stdout" })).toThrow("progressBar.write: expected a function (text) => void");
    expect(loosely(progressBar, { width: 10 })).toThrow('unknown option "width"');
  });
});

describe("checkCallback", () => {
  it("takes objects and instances of classes with at least one method", () => {
    class Counter {
      count = 0;
      onBatchEnd() {
        this.count += 1;
      }
    }
    const counter = new Counter();
    expect(checkCallback(counter, "callbacks[0]")).toBe(counter);
    expect(checkCallback(terminateOnNaN(), "callbacks[0]").name).toBe("terminateOnNaN");
  });

  it("says what is wrong with anything else", () => {
    expect(() => checkCallback(earlyStopping, "callbacks[1]")).toThrow(
      "callbacks[1]: expected a callback, got the function earlyStopping; call it, or put it in { onEpochEnd }",
    );
    expect(() => checkCallback({ onEpochend: () => 1 }, "callbacks[0]")).toThrow('did you mean "onEpochEnd"?');
    expect(() => checkCallback({ name: "empty" }, "callbacks[0]")).toThrow("callbacks[0]: expected at least one of");
    expect(() => checkCallback({ onEpochEnd: 3 }, "callbacks[0]")).toThrow(
      "callbacks[0].onEpochEnd: expected a function, got 3",
    );
    expect(() => checkCallback(null, "callbacks[0]")).toThrow(ConfigError);
  });
});

describe("monitored numbers", () => {
  it("know their direction", () => {
    for (const name of ["accuracy", "val_topKAccuracy", "f1", "val_auc", "val_r2", "recall", "precision"]) {
      expect(monitorDirection(name, "auto")).toBe("max");
    }
    for (const name of ["loss", "val_loss", "meanAbsoluteError", "val_rootMeanSquaredError", "gradientNorm"]) {
      expect(monitorDirection(name, "auto")).toBe("min");
    }
    expect(monitorDirection("accuracy", "min")).toBe("min");
    expect(monitored({ loss: 0 }, "loss", "earlyStopping")).toBe(0);
  });
});
