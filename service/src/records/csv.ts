import { toJson } from '../bson/index.ts';
import { Problem } from '../errors.ts';
import type { RecordQuery, RecordRepository } from './repository.ts';

const MAX_COLUMNS = 1000;

type Json = Record<string, unknown>;

const parse = (record: Buffer): Json => JSON.parse(toJson(record).toString());

/** One cell: text as it is, everything else as JSON; quoted where RFC 4180 asks for it. */
function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const line = (cells: unknown[]) => `${cells.map(cell).join(',')}\r\n`;

/** All field names of the result, in the order in which they are met: this reads the result once more. */
async function columnsOf(records: RecordRepository, query: RecordQuery): Promise<string[]> {
  const columns = new Set<string>();
  for await (const batch of records.batches({ ...query, sort: [] })) {
    for (const record of batch) for (const name of Object.keys(parse(record))) columns.add(name);
    if (columns.size > MAX_COLUMNS) throw new Problem('COLUMNS_TOO_MANY', `more than ${MAX_COLUMNS} columns`);
  }
  return [...columns];
}

/** What a path leads to; of an array of documents, an array of what it leads to in each. */
function valueAt(value: unknown, [part, ...rest]: string[]): unknown {
  if (part === undefined) return value;
  if (Array.isArray(value)) return value.map((element) => valueAt(element, [part, ...rest]));
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
  return valueAt((value as Json)[part], rest);
}

/**
 * Writes a result as CSV (RFC 4180).
 * @param records where it is read
 * @param query what to read
 * @param paths the columns; without them every field name that occurs is one
 * @returns lines with CRLF, a batch at a time, the header first
 * @throws {Problem} COLUMNS_TOO_MANY
 */
export async function* csvLines(
  records: RecordRepository,
  query: RecordQuery,
  paths?: string[],
): AsyncGenerator<string> {
  const columns = paths ?? (await columnsOf(records, query));
  // A field name may have a dot in it; a path that the caller named leads through levels.
  const splitColumns = columns.map((column) => (paths ? column.split('.') : [column]));
  // The header goes out with the first batch: until then a failure can still become an answer of its own.
  let lines = line(columns);
  for await (const batch of records.batches(query)) {
    for (const record of batch.map(parse))
      lines += line(splitColumns.map((column) => valueAt(record, column)));
    yield lines;
    lines = '';
  }
  if (lines !== '') yield lines;
}
