// Hostile model files: a saved model taken apart, changed, and signed again with the right CRC-32, so that what lies behind
// the sum is tried too. Used by the tests with small counts and by `npm run reliability` with large ones.
import { chooser } from "./random.mjs";

const encoder = new TextEncoder();

/** CRC-32 written anew, bit by bit: the library's own must agree. */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (~crc >>> 0).toString(16).padStart(8, "0");
}

/** A file of this header text, whose CRC is to be `00000000`, and these bytes of numbers; its sum is right. */
export function sign(text, data) {
  const header = typeof text === "string" ? encoder.encode(text + " ".repeat(-text.length & 7)) : text;
  const bytes = new Uint8Array(8 + header.length + data.length);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 8);
  bytes.set(data, 8 + header.length);
  const place = new TextDecoder().decode(header.subarray(0, 40)).indexOf("00000000");
  if (place >= 0) bytes.set(encoder.encode(crc32(bytes)), 8 + place);
  return bytes;
}

/** A saved file as its header, config, state (all parsed) and numbers. */
export function takeApart(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  header.__metadata__.crc32 = "00000000";
  const { config, state } = header.__metadata__;
  return { header, config: JSON.parse(config), state: JSON.parse(state), data: bytes.slice(8 + length) };
}

/** The file again after `change`, signed. */
export function changed(bytes, change) {
  const parts = takeApart(bytes);
  change(parts);
  const { header, config, state, data } = parts;
  if (header.__metadata__ !== null && typeof header.__metadata__ === "object") {
    header.__metadata__.config = JSON.stringify(config);
    header.__metadata__.state = JSON.stringify(state);
  }
  return sign(JSON.stringify(header), data);
}

/** The file again with another header text, signed. */
export function rewritten(bytes, rewrite) {
  const { header, data } = takeApart(bytes);
  return sign(rewrite(JSON.stringify(header)), data);
}

/** `depth` times `open` around nothing. */
const nested = (open, close, depth) => open.repeat(depth) + close.repeat(depth);

const kernel = "layers.0.kernel";
/** Sets a number of the file: `index` counts from its first. */
const number = (index, value) => (parts) => new DataView(parts.data.buffer).setFloat32(4 * index, value, true);
const entry = (change) => (parts) => change(parts.header[kernel], parts.header);
const config = (change) => (parts) => change(parts.config);
const state = (change) => (parts) => change(parts.state);
const metadata = (change) => (parts) => change(parts.header.__metadata__, parts);
const optimizer = (value) => config((all) => Object.assign(all, { optimizer: value }));
const layers = (value) => config((all) => Object.assign(all, { layers: value }));

/** `{ type: "ema", optimizer: { … } }` and the like, `depth` deep. */
function wrap(depth, around, inner) {
  let made = inner;
  for (let i = 0; i < depth; i++) made = around(made);
  return made;
}

/** The configuration under a name that objects inherit, as JSON keeps it. */
const polluting = (key) => (text) => text.replace('"inputs', `"${key}\\":{\\"polluted\\":1},\\"inputs`);

/**
 * Files that must be refused, each with what its message must say: `[name, bytes, pattern]`.
 *
 * @param {Uint8Array} bytes a saved model of one batch-normalised dense layer with one input and one unit, trained by adam
 */
export function hostileFiles(bytes) {
  const change = (name, pattern, how) => [name, changed(bytes, how), pattern];
  const text = (name, pattern, how) => [name, rewritten(bytes, how), pattern];
  const raw = (name, pattern, how) => {
    const made = bytes.slice();
    how(new DataView(made.buffer), made);
    return [name, made, pattern];
  };
  const huge = 2 ** 53 - 1;
  const shapes = [
    ["a product beyond 32 bits", [65536, 65536]],
    ["a product that is 1 modulo 2³²", [65537, 65535, 65537]],
    ["a product beyond all numbers", [huge, huge, huge]],
    ["a product of infinity and 0", [...Array(40).fill(huge), 0]],
    ["a negative side", [-1, -1]],
    ["a fraction", [0.5, 2]],
    ["a word", ["1", "1"]],
    ["nothing", null],
    ["an object", { length: 2 }],
    ["lists", [[1], [1]]],
    ["100,000 sides", Array(100_000).fill(1)],
  ];
  const offsets = [
    ["overlapping its neighbour", [0, 8]],
    ["with a hole before it", [4, 8]],
    ["backwards", [4, 0]],
    ["below 0", [-4, 0]],
    ["beyond the file", [0, 2 ** 40]],
    ["beyond whole numbers", [0, huge]],
    ["with three ends", [0, 4, 8]],
    ["in words", ["0", "4"]],
    ["that are nothing", [null, null]],
  ];
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const { data } = takeApart(bytes);
  const places = ["kernel", "bias", "gamma", "beta", "moving mean", "moving variance"].map((name, i) => [name, i]);
  places.push(["first moment", places.length], ["second moment", data.length / 4 - 1]);
  const wrongUnits = [0, -1, 1.5, "6", null, 2 ** 32, huge, [3]];
  return [
    // Lengths
    raw("a header of 4 GB", /beyond 100 MB/, (view) => view.setUint32(0, 2 ** 32 - 1, true)),
    raw("a header of 1 GB", /beyond 100 MB/, (view) => view.setUint32(0, 2 ** 30, true)),
    raw("a header of 2⁶⁴ bytes", /beyond 100 MB/, (view) => view.setUint32(4, 2 ** 32 - 1, true)),
    raw("a header of 99 MB", /within its header/, (view) => view.setUint32(0, 99e6, true)),
    raw("a header of no bytes", /begin with a CRC|damaged/, (view) => view.setUint32(0, 0, true)),
    raw("a file of zeros", /begin with a CRC/, (_, made) => made.fill(0)),
    // JSON
    text("a header cut short", /not JSON/, (header) => header.slice(0, -1)),
    text("a header with a tail", /not JSON/, (header) => `${header}]`),
    text("a header in UTF-16", /begin with a CRC/, (header) =>
      Uint8Array.from(header, (c) => c.charCodeAt(0)).fill(0, 9, 10),
    ),
    text("a header with a broken character", /not JSON/, (header) => encoder.encode(header).fill(0xff, 60, 61)),
    text("lists 100,000 deep", /header cannot be used/, (h) =>
      h.replace('"format"', `"x":${nested("[", "]", 1e5)},"format"`),
    ),
    text("objects 100,000 deep", /header cannot be used/, (h) =>
      h.replace('"format"', `"x":${`{"a":`.repeat(1e5)}0${"}".repeat(1e5)},"format"`),
    ),
    text("a list of a million lists", /header cannot be used/, (h) =>
      h.replace('"format"', `"x":[${"[],".repeat(1e6)}0],"format"`),
    ),
    text("a tensor twice", /twice/, (h) => h.replace(`"${kernel}"`, `"${kernel}":0,"${kernel}"`)),
    text("the metadata twice", /twice/, (h) => `${h.slice(0, -1)},"__metadata__":{}}`),
    text("the configuration twice", /twice/, (h) => h.replace('"config"', '"config":"{}","config"')),
    text("an option twice in the configuration", /twice/, (h) =>
      h.replace('{\\"inputs\\":1', '{\\"inputs\\":1,\\"inputs\\":1'),
    ),
    text("a blank within", /twice, or/, (h) => h.replace('"format"', ' "format"')),
    // Names that objects inherit
    ...["__proto__", "constructor", "toString", "hasOwnProperty"].flatMap((key) => [
      text(`the option ${key}`, /unknown option/, polluting(key)),
      text(
        `a tensor called ${key}`,
        /malformed|header cannot be used/,
        (h) => `${h.slice(0, -1)},"${key}":{"polluted":1}}`,
      ),
      text(`${key} in the metadata`, /unknown option/, (h) =>
        h.replace('"format"', `"${key}":{"polluted":1},"format"`),
      ),
      change(`a layer of type ${key}`, /unknown name/, layers([{ type: key }])),
      change(`an optimizer of type ${key}`, /unknown name/, optimizer({ type: key })),
      change(
        `a loss called ${key}`,
        /unknown name/,
        config((all) => Object.assign(all, { loss: key })),
      ),
      change(`a schedule of type ${key}`, /unknown name/, optimizer({ type: "adam", learningRate: { type: key } })),
    ]),
    // Metadata
    change(
      "a version of the future",
      /expected format "downhill" version 1 or 2, got "downhill" version "3"/,
      metadata((all) => Object.assign(all, { version: "3" })),
    ),
    change(
      "a version as a number",
      /version 1/,
      metadata((all) => Object.assign(all, { version: 1 })),
    ),
    change(
      "a format that is no text",
      /expected format/,
      metadata((all) => Object.assign(all, { format: { toString: 1, valueOf: 1 } })),
    ),
    change(
      "another format",
      /expected format/,
      metadata((all) => Object.assign(all, { format: "pt" })),
    ),
    change("no metadata", /begin with a CRC/, ({ header }) => Object.assign(header, { __metadata__: null })),
    text("a configuration that is no text", /configuration cannot be used/, (h) =>
      h.replace(/"config":"(\\.|[^"\\])*"/, '"config":{"toString":1}'),
    ),
    text("a configuration that is a list", /configuration cannot be used/, (h) =>
      h.replace(/"config":"(\\.|[^"\\])*"/, '"config":"[]"'),
    ),
    text("no state", /state cannot be used/, (h) => h.replace(/,"state":"(\\.|[^"\\])*"/, "")),
    // Tensors
    ...shapes.map(([name, shape]) =>
      change(
        `a shape with ${name}`,
        /malformed|should lie at/,
        entry((e) => Object.assign(e, { shape })),
      ),
    ),
    ...offsets.map(([name, o]) =>
      change(
        `offsets ${name}`,
        /malformed|should lie at/,
        entry((e) => Object.assign(e, { data_offsets: o })),
      ),
    ),
    ...["F64", "BF16", "f32", null, 4].map((dtype) =>
      change(
        `numbers of type ${dtype}`,
        /malformed/,
        entry((e) => Object.assign(e, { dtype })),
      ),
    ),
    change(
      "the same numbers as another shape",
      /layers\.0\.kernel: expected shape \[1, 1\], got \[1\]/,
      entry((e) => Object.assign(e, { shape: [1] })),
    ),
    change("a tensor that is null", /header cannot be used/, ({ header }) => Object.assign(header, { [kernel]: null })),
    change("a tensor of another name", /expected layers\.0\.kernel/, ({ header }) => {
      const entries = Object.entries(header).map(([name, value]) => [
        name === kernel ? "layers.9.kernel" : name,
        value,
      ]);
      for (const name of Object.keys(header)) delete header[name];
      Object.assign(header, Object.fromEntries(entries));
    }),
    change("a tensor too many", /parameters: expected shape \[6\], got \[7\]/, (parts) => {
      const end = parts.data.length;
      parts.header.extra = { dtype: "F32", shape: [0], data_offsets: [end, end] };
    }),
    change("optimizer state too many", /optimizer\.0: expected shape \[4\], got \[5\]/, (parts) => {
      const end = parts.data.length;
      parts.header["optimizer.0.extra"] = { dtype: "F32", shape: [0], data_offsets: [end, end] };
    }),
    change("a state buffer too many", /slots: there are 2/, (parts) => {
      const end = parts.data.length;
      parts.header["optimizer.99.x"] = { dtype: "F32", shape: [0], data_offsets: [end, end] };
    }),
    change("bytes after the last tensor", /follow the last tensor/, (parts) =>
      Object.assign(parts, { data: new Uint8Array(parts.data.length + 4) }),
    ),
    change("bytes that are missing", /should lie at/, (parts) => Object.assign(parts, { data: parts.data.slice(4) })),
    ...places.flatMap(([name, index]) =>
      values.map((value) => change(`${value} as ${name}`, new RegExp(`holds ${value}`), number(index, value))),
    ),
    // Configuration
    ...wrongUnits.map((units) => change(`${JSON.stringify(units)} units`, /units/, layers([{ type: "dense", units }]))),
    ...[1e9, 2 ** 32 - 1].map((units) =>
      change(
        `${units} units`,
        /at least \d+ parameters/,
        config((all) => Object.assign(all.layers[0], { units })),
      ),
    ),
    change(
      "4·10⁹ inputs",
      /at least \d+ parameters/,
      config((all) => Object.assign(all, { inputs: 4e9 })),
    ),
    change(
      "a billion units in a residual block",
      /at least \d+ parameters/,
      layers([
        {
          type: "residual",
          layers: [
            { type: "dense", units: 1e9 },
            { type: "dense", units: 1 },
          ],
        },
      ]),
    ),
    change(
      "two layers of a million units",
      /at least \d+ parameters/,
      layers([
        { type: "dense", units: 1e6 },
        { type: "dense", units: 1e6 },
      ]),
    ),
    change("no layers", /layers/, layers([])),
    change(
      "another layer",
      /parameters: expected shape/,
      config((all) => all.layers.push({ type: "dense", units: 1 })),
    ),
    change("layers in a list 2,000 deep", /layers/, layers(JSON.parse(nested("[", "]", 2000)))),
    change(
      "residual blocks 1,000 deep",
      /nested/,
      layers([wrap(1000, (inner) => ({ type: "residual", layers: [inner] }), { type: "dense", units: 1 })]),
    ),
    change(
      "optimizers 1,000 deep",
      /nested/,
      optimizer(wrap(1000, (o) => ({ type: "switchAt", step: 1, first: "sgd", second: o }), "adam")),
    ),
    change(
      "schedules 1,000 deep",
      /nested/,
      optimizer({
        type: "adam",
        learningRate: wrap(1000, (s) => ({ type: "warmup", steps: 1, schedule: s }), {
          type: "constantRate",
          value: 1,
        }),
      }),
    ),
    change(
      "sequences 1,000 deep",
      /nested/,
      optimizer({
        type: "adam",
        learningRate: wrap(1000, (s) => ({ type: "sequence", boundaries: [], schedules: [s] }), {
          type: "constantRate",
          value: 1,
        }),
      }),
    ),
    change(
      "a loss that does not fit",
      /loss/,
      config((all) => Object.assign(all, { loss: "categoricalCrossEntropy" })),
    ),
    change(
      "a metric of one's own",
      /metrics/,
      config((all) => Object.assign(all, { metrics: [{ type: "custom", name: "mine", compute: "x" }] })),
    ),
    change(
      "a rate that is NaN",
      /learningRate/,
      config((all) => Object.assign(all.optimizer, { learningRate: null, beta1: Number.NaN })),
    ),
    change(
      "a β of 1",
      /beta1/,
      config((all) => Object.assign(all.optimizer, { beta1: 1 })),
    ),
    change(
      "a seed beyond 32 bits",
      /seed/,
      config((all) => Object.assign(all, { seed: 2 ** 32 })),
    ),
    change(
      "periods that hardly grow",
      /growth/,
      optimizer({ type: "adam", learningRate: { type: "cosineRestarts", initial: 1, period: 1, growth: 1 + 1e-9 } }),
    ),
    change("another optimizer's state", /optimizer: expected shape \[0\], got \[2\]/, optimizer("sgd")),
    change(
      "transforms that contradict each other",
      /gradient/,
      config((all) =>
        Object.assign(all, {
          gradient: [
            { type: "clipByNorm", maxNorm: 1 },
            { type: "clipByGlobalNorm", maxNorm: 1 },
          ],
        }),
      ),
    ),
    // State
    ...[null, -1, 1.5, 1e300, "3", [1]].flatMap((value) =>
      ["steps", "passes", "epochs"].map((key) =>
        change(
          `${JSON.stringify(value)} as the count of ${key}`,
          /counters/,
          state((all) => Object.assign(all.counters, { [key]: value })),
        ),
      ),
    ),
    change(
      "counts that are missing",
      /counters/,
      state((all) => delete all.counters),
    ),
    change(
      "counts too many",
      /unknown option/,
      state((all) => Object.assign(all.counters, { rows: 1 })),
    ),
    ...[null, -1, 1.5, 20_003, 1e9, "2", undefined].map((slots) =>
      change(
        `${slots} state buffers`,
        /slots/,
        state((all) => Object.assign(all, { slots })),
      ),
    ),
    change(
      "a state buffer too few",
      /slots: there are 1/,
      state((all) => Object.assign(all, { slots: 1 })),
    ),
    change(
      "frozen parameters that are not there",
      /picks none/,
      state((all) => Object.assign(all, { frozen: ["layers.7.bias"] })),
    ),
    change(
      "frozen parameters that are numbers",
      /frozen/,
      state((all) => Object.assign(all, { frozen: [1] })),
    ),
    change(
      "a pattern that is slow to match",
      /picks none/,
      state((all) => Object.assign(all, { frozen: [`${"**.*a*".repeat(30)}.x`] })),
    ),
    change(
      "a pattern of 100,000 stars",
      /picks none/,
      state((all) => Object.assign(all, { frozen: [`${"*".repeat(1e5)}x`] })),
    ),
    change(
      "the state of a schedule that there is not",
      /schedule\[0\]: expected no state/,
      state((all) => Object.assign(all, { schedule: [{ start: 0 }] })),
    ),
    change(
      "a schedule's state that is NaN",
      /scheduled|schedule/,
      state((all) =>
        Object.assign(all, {
          scheduled: {
            source: { type: "restartOnLoss", threshold: 1, initial: 1, decay: 1 },
            state: { start: null, threshold: null, below: 1 },
          },
        }),
      ),
    ),
    change(
      "a last schedule of unknown type",
      /unknown name/,
      state((all) => Object.assign(all, { scheduled: { source: { type: "x" } } })),
    ),
    change(
      "more state than there is",
      /unknown option/,
      state((all) => Object.assign(all, { more: 1 })),
    ),
  ];
}

/** Values that a reader should doubt. */
const doubtful = [
  null,
  true,
  "",
  "x",
  "__proto__",
  "adam",
  "dense",
  "NaN",
  0,
  -0,
  1,
  -1,
  2,
  3,
  0.5,
  1e-300,
  1e300,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  4294967297,
  [],
  [[]],
  [0],
  [1, 1],
  [1e9],
  {},
  { type: "dense", units: 1e9 },
  { type: "dropout", rate: 0.5 },
  { type: "adam" },
  { type: "lookahead", optimizer: "sgd" },
  { type: "cosineRestarts", initial: 1, period: 1, growth: 1.001 },
  { type: "gradientNoise", eta: 1e300 },
  { polluted: 1 },
];

/** One random change somewhere in `parts`: a value replaced, removed, added or doubled, or numbers replaced. */
function mutate(parts, { below, pick }) {
  if (below(6) === 0) {
    const view = new DataView(parts.data.buffer);
    const special = [0, -0, 1e-45, 1e-38, -1, 3e38, -3e38, Number.NaN, Number.POSITIVE_INFINITY];
    for (let i = below(4); i >= 0; i--) view.setFloat32(4 * below(parts.data.length / 4), pick(special), true);
    return;
  }
  let node = pick([parts.header, parts.config, parts.config, parts.config, parts.state]);
  for (;;) {
    const key = pick(Object.keys(node));
    const value = node[key];
    if (key === undefined || key === "crc32") return;
    if (typeof value === "object" && value !== null && Object.keys(value).length > 0 && below(4) > 0) {
      node = value;
      continue;
    }
    const how = below(8);
    if (how === 0) delete node[key];
    else if (how === 1) node[`${key}2`] = value;
    else if (how === 2 && Array.isArray(node)) node.push(value);
    else if (how === 3 && typeof value === "number") node[key] = value + pick([1, -1, 0.5, 1e9]);
    else node[key] = structuredClone(pick(doubtful));
    return;
  }
}

/**
 * A file with one to three random changes, signed.
 *
 * @param {Uint8Array} bytes a saved model
 */
export function mutant(bytes, seed) {
  const choose = chooser(seed);
  return changed(bytes, (parts) => {
    for (let i = choose.below(3); i >= 0; i--) mutate(parts, choose);
  });
}

/**
 * Loads a file and, if that goes, uses the model. Gives back what it was refused with, or `undefined`.
 *
 * @returns {Promise<Error | undefined>}
 * @throws what is no error of the library's, or one that says the core died
 */
export async function tryFile({ Model, DownhillError, FormatError }, bytes) {
  let model;
  try {
    model = await Model.load(bytes);
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw new Error(`refused with ${error?.name ?? error}: ${error?.message}`, { cause: error });
  }
  const named = (call) => {
    try {
      call();
    } catch (error) {
      if (!(error instanceof DownhillError) || error.code === "CORE") throw error;
    }
  };
  try {
    const { inputs } = model.toJSON();
    if (inputs > 1000) return undefined;
    const x = Array.from({ length: 4 }, (_, i) => Array.from({ length: inputs }, (_, j) => Math.sin(i + j)));
    for (const y of [[0, 1, 0, 1], x]) named(() => model.trainOnBatch(x, y));
    named(() => model.predict(x));
    const sound = model.parameters().every(({ data }) => data.every(Number.isFinite));
    if (!sound) throw new Error("training left parameters that are not finite");
    named(() => model.save());
  } finally {
    model.dispose();
  }
  return undefined;
}
