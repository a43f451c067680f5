/**
 * A strict parser of RFC 4180: from text or a stream to records of fields. Line ends are LF or CRLF, a byte order mark is
 * skipped, a quote may stand only at the start of a field. Places count from 1; a column counts UTF-16 units of its line.
 */

import { kindOf, show } from "../check.js";
import { DataError, FormatError } from "../errors.js";

/** Where CSV comes from: text, or a stream of text or of UTF-8 bytes, such as `response.body` or a file of Node. */
export type CSVSource = string | ReadableStream<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** One field of a record, with the place of its first character. */
export interface Field {
  text: string;
  isQuoted: boolean;
  readonly line: number;
  readonly column: number;
}

/** Turns chunks of text into records, one call of `emit` each; a chunk may end anywhere, also between CR and LF. */
export class RecordParser {
  #line = 1;
  #column = 1;
  #state: "start" | "plain" | "quoted" | "closed" = "start";
  #sawReturn = false;
  #isFirst = true;
  #fields: Field[] = [];
  #field: Field = { text: "", isQuoted: false, line: 1, column: 1 };
  readonly #delimiter: string;
  readonly #emit: (record: readonly Field[]) => void;

  constructor(delimiter: string, emit: (record: readonly Field[]) => void) {
    this.#delimiter = delimiter;
    this.#emit = emit;
  }

  /**
   * Reads a whole source.
   *
   * @throws FormatError `FORMAT` for broken CSV or bytes that are not UTF-8
   * @throws DataError `DATA` for a source, or chunks, that are neither text nor bytes
   */
  async readAll(source: CSVSource): Promise<void> {
    if (typeof source === "string") {
      this.#push(source);
      this.#end();
      return;
    }
    const decoder = new TextDecoder("utf-8", { fatal: true });
    for await (const chunk of chunksOf(source)) {
      if (typeof chunk === "string") this.#push(chunk);
      else if (isBytes(chunk)) this.#push(this.#decode(() => decoder.decode(chunk, { stream: true })));
      else throw new DataError("source", `expected chunks of text or bytes (Uint8Array), got ${show(chunk)}`);
    }
    this.#push(this.#decode(() => decoder.decode()));
    this.#end();
  }

  #decode(decode: () => string): string {
    try {
      return decode();
    } catch (cause) {
      const position = { line: this.#line, column: this.#column };
      throw new FormatError("CSV", "the bytes after this place are not valid UTF-8", position, { cause });
    }
  }

  #push(chunk: string): void {
    let at = this.#isFirst && chunk.startsWith("\uFEFF") ? 1 : 0;
    while (at < chunk.length) {
      // Characters that mean nothing come in one piece: one by one, each would cost the memory of thirty.
      const end = this.#endOfText(chunk, at);
      if (end === at) {
        this.#read(chunk[at] as string);
        at += 1;
      } else {
        this.#readText(chunk.slice(at, end));
        at = end;
      }
    }
    if (chunk !== "") this.#isFirst = false;
  }

  /** Where the first character from `from` on stands that means something where the parser is now. */
  #endOfText(chunk: string, from: number): number {
    const isQuoted = this.#state === "quoted";
    for (let i = from; i < chunk.length; i++) {
      const character = chunk[i];
      if (character === '"' || character === "\n") return i;
      if (!isQuoted && (character === "\r" || character === this.#delimiter)) return i;
    }
    return chunk.length;
  }

  #readText(text: string): void {
    if (this.#state !== "quoted") {
      if (this.#sawReturn) throw this.#wrong("a carriage return without a line feed");
      if (this.#state === "closed")
        throw this.#wrong(`expected ${show(this.#delimiter)} or the end of the line after a closing quote`);
      this.#state = "plain";
    }
    this.#field.text += text;
    this.#column += text.length;
  }

  #end(): void {
    if (this.#sawReturn) throw this.#wrong("a carriage return without a line feed");
    if (this.#state === "quoted") {
      const { line, column } = this.#field;
      throw new FormatError("CSV", "the quote that opens here is never closed", { line, column });
    }
    if (this.#fields.length > 0 || this.#state !== "start") this.#endRecord();
  }

  /** Takes a character that means something. */
  #read(character: string): void {
    if (this.#state === "quoted") {
      if (character === '"') this.#state = "closed";
      else this.#field.text += character; // a line feed
    } else if (this.#sawReturn && character !== "\n") {
      throw this.#wrong("a carriage return without a line feed");
    } else if (character === "\r") {
      this.#sawReturn = true;
    } else if (character === "\n") {
      this.#sawReturn = false;
      this.#endRecord();
    } else if (character === this.#delimiter) {
      this.#endField(this.#column + 1);
    } else {
      this.#readQuote();
    }
    this.#advance(character);
  }

  #readQuote(): void {
    if (this.#state === "plain") throw this.#wrong("a quote inside a field that does not start with one");
    if (this.#state === "closed") this.#field.text += '"';
    this.#state = "quoted";
    this.#field.isQuoted = true;
  }

  #advance(character: string): void {
    if (character === "\n") {
      this.#line += 1;
      this.#column = 1;
      if (this.#state === "start") this.#field = { text: "", isQuoted: false, line: this.#line, column: 1 };
    } else {
      this.#column += 1;
    }
  }

  #endField(nextColumn: number): void {
    this.#fields.push(this.#field);
    this.#field = { text: "", isQuoted: false, line: this.#line, column: nextColumn };
    this.#state = "start";
  }

  #endRecord(): void {
    this.#endField(1);
    const record = this.#fields;
    this.#fields = [];
    this.#emit(record);
  }

  #wrong(message: string): FormatError {
    return new FormatError("CSV", message, { line: this.#line, column: this.#column });
  }
}

function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && kindOf(value) === "Uint8Array";
}

async function* chunksOf(source: unknown): AsyncGenerator<unknown> {
  if (typeof source === "object" && source !== null && "getReader" in source) {
    // Not every browser can iterate over a ReadableStream.
    const reader = (source as ReadableStream<unknown>).getReader();
    let isDone = false;
    try {
      while (!isDone) {
        const result = await reader.read();
        isDone = result.done;
        if (!result.done) yield result.value;
      }
    } finally {
      if (!isDone) await reader.cancel();
      reader.releaseLock();
    }
  } else if (typeof source === "object" && source !== null && Symbol.asyncIterator in source) {
    yield* source as AsyncIterable<unknown>;
  } else {
    throw new DataError("source", `expected text, a ReadableStream or an async iterable, got ${show(source)}`);
  }
}
