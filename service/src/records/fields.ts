import type { OmitTree } from '../bson/index.ts';
import { Problem } from '../errors.ts';
import { checkPath } from './path.ts';
import type { SortKey } from './sort.ts';

export interface Fields {
  /** What the database is asked for; undefined asks for whole records. */
  projection: Record<string, 1> | undefined;
  /** What it gives beyond that, because the cursor needs it, and the answer must not show. */
  omit: OmitTree | undefined;
}

const MAX_FIELDS = 100;

const covers = (path: string, other: string) => path === other || other.startsWith(`${path}.`);

/**
 * Reads a projection. `_id` is always part of it.
 * @param specification field paths, comma-separated; empty means all
 * @returns the paths, those covered by another one left out, or undefined for all
 * @throws {Problem} PARAMETER_INVALID
 */
export function parseFields(specification = ''): string[] | undefined {
  if (specification === '') return undefined;
  const paths = specification.split(',').map((path) => checkPath(path, 'fields'));
  if (paths.length > MAX_FIELDS)
    throw new Problem('PARAMETER_INVALID', `fields: at most ${MAX_FIELDS} fields`);
  const unique = [...new Set(['_id', ...paths])];
  // MongoDB refuses a path together with one below it.
  return unique.filter((path) => !unique.some((other) => other !== path && covers(other, path)));
}

/**
 * Adds to a projection what the cursor needs, and says what of it to leave out of the answer.
 * @param paths from {@link parseFields}
 * @param sort the order of the list
 * @throws {Problem} PARAMETER_INVALID where the order is by a field of which only a part is asked for
 */
export function projectFields(paths: string[] | undefined, sort: SortKey[]): Fields {
  if (!paths) return { projection: undefined, omit: undefined };
  const hidden = sort.map((key) => key.path).filter((path) => !paths.some((wanted) => covers(wanted, path)));
  const whole = hidden.find((path) => paths.some((wanted) => covers(path, wanted)));
  if (whole)
    throw new Problem('PARAMETER_INVALID', `fields: name ${whole} itself, since the result is sorted by it`);
  const projection = Object.fromEntries([...paths, ...hidden].map((path) => [path, 1 as const]));
  return { projection, omit: hidden.length === 0 ? undefined : omitTree(paths, hidden) };
}

function omitTree(paths: string[], hidden: string[]): OmitTree {
  const root: OmitTree = new Map();
  for (const path of hidden) {
    let node = root;
    let prefix = '';
    for (const part of path.split('.')) {
      prefix += part;
      // Here the hidden path leaves every wanted one.
      if (!paths.some((wanted) => covers(prefix, wanted))) {
        node.set(part, true);
        break;
      }
      const below: OmitTree = (node.get(part) as OmitTree | undefined) ?? new Map();
      node.set(part, below);
      node = below;
      prefix += '.';
    }
  }
  return root;
}
