import type { RawRecord } from '../../../src/seed/readers/raw-record.ts';

type Reader = (chunks: AsyncIterable<Buffer>) => AsyncGenerator<RawRecord[]>;

async function* chunksOf(content: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < content.length; start += size) yield content.subarray(start, start + size);
}

/** What a reader finds in a text that comes in chunks of `size` bytes; texts of records as strings. */
export async function readAll(reader: Reader, content: string | Buffer, size = 65_536): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const records of reader(chunksOf(Buffer.from(content), size))) {
    for (const record of records) {
      if ('json' in record) found.push([record.number, record.json.toString()]);
      else found.push([record.number, 'fields' in record ? record.fields : record.reason]);
    }
  }
  return found;
}
