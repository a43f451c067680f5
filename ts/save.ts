/**
 * A model as one file in the safetensors format (https://github.com/huggingface/safetensors): 8 bytes of header length,
 * a JSON header, then the tensors' bytes, little-endian f32.
 *
 * The first thing in the header is the CRC-32 of the whole file with the CRC's own eight digits read as zeros, so that
 * any flipped bit is found. Parameters carry their own names, optimizer state `optimizer.<slot>.<name>`, masks of pruned
 * weights `mask.<name>`, arrays in the states of callbacks `callbacks.<number>`.
 */

import { integer, kindOf, list, options, show, text } from "./check.js";
import { countKernels, normalizeModel, type ResolvedConfig } from "./config/model.js";
import { normalizeSchedule, type ScheduleConfig } from "./config/schedules.js";
import { DownhillError, FormatError } from "./errors.js";
import { callbackPrefix, readTraining, type Training, writeTraining } from "./training.js";

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
  /** of the `fit` that was under way */
  readonly training: Training | undefined;
}

const format = "downhill";
/** A file with masks says 2, so that a reader that does not know them refuses it. */
const versions = ["1", "2"];
const prefix = '{"__metadata__":{"crc32":"';
const crcOffset = 8 + prefix.length;
const maxHeader = 100_000_000;
const metadataKeys = ["crc32", "format", "version", "config", "state", "training"];

/** The file. */
export function writeModel(config: ResolvedConfig, state: ModelState): Uint8Array {
  const { counters, frozen, schedule, scheduled, numbers } = state;
  const training = state.training && writeTraining(state.training);
  const tensors = [
    ...state.parameters,
    ...state.slots.flatMap((slot, i) => slot.map((tensor) => ({ ...tensor, name: `optimizer.${i}.${tensor.name}` }))),
    ...state.masks.map((tensor) => ({ ...tensor, name: `mask.${tensor.name}` })),
    ...(training?.tensors ?? []),
  ];
  const metadata = {
    crc32: "00000000",
    format,
    version: versions[Number(state.masks.length > 0)],
    config: JSON.stringify(config),
    state: JSON.stringify({ counters, frozen, schedule, scheduled, slots: state.slots.length, numbers }),
    training: training?.json,
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
 * Takes a file apart, checking in the order of the file: nothing is believed before the CRC, nothing allocated beyond what
 * the file itself holds.
 *
 * @throws FormatError `FORMAT`
 */
export function readModel(input: Uint8Array | ArrayBuffer): { config: ResolvedConfig; state: ModelState } {
  const bytes = bytesOf(input);
  if (bytes.length < 8) throw wrong(`the file ends after ${bytes.length} bytes, within its length field`, 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  if (view.getUint32(4, true) !== 0 || length > maxHeader) throw wrong("the header's length is beyond 100 MB", 0);
  if (8 + length > bytes.length)
    throw wrong(`the file ends after ${bytes.length} bytes, within its header of ${length}`, 0);
  checkCrc(bytes);
  const header = readHeader(bytes.subarray(8, 8 + length));
  const { parsed, part } = header;
  const metadata = part("__metadata__", "header", () => options(parsed.__metadata__, "__metadata__", metadataKeys));
  if (metadata.format !== format || !versions.includes(metadata.version as string)) {
    throw wrong(
      `expected format "${format}" version ${versions.join(" or ")}, got ${show(metadata.format)} version ${show(metadata.version)}`,
      header.place("format"),
    );
  }
  const tensors = readTensors(header, view, 8 + length);
  const config = part("config", "configuration", () => {
    const config = normalizeModel(parse(metadata.config));
    const numbers = (view.byteLength - 8 - length) / 4;
    const fewest = countKernels(config.layers, config.inputs);
    if (fewest <= numbers) return config;
    throw new FormatError("layers", `they have at least ${fewest} parameters, the file holds ${numbers} numbers`);
  });
  const training = part("training", "training", () => readTraining(metadata.training, parse, tensors));
  return { config, state: part("state", "state", () => ({ ...readState(metadata.state, tensors), training })) };
}

/** The bytes themselves, but those that another thread could change while they are read copied. */
function bytesOf(input: unknown): Uint8Array {
  if (kindOf(input) === "ArrayBuffer") return new Uint8Array(input as ArrayBuffer);
  if (!ArrayBuffer.isView(input) || kindOf(input) !== "Uint8Array")
    throw wrong("expected the bytes of a saved model as a Uint8Array", 0);
  const bytes = input as Uint8Array;
  return kindOf(bytes.buffer) === "ArrayBuffer" ? bytes : new Uint8Array(bytes);
}

function checkCrc(bytes: Uint8Array): void {
  const start = new TextDecoder().decode(bytes.subarray(8, crcOffset));
  const crc = new TextDecoder().decode(bytes.subarray(crcOffset, crcOffset + 8));
  if (start !== prefix || !/^[0-9a-f]{8}$/.test(crc))
    throw wrong("this is no model saved by downhill: its header does not begin with a CRC-32", 8);
  const pieces = [bytes.subarray(0, crcOffset), new Uint8Array(8).fill(0x30), bytes.subarray(crcOffset + 8)];
  const sum = pieces
    .reduce((sum, piece) => crc32(piece, sum), 0)
    .toString(16)
    .padStart(8, "0");
  if (sum !== crc) throw wrong(`the file is damaged: its CRC-32 is ${sum}, its header says ${crc}`, crcOffset);
}

/** The header, and where in the file a key of it stands. */
interface Header {
  readonly parsed: Record<string, unknown>;
  /** the byte of the file at which `key` stands in the header */
  readonly place: (key: string) => number;
  /** what `read` makes of the part at `key`; whatever it throws is a FormatError */
  readonly part: <T>(key: string, name: string, read: () => T) => T;
}

function readHeader(bytes: Uint8Array): Header {
  let text = "";
  const place = (key: string) => {
    const before = text.slice(0, Math.max(0, text.indexOf(`${JSON.stringify(key)}:`)));
    return 8 + new TextEncoder().encode(before).length;
  };
  const part = <T>(key: string, name: string, read: () => T): T => {
    try {
      return read();
    } catch (error) {
      const otherwise = error instanceof RangeError ? "it is nested too deeply" : "it is not JSON";
      const reason = error instanceof DownhillError ? error.message : otherwise;
      throw new FormatError(
        "model file",
        `the ${name} cannot be used: ${reason}`,
        { byte: place(key) },
        { cause: error },
      );
    }
  };
  const parsed = part("", "header", () => {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes).trimEnd();
    return parse(text) as Record<string, unknown>;
  });
  return { parsed, place, part };
}

/** JSON exactly as `JSON.stringify` writes it: that a name stands there twice would not be seen otherwise. */
function parse(text: unknown): unknown {
  const parsed: unknown = JSON.parse(String(text));
  if (JSON.stringify(parsed) === text) return parsed;
  throw new FormatError("JSON", "a name stands there twice, or it was not written by downhill");
}

/** All tensors by name; they must follow each other without gap or overlap and fill the file. */
function readTensors({ parsed, place, part }: Header, view: DataView, start: number): Map<string, NamedData> {
  const tensors = new Map<string, NamedData>();
  let end = 0;
  for (const [name, value] of Object.entries(parsed)) {
    if (name === "__metadata__") continue;
    const {
      dtype,
      shape,
      data_offsets: offsets,
    } = part(name, "header", () => options(value, name, ["dtype", "shape", "data_offsets"]));
    if (dtype !== "F32" || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
      throw wrong(`the entry of ${show(name)} is malformed`, place(name));
    const size = shape.reduce((a, b) => a * b, 1);
    const [from = 0, to = 0] = offsets;
    if (from !== end || to - from !== 4 * size || start + to > view.byteLength) {
      throw wrong(
        `${show(name)} should lie at bytes ${end} to ${end + 4 * size} of the data, its entry says ${from} to ${to}`,
        place(name),
      );
    }
    const data = new Float32Array(size);
    for (let i = 0; i < size; i++) {
      const at = start + from + 4 * i;
      const number = view.getFloat32(at, true);
      if (number - number !== 0 && !name.startsWith(callbackPrefix)) throw wrong(`${show(name)} holds ${number}`, at);
      data[i] = number;
    }
    tensors.set(name, { name, shape, data });
    end = to;
  }
  if (start + end !== view.byteLength)
    throw wrong(`${view.byteLength - start - end} bytes follow the last tensor`, start + end);
  return tensors;
}

function readState(json: unknown, tensors: ReadonlyMap<string, NamedData>): Omit<ModelState, "training"> {
  const known = ["counters", "frozen", "schedule", "scheduled", "slots", "numbers"];
  const state = options(parse(json), "state", known);
  const counters = options(state.counters, "counters", ["steps", "passes", "epochs"]);
  const [steps, passes, epochs] = [counters.steps, counters.passes, counters.epochs].map((n) => count(n, "counters"));
  const [parameters, masks]: [NamedData[], NamedData[]] = [[], []];
  const slots: NamedData[][] = Array.from({ length: integer({ min: 0, max: 20_002 })(state.slots, "slots") }, () => []);
  for (const tensor of tensors.values()) {
    const [, slot, name] = /^(?:optimizer\.(\d+)|mask)\.(.*)$/.exec(tensor.name) ?? [];
    if (tensor.name.startsWith(callbackPrefix)) continue;
    if (name === undefined) parameters.push(tensor);
    else if (slot === undefined) masks.push({ ...tensor, name });
    else if (slots[Number(slot)]?.push({ ...tensor, name }) === undefined)
      throw new FormatError("slots", `there are ${slots.length}, but there is a tensor ${show(tensor.name)}`);
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
}

const count = integer({ min: 0 });

/** Up to 8 whole numbers >= 0. */
function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 8 && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function wrong(message: string, byte: number): FormatError {
  return new FormatError("model file", message, { byte });
}

let table: Uint32Array | undefined;

/** CRC-32 (ISO 3309, as in zip and PNG), of bytes that follow those whose sum is `before`. */
export function crc32(bytes: Uint8Array, before = 0): number {
  table ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });
  let crc = before ^ 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    crc = (table[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
