/** Saves the model while it trains. */

import { integer, number, oneOf, options, text } from "../check.js";
import type { Callback, CallbackContext, Logs, MonitorMode, Sink } from "./callback.js";
import { checkSink, monitorDirection, monitored } from "./callback.js";

/** Options of {@link modelCheckpoint}. */
export interface ModelCheckpointOptions {
  /** epochs from one saving to the next, >= 1; default 1 */
  every?: number;
  /** saves only when this number of the logs is better than at every saving before; default none: always */
  monitor?: string;
  /** default `"auto"`: `"max"` for accuracy and the like, `"min"` for everything else */
  mode?: MonitorMode;
  /**
   * of the file, `{epoch}` standing for the number of epochs done, from 1; default `"epoch-{epoch}.safetensors"`, or
   * `"best.safetensors"` with `monitor`
   */
  name?: string;
}

/** What {@link modelCheckpoint} has seen. */
export interface ModelCheckpointState {
  /** the best number saved so far */
  readonly best?: number | undefined;
}

/**
 * After every `every`-th epoch the sink gets what `model.save()` returns: weights, config, optimizer and random state, and
 * the states of all callbacks. It takes its turn after the others, with a `monitor` before without one, so that a training
 * that was broken off goes on from the file of an epoch as if nothing had happened (docs/checkpoints.md).
 *
 * A `fit` from epoch 0 forgets the best number; with `initialEpoch` above 0 it goes on, and without a `monitor` first writes the
 * file of that epoch if the sink can be read and has none: the training may have been killed between the best epoch's file,
 * which it then goes on from, and this one.
 *
 * @throws ConfigError `CONFIG` for the arguments, and within `fit` if `monitor` is not logged
 * @example
 * ```ts
 * const files = new Map<string, Uint8Array>();
 * const sink = { write: async (name: string, bytes: Uint8Array) => void files.set(name, bytes) };
 * await model.fit(x, y, { epochs: 20, validationSplit: 0.2, callbacks: [modelCheckpoint(sink, { monitor: "val_loss" })] });
 * const best = await Model.load(files.get("best.safetensors")!);
 * ```
 */
export function modelCheckpoint(sink: Sink, given: ModelCheckpointOptions = {}): Callback {
  const target = checkSink(sink, "modelCheckpoint.sink");
  const chosen = options(given, "modelCheckpoint", ["every", "monitor", "mode", "name"]);
  const every = integer({ min: 1 })(chosen.every ?? 1, "modelCheckpoint.every");
  const monitor = chosen.monitor === undefined ? undefined : text(chosen.monitor, "modelCheckpoint.monitor");
  const mode = oneOf<MonitorMode>(["auto", "min", "max"])(chosen.mode ?? "auto", "modelCheckpoint.mode");
  const byDefault = monitor === undefined ? "epoch-{epoch}.safetensors" : "best.safetensors";
  const name = text(chosen.name ?? byDefault, "modelCheckpoint.name");
  let best: number | undefined;

  const numbered = name.includes("{epoch}");
  const fileOf = (epochs: number) => name.replaceAll("{epoch}", String(epochs));

  async function prune(): Promise<void> {
    if (numbered) await target.prune?.(name);
  }

  /** Writes the file of the epoch that a training goes on from, if the process before was killed when it was about to. */
  async function catchUp(epochs: number, { model }: CallbackContext): Promise<void> {
    if (monitor !== undefined || epochs % every !== 0 || target.read === undefined) return;
    if (numbered && (await target.read(fileOf(epochs))) !== undefined) return;
    await target.write(fileOf(epochs), await model.save());
  }

  function isDue(epoch: number, logs: Logs): boolean {
    if ((epoch + 1) % every !== 0) return false;
    if (monitor === undefined) return true;
    const value = monitored(logs, monitor, "modelCheckpoint");
    const sign = monitorDirection(monitor, mode) === "max" ? 1 : -1;
    if (Number.isNaN(value) || (best !== undefined && sign * value <= sign * best)) return false;
    best = value;
    return true;
  }

  return Object.freeze({
    name: "modelCheckpoint",
    // The file of every epoch holds which number was the best: that one's file must lie there by then.
    order: monitor === undefined ? 2 : 1,
    async onTrainBegin(context: CallbackContext) {
      const { initialEpoch = 0 } = context.params;
      if (initialEpoch === 0) best = undefined;
      else await catchUp(initialEpoch, context);
      // A process that was killed right after its last file had no time for it.
      await prune();
    },
    async onEpochEnd(epoch: number, logs: Logs, { model }: CallbackContext) {
      const before = best;
      if (!isDue(epoch, logs)) return;
      try {
        await target.write(fileOf(epoch + 1), await model.save());
      } catch (error) {
        best = before;
        throw error;
      }
      await prune();
    },
    state: (): ModelCheckpointState => ({ best }),
    loadState(state: ModelCheckpointState) {
      const given = options(state, "modelCheckpoint.loadState", ["best"]).best;
      best = given === undefined ? undefined : number()(given, "modelCheckpoint.loadState.best");
    },
  });
}
