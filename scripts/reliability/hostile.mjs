// Hostile files: every truncation and bit flip, the list of hostile contents behind a right CRC, and random changes signed
// again. What is refused must be refused by name, what loads must work; peak memory is compared with what was read.
import * as downhill from "downhill";
import { IdxError, parseIdx } from "../../examples/lib/idx.mjs";
import * as csv from "../../test/shared/hostile/csv.mjs";
import { hostileIdx } from "../../test/shared/hostile/idx.mjs";
import { hostileFiles, mutant, tryFile } from "../../test/shared/hostile/model-file.mjs";

export const place = 3;
export const title = "Hostile files";
export const unit = "random changes of each kind of file";
export const counts = { short: 1000, full: 100_000 };

/** Tries many files; counts those refused and keeps what went wrong. */
function campaign(name, failures) {
  let [tried, refused] = [0, 0];
  return {
    async file(what, attempt) {
      tried += 1;
      try {
        refused += Number((await attempt()) !== undefined);
      } catch (error) {
        if (failures.length < 20) failures.push(`${name}, ${what}: ${error.message}`);
      }
    },
    row: () => [name, tried, refused, tried - refused],
  };
}

async function savedModel() {
  const { batchNormalization, dense, Model } = downhill;
  const layers = [dense(1), batchNormalization()];
  const model = await Model.create({ inputs: 1, layers, loss: "meanSquaredError", optimizer: "adam" });
  model.trainOnBatch([1, 2, 3, 5], [1, 0, 1, 0]);
  return model.save();
}

/** @type {import("./lib/document.mjs").Part["run"]} */
async function measure({ count }) {
  const bytes = await savedModel();
  const failures = [];
  const rows = [];
  const each = async (name, work) => {
    const one = campaign(name, failures);
    await work(one);
    rows.push(one.row());
  };
  const { memoryBytes } = downhill.runtimeInfo();
  await each("model, cut after each byte", async (one) => {
    for (let end = 0; end < bytes.length; end++) await one.file(end, () => tryFile(downhill, bytes.slice(0, end)));
  });
  await each("model, each bit flipped", async (one) => {
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      await one.file(`bit ${bit}`, () => tryFile(downhill, damaged));
    }
  });
  await each("model, right sum and hostile contents", async (one) => {
    for (const [name, file] of hostileFiles(bytes)) await one.file(name, () => tryFile(downhill, file));
  });
  if (rows.some(([, , , loaded]) => loaded > 0)) failures.push("a damaged or hostile model was loaded");
  const grown = downhill.runtimeInfo().memoryBytes - memoryBytes;
  if (grown > 0) failures.push(`the core's memory grew by ${grown} bytes`);
  await each("model, changed at random and signed", async (one) => {
    for (let seed = 0; seed < count; seed++)
      await one.file(`seed ${seed}`, () => tryFile(downhill, mutant(bytes, seed)));
  });
  const table = (file, size) => () => csv.tryTable(downhill, file, csv.options, size);
  await each("CSV, cut after each byte", async (one) => {
    for (const file of csv.truncations()) await one.file(file.length, table(file, 7));
  });
  await each("CSV, each bit flipped", async (one) => {
    for (const file of csv.flips()) await one.file("flip", table(file, 64));
  });
  await each("CSV, large and cheap to write", async (one) => {
    for (const [name, text, given] of csv.largeTables) {
      const file = new TextEncoder().encode(text());
      await one.file(name, () => csv.tryTable(downhill, file, given, 65536));
    }
  });
  await each("CSV, changed at random", async (one) => {
    for (let seed = 0; seed < count; seed++) await one.file(`seed ${seed}`, table(csv.mutant(seed), 1 + (seed % 50)));
  });
  await each("idx of the MNIST examples, cut, flipped, overflowing", async (one) => {
    for (const [name, file] of hostileIdx()) await one.file(name, () => tryIdx(file));
  });
  return {
    failures,
    tables: [{ head: ["files", "tried", "refused by name", "read, and sound"], rows }],
    notes: [
      `Refused means an error of the library's own classes; what was read was used (a training step, a prediction, saved again; a table without NaN, of the right size). Cut, flipped and hostile models: all are refused, and the core's memory grew by ${grown} bytes. A random change of a model can leave it right, such as another learning rate.`,
    ],
  };
}

export { measure as run };

async function tryIdx(file) {
  try {
    const { shape, data } = parseIdx(file);
    if (shape.reduce((a, b) => a * b, 1) !== data.length) throw new Error("the shape does not fit");
  } catch (error) {
    if (error instanceof IdxError) return error;
    throw error;
  }
  return undefined;
}
