// Hostile idx files, for the reader of the MNIST examples.

/** An idx file of unsigned bytes. */
export function idx(shape, data, type = 8) {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  bytes.set([0, 0, type, shape.length]);
  const view = new DataView(bytes.buffer);
  for (const [i, length] of shape.entries()) view.setUint32(4 + 4 * i, length);
  bytes.set(data, 4 + 4 * shape.length);
  return bytes;
}

const good = idx([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);

/** Every truncation and every flipped bit of a file, then files whose dimensions overflow: `[name, bytes]`. */
export function* hostileIdx() {
  for (let length = 0; length < good.length; length++) yield [`cut after ${length} bytes`, good.slice(0, length)];
  for (let bit = 0; bit < 8 * 16; bit++) {
    const damaged = good.slice();
    damaged[bit >> 3] ^= 1 << (bit & 7);
    yield [`bit ${bit} flipped`, damaged];
  }
  const most = 2 ** 32 - 1;
  yield ["dimensions whose product is 0 modulo 2³²", idx([65536, 65536], [])];
  yield ["dimensions whose product is 12 modulo 2³²", idx([2 ** 31, 2, 12], Array(12).fill(0))];
  yield ["255 dimensions of 4·10⁹", idx(Array(255).fill(most), [])];
  yield ["255 dimensions, one of them 0", idx([...Array(254).fill(most), 0], [])];
}
