import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Exit, SeedError } from './exit-status.ts';
import { parseIndex } from './indexes.ts';

/** What a dataset is, beside its file. */
export interface Manifest {
  name: string;
  version: string;
  /** The name of the dataset's file, which lies in the same folder. */
  file: string;
  /** Of the file as it lies, so of the compressed one where it is compressed. */
  sha256: string;
  /** Records in the file. */
  count: number;
  /** The sorts that need an index, such as `rating,-name`. */
  indexes: string[];
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 100 && /^[^\p{Cc}]+$/u.test(value);
const isTexts = (value: unknown) =>
  Array.isArray(value) &&
  value.every((item) => typeof item === 'string') &&
  new Set(value).size === value.length;

/** What each field must be. By hand, since a schema compiler costs more memory than a whole batch of records. */
const rules: Record<keyof Manifest, [rule: string, isMet: (value: unknown) => boolean]> = {
  name: ['a text of 1 to 100 characters', isText],
  version: ['a text of 1 to 100 characters', isText],
  file: ['the name of a file, without a folder', (value) => isText(value) && !/[/\\]/.test(value)],
  sha256: ['64 hexadecimal digits, in lower case', (value) => isText(value) && /^[0-9a-f]{64}$/.test(value)],
  count: ['a whole number', (value) => Number.isSafeInteger(value) && Number(value) >= 0],
  indexes: ['a list of different texts', isTexts],
};

/** A manifest is small; a .json file beside the dataset may be anything. Bytes. */
const MAX_MANIFEST_BYTES = 65_536;

/**
 * Takes the suffixes off a dataset's name.
 * @param file a path such as `data/restaurants.ndjson.gz`
 * @returns its stem, such as `restaurants`
 */
export function stem(file: string): string {
  const name = basename(file);
  return name.replace(/\.gz$/i, '').replace(/\.(ndjson|jsonl|json|csv)$/i, '') || name;
}

async function readJson(path: string): Promise<unknown> {
  if ((await stat(path)).size > MAX_MANIFEST_BYTES)
    throw new Error(`larger than ${MAX_MANIFEST_BYTES} bytes`);
  return JSON.parse(await readFile(path, 'utf8'));
}

/**
 * Checks a manifest.
 * @param value what its file says
 * @param path where that is, for the message
 * @returns the manifest
 * @throws {SeedError} with {@link Exit.data} and what is wrong
 */
export function checkManifest(value: unknown, path: string): Manifest {
  const refuse = (reason: string) => new SeedError(Exit.data, `the manifest ${path}: ${reason}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('not a JSON object');
  for (const [field, [rule, isMet]] of Object.entries(rules)) {
    if (!isMet((value as Record<string, unknown>)[field])) throw refuse(`${field} must be ${rule}`);
  }
  const unknown = Object.keys(value).find((field) => !(field in rules));
  if (unknown !== undefined) throw refuse(`${unknown} is not a field of it`);
  const manifest = value as Manifest;
  for (const specification of manifest.indexes) {
    try {
      parseIndex(specification);
    } catch (error) {
      throw refuse(`indexes: ${(error as Error).message}`);
    }
  }
  return manifest;
}

/**
 * Reads the manifest that was named.
 * @param path the manifest's file
 * @returns the manifest
 * @throws {SeedError} with {@link Exit.input} where it cannot be read, {@link Exit.data} where it is wrong
 */
export async function readManifest(path: string): Promise<Manifest> {
  let value: unknown;
  try {
    value = await readJson(path);
  } catch (error) {
    throw new SeedError(Exit.input, `the manifest ${path} cannot be read: ${(error as Error).message}`);
  }
  return checkManifest(value, path);
}

/**
 * Looks for the manifest beside a dataset: `restaurants.json` for `restaurants.ndjson.gz`.
 * @param file the dataset's path
 * @returns the manifest, or undefined where there is none that is about this file
 * @throws {SeedError} with {@link Exit.data} where it is wrong
 */
export async function findManifest(file: string): Promise<Manifest | undefined> {
  if (/\.json(\.gz)?$/i.test(file)) return undefined;
  const path = join(dirname(file), `${stem(file)}.json`);
  // Any other JSON file may have this name.
  const value = await readJson(path).catch(() => undefined);
  if (typeof value !== 'object' || value === null || !('sha256' in value)) return undefined;
  const manifest = checkManifest(value, path);
  return manifest.file === basename(file) ? manifest : undefined;
}
