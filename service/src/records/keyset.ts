import type { Document } from 'mongodb';
import type { SortKey } from './sort.ts';
import { isOrdered, RANKS, type Rank, type SortValue } from './sort-value.ts';

/** Holds where the field, or an element of it, has this rank. */
function hasRank(path: string, rank: Rank): Document {
  switch (rank) {
    case 'emptyArray':
      return { [path]: { $size: 0 } };
    case 'null':
      return { $or: [{ [path]: { $eq: null } }, { [path]: { $exists: false } }] };
    case 'nan':
      return { [path]: { $eq: Number.NaN } };
    case 'number':
      return { [path]: { $gte: Number.NEGATIVE_INFINITY } };
    case 'string':
      return { [path]: { $gte: '' } };
    case 'array':
      // $type alone would see the field itself, not its elements.
      return { [path]: { $elemMatch: { $type: 'array' } } };
    default:
      return { [path]: { $type: rank } };
  }
}

type Side = 'below' | 'above';

/** The conditions, one of which holds where some value of the field lies on one side of `from`. */
function beyond(path: string, { rank, value }: SortValue, side: Side): Document[] {
  const index = RANKS.indexOf(rank);
  const ranks = side === 'above' ? RANKS.slice(index + 1) : RANKS.slice(0, index);
  const others = ranks.map((other) => hasRank(path, other));
  // Comparison operators see only values of the operand's own type.
  return isOrdered(rank) ? [{ [path]: { [side === 'above' ? '$gt' : '$lt']: value } }, ...others] : others;
}

const sameAs = (path: string, { rank, value }: SortValue): Document =>
  isOrdered(rank) ? { [path]: { $eq: value } } : hasRank(path, rank);

/**
 * MongoDB sorts an array by its least element (ascending) or its greatest (descending), but a condition holds when it
 * holds for any element. So each condition here has two halves: some value lies there, and none lies before it.
 * `_id` is never an array.
 */
function guard(path: string, some: Document, none: Document[]): Document {
  return path === '_id' || none.length === 0 ? some : { $and: [some, { $nor: none }] };
}

/**
 * Makes the condition for all records that come after a place in the order: exact with values of different types,
 * with missing fields and arrays, since it says itself what MongoDB's sort does and its operators do not.
 * @param keys the order; the last key is unique
 * @param values what the last record seen is sorted by, one for each key
 * @returns a filter: after at the first key, or the same there and after at the second, and so on
 */
export function afterKeyset(keys: SortKey[], values: SortValue[]): Document {
  const same: Document[] = [];
  const alternatives: Document[] = [];
  for (const [index, { path, direction }] of keys.entries()) {
    const value = values[index]!;
    const [ahead, behind]: [Side, Side] = direction === 1 ? ['above', 'below'] : ['below', 'above'];
    const next = beyond(path, value, ahead);
    const passed = beyond(path, value, behind);
    const equal = sameAs(path, value);
    if (next.length > 0) alternatives.push(allOf([...same, guard(path, anyOf(next), [equal, ...passed])]));
    same.push(guard(path, equal, passed));
  }
  return anyOf(alternatives);
}

const anyOf = (conditions: Document[]): Document =>
  conditions.length === 1 ? conditions[0]! : { $or: conditions };
const allOf = (conditions: Document[]): Document =>
  conditions.length === 1 ? conditions[0]! : { $and: conditions };
