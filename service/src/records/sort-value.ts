import type { Document } from 'mongodb';

/**
 * The order in which MongoDB sorts values of different types, lowest first
 * (MongoDB manual, "Comparison/Sort Order"; NaN comes before the other numbers, an empty array before null;
 * JavaScript code and DBPointers, long deprecated, are not among them).
 */
export const RANKS = [
  'minKey',
  'emptyArray',
  'null',
  'nan',
  'number',
  'string',
  'object',
  'array',
  'binData',
  'objectId',
  'bool',
  'date',
  'timestamp',
  'regex',
  'maxKey',
] as const;
export type Rank = (typeof RANKS)[number];

/** The ranks within which comparison operators tell values apart: from numbers to timestamps. */
const ORDERED = new Set<Rank>(RANKS.slice(RANKS.indexOf('number'), RANKS.indexOf('regex')));

/** What a record is sorted by at one key. */
export interface SortValue {
  rank: Rank;
  value: unknown;
}

export const isOrdered = (rank: Rank) => ORDERED.has(rank);

const BSON_RANKS: Record<string, Rank> = {
  MinKey: 'minKey',
  MaxKey: 'maxKey',
  Int32: 'number',
  Double: 'number',
  Long: 'number',
  Decimal128: 'number',
  BSONSymbol: 'string',
  Binary: 'binData',
  ObjectId: 'objectId',
  Timestamp: 'timestamp',
  BSONRegExp: 'regex',
  DBRef: 'object',
};

/**
 * Says where a value stands among the types. An empty array that is the field itself is the caller's to tell.
 * @param value as the driver's BSON gives it
 * @returns its rank
 */
export function rankOf(value: unknown): Rank {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number') return Number.isNaN(value) ? 'nan' : 'number';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Date) return 'date';
  if (value instanceof RegExp) return 'regex';
  const rank = BSON_RANKS[(value as { _bsontype?: string })._bsontype ?? ''] ?? 'object';
  return rank === 'number' && String(value) === 'NaN' ? 'nan' : rank;
}

function compareWithin(rank: Rank, a: unknown, b: unknown): number {
  if (rank === 'number') return Math.sign(Number(String(a)) - Number(String(b))) || 0;
  if (rank === 'bool' || rank === 'date') return Number(a) - Number(b);
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}

function compare(a: SortValue, b: SortValue): number {
  return RANKS.indexOf(a.rank) - RANKS.indexOf(b.rank) || compareWithin(a.rank, a.value, b.value);
}

/** All values that a path leads to; every array on the way is entered, as MongoDB does. */
function* valuesAt(value: unknown, path: string[]): Generator<SortValue> {
  const [part, ...rest] = path;
  if (part === undefined) {
    if (!Array.isArray(value)) yield { rank: rankOf(value), value };
    else if (value.length === 0) yield { rank: 'emptyArray', value: null };
    else for (const element of value) yield { rank: rankOf(element), value: element };
  } else if (Array.isArray(value)) {
    if (/^\d+$/.test(part) && Number(part) < value.length) yield* valuesAt(value[Number(part)], rest);
    for (const element of value) if (rankOf(element) === 'object') yield* valuesAt(element, path);
  } else if (rankOf(value) === 'object') {
    yield* valuesAt(Object.hasOwn(value as object, part) ? (value as Document)[part] : null, rest);
  }
}

/**
 * Finds what MongoDB sorts a record by: of an array the least element when ascending, the greatest when descending.
 * @param record the record
 * @param path the field
 * @param direction 1 ascending, -1 descending
 * @returns the value and its rank; null where the field is missing
 */
export function sortValue(record: Document, path: string, direction: 1 | -1): SortValue {
  let best: SortValue | undefined;
  for (const value of valuesAt(record, path.split('.'))) {
    if (!best || compare(value, best) * direction < 0) best = value;
  }
  return best ?? { rank: 'null', value: null };
}
