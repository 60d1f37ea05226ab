import { BSON, type Document } from 'mongodb';
import { Problem } from '../errors.ts';
import type { SortKey } from './sort.ts';
import { RANKS, rankOf, type SortValue, sortValue } from './sort-value.ts';

// A request line with the cursor in it must stay below the 16 KiB that Node and proxies allow for headers.
const MAX_CURSOR_LENGTH = 6000;

const describe = (keys: SortKey[]) =>
  keys.map(({ path, direction }) => (direction === 1 ? path : `-${path}`)).join();

/**
 * Says where a page ended.
 * @param keys the order of the list
 * @param last the last record of the page, as stored (BSON)
 * @returns an opaque text for the `cursor` parameter
 * @throws {Problem} SORT_VALUE_TOO_LONG
 */
export function encodeCursor(keys: SortKey[], last: Buffer): string {
  const record = BSON.deserialize(last, { promoteLongs: false, bsonRegExp: true });
  const values = keys.map(({ path, direction }) => {
    const { rank, value } = sortValue(record, path, direction);
    return [rank, value ?? null];
  });
  const text = BSON.EJSON.stringify([describe(keys), ...values], { relaxed: false });
  const cursor = Buffer.from(text).toString('base64url');
  if (cursor.length > MAX_CURSOR_LENGTH) throw new Problem('SORT_VALUE_TOO_LONG');
  return cursor;
}

function decode(cursor: string): unknown {
  try {
    return BSON.EJSON.parse(Buffer.from(cursor, 'base64url').toString(), { relaxed: false });
  } catch {
    return undefined;
  }
}

function isSortValue(pair: unknown): pair is [SortValue['rank'], unknown] {
  if (!Array.isArray(pair) || pair.length !== 2 || !RANKS.includes(pair[0])) return false;
  return pair[0] === 'emptyArray' ? pair[1] === null : pair[0] === rankOf(pair[1]);
}

/**
 * Reads a cursor. A caller can write one, so nothing in it is trusted: its values are only ever compared with.
 * @param keys the order of the list
 * @param cursor from {@link encodeCursor}
 * @returns what the last record seen is sorted by, one value for each key
 * @throws {Problem} CURSOR_INVALID
 */
export function decodeCursor(keys: SortKey[], cursor: string): SortValue[] {
  const content = decode(cursor);
  if (!Array.isArray(content)) throw new Problem('CURSOR_INVALID', 'cursor: cannot be read');
  const [order, ...pairs] = content as Document[];
  if (String(order) !== describe(keys))
    throw new Problem('CURSOR_INVALID', 'cursor: belongs to another `sort`');
  if (pairs.length !== keys.length || !pairs.every(isSortValue)) {
    throw new Problem('CURSOR_INVALID', 'cursor: cannot be read');
  }
  return pairs.map(([rank, value]) => ({ rank: rank as SortValue['rank'], value }));
}
