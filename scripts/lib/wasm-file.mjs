// The binary format of WebAssembly, as far as our scripts read it.

/** The numbers of sections. */
export const sectionKinds = { custom: 0, imports: 2, code: 10, data: 11 };

/** Reads a module from its beginning to its end. */
export class WasmReader {
  #bytes;
  /** the place of the next byte */
  at = 8;

  /** @param {Buffer} bytes a whole module */
  constructor(bytes) {
    this.#bytes = bytes;
  }

  /** Walks through the sections; while one is given, the place is where its contents begin. */
  *sections() {
    while (this.at < this.#bytes.length) {
      const kind = this.byte();
      const length = this.number();
      const end = this.at + length;
      yield { kind, length, end };
      this.at = end;
    }
  }

  byte() {
    return this.#bytes[this.at++];
  }

  /** An unsigned number (LEB128). */
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  bytes(length) {
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  string() {
    return this.bytes(this.number()).toString("utf8");
  }
}
