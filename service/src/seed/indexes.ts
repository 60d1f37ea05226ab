import type { Collection } from 'mongodb';
import { parseSort, type SortKey, toMongoSort } from '../records/sort.ts';

/**
 * The indexes that the service itself needs, as sort specifications. None yet: it pages by `_id` unless asked
 * otherwise, and that index is always there. What callers sort by depends on the dataset: its manifest says so.
 */
export const serviceIndexes: readonly string[] = [];

/**
 * Reads the specification of an index: that of the sort it serves, such as `rating,-name`.
 * @param specification field paths, comma-separated; `-` before one is descending
 * @returns the key, ended by `_id` as the API's sorts are
 * @throws {Problem} where no sort could be asked for so
 */
export function parseIndex(specification: string): SortKey[] {
  return parseSort(specification);
}

/**
 * Ensures the indexes; those that are there already stay as they are.
 * @param collection where the records are
 * @param specifications as {@link parseIndex} reads them
 * @returns their names
 */
export async function ensureIndexes(
  collection: Collection,
  specifications: readonly string[],
): Promise<string[]> {
  const names: string[] = [];
  for (const specification of new Set([...serviceIndexes, ...specifications])) {
    const keys = toMongoSort(parseIndex(specification));
    // MongoDB has the index on _id anyway.
    if (keys.size > 1) names.push(await collection.createIndex(keys));
  }
  return names;
}
