/**
 * A model as one file in the safetensors format (https://github.com/huggingface/safetensors): 8 bytes of header length,
 * a JSON header, then the tensors' bytes, little-endian f32.
 *
 * The first thing in the header is the CRC-32 of the whole file with the CRC's own eight digits read as zeros, so that
 * any flipped bit is found. Parameters carry their own names, optimizer state `optimizer.<slot>.<name>`, masks of pruned
 * weights `mask.<name>`.
 */

import { integer, list, options, text } from "./check.js";
import { normalizeModel, type ResolvedConfig } from "./config/model.js";
import { normalizeSchedule, type ScheduleConfig } from "./config/schedules.js";
import { DownhillError, FormatError } from "./errors.js";

/** A named tensor with its numbers. */
export interface NamedData {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Everything beside the configuration that decides how training goes on. */
export interface ModelState {
  readonly parameters: readonly NamedData[];
  /** the optimizer's state buffers, each with a tensor for every weight */
  readonly slots: readonly (readonly NamedData[])[];
  /** what the optimizer keeps beside them, where it does; from a file not checked yet */
  readonly numbers: unknown;
  readonly counters: { readonly steps: number; readonly passes: number; readonly epochs: number };
  /** of the parameters of which weights are pruned: 0 where one is, else 1 */
  readonly masks: readonly NamedData[];
  /** names of frozen parameters */
  readonly frozen: readonly string[];
  /** of the schedules of the optimizer's parts (`PartRates.states`), where one watches the loss; from a file not checked yet */
  readonly schedule: unknown;
  /** the schedule of the last `fit` with its own, where that watches the loss; from a file its state is not checked yet */
  readonly scheduled: { readonly source: ScheduleConfig; readonly state: unknown } | undefined;
}

const format = "downhill";
/** A file with masks says 2, so that a reader that does not know them refuses it. */
const versions = ["1", "2"];
const prefix = '{"__metadata__":{"crc32":"';
const crcOffset = 8 + prefix.length;
const maxHeader = 100_000_000;
const metadataKeys = ["crc32", "format", "version", "config", "state"];

/** The file. */
export function writeModel(config: ResolvedConfig, state: ModelState): Uint8Array {
  const { counters, frozen, schedule, scheduled, numbers } = state;
  const tensors = [
    ...state.parameters,
    ...state.slots.flatMap((slot, i) => slot.map((tensor) => ({ ...tensor, name: `optimizer.${i}.${tensor.name}` }))),
    ...state.masks.map((tensor) => ({ ...tensor, name: `mask.${tensor.name}` })),
  ];
  const metadata = {
    crc32: "00000000",
    format,
    version: versions[Number(state.masks.length > 0)],
    config: JSON.stringify(config),
    state: JSON.stringify({ counters, frozen, schedule, scheduled, slots: state.slots.length, numbers }),
  };
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const { name, shape, data } of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [end, end + 4 * data.length] };
    end += 4 * data.length;
  }
  let text = new TextEncoder().encode(JSON.stringify(header));
  const padding = (8 - (text.length % 8)) % 8;
  if (padding > 0) text = new TextEncoder().encode(JSON.stringify(header) + " ".repeat(padding));

  const bytes = new Uint8Array(8 + text.length + end);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, text.length, true);
  bytes.set(text, 8);
  let at = 8 + text.length;
  for (const { data } of tensors) {
    for (const value of data) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  bytes.set(new TextEncoder().encode(crc32(bytes).toString(16).padStart(8, "0")), crcOffset);
  return bytes;
}

/**
 * Takes a file apart, checking in the order of the file.
 *
 * @throws FormatError `FORMAT`
 */
export function readModel(input: Uint8Array | ArrayBuffer): { config: ResolvedConfig; state: ModelState } {
  const bytes = input instanceof ArrayBuffer ? new Uint8Array(input) : input;
  if (!(bytes instanceof Uint8Array)) throw wrong("expected the bytes of a saved model as a Uint8Array", 0);
  if (bytes.length < 8) throw wrong(`the file ends after ${bytes.length} bytes, within its length field`, 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  if (view.getUint32(4, true) !== 0 || length > maxHeader) throw wrong("the header's length is beyond 100 MB", 0);
  if (8 + length > bytes.length)
    throw wrong(`the file ends after ${bytes.length} bytes, within its header of ${length}`, 0);
  checkCrc(bytes);
  const header = parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }), bytes.subarray(8, 8 + length));
  const metadata = readPart("header", () => options(header.__metadata__, "__metadata__", metadataKeys));
  if (metadata.format !== format || !versions.includes(String(metadata.version))) {
    throw wrong(
      `expected format "${format}" version ${versions.join(" or ")}, got ${String(metadata.format)} version ${String(metadata.version)}`,
      8,
    );
  }
  return {
    config: readConfig(metadata.config),
    state: readState(metadata.state, readTensors(header, view, 8 + length)),
  };
}

function checkCrc(bytes: Uint8Array): void {
  const start = new TextDecoder().decode(bytes.subarray(8, crcOffset));
  const crc = new TextDecoder().decode(bytes.subarray(crcOffset, crcOffset + 8));
  if (start !== prefix || !/^[0-9a-f]{8}$/.test(crc))
    throw wrong("this is no model saved by downhill: its header does not begin with a CRC-32", 8);
  const copy = bytes.slice();
  copy.fill(0x30, crcOffset, crcOffset + 8);
  const sum = crc32(copy).toString(16).padStart(8, "0");
  if (sum !== crc) throw wrong(`the file is damaged: its CRC-32 is ${sum}, its header says ${crc}`, crcOffset);
}

function parse(decoder: TextDecoder, bytes: Uint8Array): Record<string, unknown> {
  try {
    return JSON.parse(decoder.decode(bytes)) as Record<string, unknown>;
  } catch (error) {
    throw new FormatError("model file", "the header is not JSON", { byte: 8 }, { cause: error });
  }
}

/** All tensors by name; they must follow each other without gap or overlap and fill the file. */
function readTensors(header: Record<string, unknown>, view: DataView, start: number): Map<string, NamedData> {
  const tensors = new Map<string, NamedData>();
  let end = 0;
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const {
      dtype,
      shape,
      data_offsets: offsets,
    } = readPart("header", () => options(value, name, ["dtype", "shape", "data_offsets"]));
    if (dtype !== "F32" || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
      throw wrong(`the entry of ${name} is malformed`, 8);
    const size = shape.reduce((a, b) => a * b, 1);
    const [from = 0, to = 0] = offsets;
    if (from !== end || to - from !== 4 * size || start + to > view.byteLength) {
      throw wrong(
        `${name} should lie at bytes ${end} to ${end + 4 * size} of the data, its entry says ${from} to ${to}`,
        start + end,
      );
    }
    const data = new Float32Array(size);
    for (let i = 0; i < size; i++) data[i] = view.getFloat32(start + from + 4 * i, true);
    tensors.set(name, { name, shape, data });
    end = to;
  }
  if (start + end !== view.byteLength)
    throw wrong(`${view.byteLength - start - end} bytes follow the last tensor`, start + end);
  return tensors;
}

function readConfig(text: unknown): ResolvedConfig {
  return readPart("configuration", () => normalizeModel(JSON.parse(String(text))));
}

function readState(json: unknown, tensors: ReadonlyMap<string, NamedData>): ModelState {
  return readPart("state", () => {
    const known = ["counters", "frozen", "schedule", "scheduled", "slots", "numbers"];
    const state = options(JSON.parse(String(json)), "state", known);
    const counters = options(state.counters, "counters", ["steps", "passes", "epochs"]);
    const [steps, passes, epochs] = [counters.steps, counters.passes, counters.epochs].map((n) => count(n, "counters"));
    const [parameters, masks]: [NamedData[], NamedData[]] = [[], []];
    const slots: NamedData[][] = Array.from({ length: integer({ min: 0, max: 99 })(state.slots, "slots") }, () => []);
    for (const tensor of tensors.values()) {
      const [, slot, name = ""] = /^(?:optimizer\.(\d+)|mask)\.(.*)$/.exec(tensor.name) ?? [];
      if (name === "") parameters.push(tensor);
      else (slot === undefined ? masks : slots[Number(slot)])?.push({ ...tensor, name });
    }
    const scheduled =
      state.scheduled === undefined ? undefined : options(state.scheduled, "scheduled", ["source", "state"]);
    return {
      parameters,
      slots,
      masks,
      numbers: state.numbers,
      counters: { steps: steps ?? 0, passes: passes ?? 0, epochs: epochs ?? 0 },
      frozen: list(text)(state.frozen, "frozen"),
      schedule: state.schedule,
      scheduled: scheduled && {
        source: normalizeSchedule(scheduled.source, "scheduled"),
        state: scheduled.state,
      },
    };
  });
}

/** What `read` makes of a part of the header; whatever it throws is a FormatError. */
function readPart<T>(part: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const reason = error instanceof DownhillError ? error.message : "it is not JSON";
    throw new FormatError("model file", `the ${part} cannot be used: ${reason}`, { byte: 8 }, { cause: error });
  }
}

const count = integer({ min: 0 });

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function wrong(message: string, byte: number): FormatError {
  return new FormatError("model file", message, { byte });
}

let table: Uint32Array | undefined;

/** CRC-32 (ISO 3309, as in zip and PNG). */
export function crc32(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    crc = (table[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
