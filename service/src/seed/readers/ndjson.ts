import { isBlank, type RawRecord, RecordBuffer, TOO_LONG } from './raw-record.ts';

const NEWLINE = 0x0a;

/**
 * Reads one JSON text a line; blank lines are none.
 * @param chunks the file, UTF-8
 * @returns the lines, some at a time; a line that is too long comes as a reason
 */
export async function* readNdjson(chunks: AsyncIterable<Buffer>): AsyncGenerator<RawRecord[]> {
  const line = new RecordBuffer();
  let number = 0;

  function* endLine(): Generator<RawRecord> {
    number += 1;
    const json = line.take();
    if (json === undefined) yield { number, reason: TOO_LONG };
    else if (!isBlank(json)) yield { number, json };
  }

  for await (const chunk of chunks) {
    const records: RawRecord[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      line.append(chunk.subarray(start, end));
      records.push(...endLine());
      start = end + 1;
    }
    line.append(chunk.subarray(start));
    yield records;
  }
  yield [...endLine()];
}
