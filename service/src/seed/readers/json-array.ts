import { Exit, SeedError } from '../exit-status.ts';
import { isBlank, type RawRecord, RecordBuffer, TOO_LONG } from './raw-record.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Cuts the text of an array at the commas of its first level. It knows brackets and strings, not the rest of JSON. */
class ArraySplitter {
  readonly #element = new RecordBuffer();
  #number = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Whether the array was closed. */
  closed = false;

  /**
   * @param chunk the next bytes after the opening bracket
   * @returns the elements that end in them
   */
  *split(chunk: Buffer): Generator<RawRecord> {
    let start = 0;
    for (let index = 0; index < chunk.length && !this.closed; index += 1) {
      if (!this.#endsElement(chunk[index]!)) continue;
      this.#element.append(chunk.subarray(start, index));
      start = index + 1;
      const isLast = chunk[index] === CLOSE_BRACKET;
      if (isLast) this.closed = true;
      yield* this.#take(isLast);
    }
    this.#element.append(chunk.subarray(start));
  }

  /** @returns what is left where the file ends */
  *end(): Generator<RawRecord> {
    const rest = this.#element.take();
    const number = this.#number + 1;
    if (!this.closed) yield { number, reason: 'the file ends before the array does' };
    else if (!rest || !isBlank(rest)) yield { number, reason: 'something follows after the array' };
  }

  #endsElement(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
    } else if (byte === QUOTE) this.#inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth += 1;
    else if (this.#depth === 0) return byte === COMMA || byte === CLOSE_BRACKET;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#depth -= 1;
    return false;
  }

  *#take(isLast: boolean): Generator<RawRecord> {
    const json = this.#element.take();
    const isEmptyArray = isLast && this.#number === 0 && json !== undefined && isBlank(json);
    if (isEmptyArray) return;
    this.#number += 1;
    yield json === undefined ? { number: this.#number, reason: TOO_LONG } : { number: this.#number, json };
  }
}

/**
 * Reads the elements of one JSON array, each as its text.
 * @param chunks the file, UTF-8
 * @returns the elements, some at a time, numbered from 1
 * @throws {SeedError} with {@link Exit.data} where the file does not start as an array
 */
export async function* readJsonArray(chunks: AsyncIterable<Buffer>): AsyncGenerator<RawRecord[]> {
  const splitter = new ArraySplitter();
  let opened = false;
  for await (const chunk of chunks) {
    let rest = chunk;
    if (!opened) {
      if (isBlank(chunk)) continue;
      const first = chunk.findIndex((byte) => byte > 0x20);
      if (chunk[first] !== OPEN_BRACKET) break;
      opened = true;
      rest = chunk.subarray(first + 1);
    }
    yield [...splitter.split(rest)];
  }
  if (!opened) throw new SeedError(Exit.data, 'the file is not a JSON array: it does not start with [');
  yield [...splitter.end()];
}
