import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Format } from '../arguments.ts';
import { Exit, SeedError } from '../exit-status.ts';
import { readCsv } from './csv.ts';
import { readJsonArray } from './json-array.ts';
import { readNdjson } from './ndjson.ts';
import { isBlank, type RawRecord } from './raw-record.ts';

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** How far to look for the first character that is not white space, bytes. */
const PEEK_BYTES = 65_536;
const readers = { ndjson: readNdjson, json: readJsonArray, csv: readCsv };
const suffixes: Record<string, Format> = { '.ndjson': 'ndjson', '.jsonl': 'ndjson', '.csv': 'csv' };

/** A dataset that is being read. */
export interface Input {
  format: Format;
  records: AsyncGenerator<RawRecord[]>;
  /** How much of the file was read, as it lies, bytes. */
  bytesRead(): number;
  /** The checksum of the file as it lies, once all of it was read: hexadecimal SHA-256. */
  sha256(): string;
}

/** The chunks of a stream again, the first at least as long as asked for where the stream is. */
async function peek(chunks: AsyncIterable<Buffer>, isEnough: (start: Buffer) => boolean) {
  const iterator = chunks[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (!isEnough(start)) {
    const { done, value } = await iterator.next();
    if (done) break;
    start = Buffer.concat([start, value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (start.length > 0) yield start;
      for (;;) {
        const { done, value } = await iterator.next();
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { start, all };
}

function detectFormat(name: string, start: Buffer): Format {
  const byName = suffixes[extname(name.toLowerCase().replace(/\.gz$/, ''))];
  if (byName) return byName;
  const first = start.toString('latin1').trimStart()[0];
  // Not by the name .json, since mongoexport and others give it to NDJSON as well.
  return first === '[' ? 'json' : first === '{' || extname(name) === '.json' ? 'ndjson' : 'csv';
}

/**
 * Opens a dataset: unpacks it, drops a byte order mark, finds the format.
 * @param source the file as it lies
 * @param name its name, which may tell the format
 * @param format the format where it is known
 * @returns the records to read once
 * @throws {SeedError} with {@link Exit.input} where it cannot be read, also later by `records`
 */
export async function openInput(source: Readable, name: string, format?: Format): Promise<Input> {
  const hash = createHash('sha256');
  let bytes = 0;
  let digest: string | undefined;

  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      bytes += chunk.length;
      hash.update(chunk);
      yield chunk;
    }
  }

  const packed = await guard(() => peek(counted(), (start) => start.length >= 2));
  const isGzip = packed.start.subarray(0, 2).equals(GZIP_MAGIC);
  // An error of either stream destroys the other and comes out of the iteration.
  const plain = isGzip ? pipeline(packed.all(), createGunzip(), () => {}) : packed.all();
  const text = await guard(() =>
    peek(plain, (start) => start.length > 3 && (start.length > PEEK_BYTES || !isBlank(start))),
  );
  const hasMark = text.start.subarray(0, 3).equals(BYTE_ORDER_MARK);
  const found = format ?? detectFormat(name, hasMark ? text.start.subarray(3) : text.start);

  async function* withoutMark(): AsyncGenerator<Buffer> {
    let isFirst = hasMark;
    for await (const chunk of text.all()) {
      yield isFirst ? chunk.subarray(3) : chunk;
      isFirst = false;
    }
  }
  async function* guarded(records: AsyncGenerator<RawRecord[]>): AsyncGenerator<RawRecord[]> {
    try {
      for (;;) {
        const { done, value } = await guard(() => records.next());
        if (done) return;
        yield value;
      }
    } finally {
      await records.return(undefined);
      source.destroy();
    }
  }

  return {
    format: found,
    records: guarded(readers[found](withoutMark())),
    bytesRead: () => bytes,
    sha256: () => (digest ??= hash.digest('hex')),
  };
}

/** Turns what the system or zlib says into a line for a person. */
async function guard<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SeedError) throw error;
    throw new SeedError(Exit.input, `the input cannot be read: ${(error as Error).message}`);
  }
}
