// Reads the idx files in which MNIST comes (http://yann.lecun.com/exdb/mnist/): two zero bytes, one byte for the type of
// the numbers, one for how many dimensions, each dimension as a big-endian 32-bit number, then the numbers themselves.
import { readFile } from "node:fs/promises";

const headerBytes = 4;
const unsignedBytes = 0x08;

/** A file that is not what it should be; the message names the file and what is wrong. */
export class IdxError extends Error {
  name = "IdxError";
}

/**
 * @param {Uint8Array} bytes a whole idx file of unsigned bytes
 * @param {{ name?: string, dimensions?: number }} [expected] a name for messages; how many dimensions there must be
 * @returns {{ shape: number[], data: Uint8Array }} `data` is a view of `bytes`
 */
export function parseIdx(bytes, { name = "idx", dimensions } = {}) {
  const wrong = (what) => new IdxError(`${name}: ${what}`);
  if (bytes.length < headerBytes)
    throw wrong(`expected a header of ${headerBytes} bytes, the file has ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== 0) {
    const packed = view.getUint16(0) === 0x1f8b ? "; it is compressed, run gunzip on it first" : "";
    throw wrong(`not an idx file, which starts with two zero bytes${packed}`);
  }
  const type = view.getUint8(2);
  if (type !== unsignedBytes) throw wrong(`expected unsigned bytes (type 0x08), got type 0x${hex(type)}`);
  const rank = view.getUint8(3);
  if (rank === 0 || rank !== (dimensions ?? rank)) {
    throw wrong(`expected ${dimensions ?? "at least 1"} dimension${dimensions > 1 ? "s" : ""}, got ${rank}`);
  }
  const start = headerBytes + 4 * rank;
  if (bytes.length < start)
    throw wrong(`expected ${rank} dimensions in a header of ${start} bytes, got ${bytes.length}`);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(headerBytes + 4 * i));
  const size = shape.reduce((product, length) => product * length, 1);
  if (shape.includes(0)) throw wrong(`a dimension is 0: [${shape.join(", ")}]`);
  if (bytes.length - start !== size) {
    throw wrong(`shape [${shape.join(", ")}] needs ${size} bytes after the header, got ${bytes.length - start}`);
  }
  return { shape, data: bytes.subarray(start) };
}

const hex = (byte) => byte.toString(16).padStart(2, "0");

/**
 * Images and their labels from two idx files.
 *
 * @param {string} images path of `[n, rows, columns]` grey values 0 … 255
 * @param {string} labels path of `[n]` classes
 * @returns {Promise<{ count: number, pixels: number, x: Float32Array, labels: Uint8Array }>} x `[count, pixels]`, 0 … 1
 */
export async function readImages(images, labels) {
  const imageFile = await read(images);
  const labelFile = await read(labels);
  const picture = parseIdx(imageFile, { name: images, dimensions: 3 });
  const label = parseIdx(labelFile, { name: labels, dimensions: 1 });
  const [count, rows, columns] = picture.shape;
  if (count !== label.shape[0])
    throw new IdxError(`${labels}: expected ${count} labels, as many as images, got ${label.shape[0]}`);
  // A loop: Float32Array.from with a function takes seconds for 47 million pixels.
  const x = new Float32Array(picture.data.length);
  for (let i = 0; i < x.length; i++) x[i] = picture.data[i] / 255;
  return {
    count,
    pixels: rows * columns,
    x,
    labels: label.data,
  };
}

async function read(path) {
  try {
    return await readFile(path);
  } catch (error) {
    throw new IdxError(`${path}: cannot be read (${error.code ?? error.message})`, { cause: error });
  }
}
