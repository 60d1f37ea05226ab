import { Problem } from '../errors.ts';
import { checkPath } from './path.ts';

export interface SortKey {
  path: string;
  direction: 1 | -1;
}

const MAX_SORT_KEYS = 8;

/**
 * Reads a sort specification.
 * @param specification field paths, most significant first, comma-separated; `-` before one sorts it descending
 * @returns the keys; `_id` ends them, since only a unique last key makes an order total
 * @throws {Problem} PARAMETER_INVALID
 */
export function parseSort(specification = ''): SortKey[] {
  const keys: SortKey[] = [];
  for (const part of specification === '' ? [] : specification.split(',')) {
    const descending = part.startsWith('-');
    const path = checkPath(descending ? part.slice(1) : part, 'sort');
    if (keys.some((key) => key.path === path))
      throw new Problem('PARAMETER_INVALID', `sort: ${path} is named twice`);
    keys.push({ path, direction: descending ? -1 : 1 });
    // Nothing after a unique key can change the order.
    if (path === '_id') return keys;
  }
  if (keys.length > MAX_SORT_KEYS) {
    throw new Problem('PARAMETER_INVALID', `sort: at most ${MAX_SORT_KEYS} fields`);
  }
  return [...keys, { path: '_id', direction: 1 }];
}

/**
 * Writes sort keys in the form that MongoDB takes.
 * @param keys the sort keys
 * @returns path -> direction, in order; a Map, since an object would move integer-like names to the front
 */
export function toMongoSort(keys: SortKey[]): Map<string, 1 | -1> {
  return new Map(keys.map(({ path, direction }) => [path, direction]));
}
