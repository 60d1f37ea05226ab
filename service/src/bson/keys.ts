/** A field name, decoded once. */
export interface Key {
  bytes: Uint8Array;
  name: string;
  /** `"name":` as UTF-8. */
  json: Uint8Array;
}

const CACHE_SIZE = 1024;
/** Records of a collection share their field names. Direct-mapped, so that its size is bounded. */
const cache: (Key | undefined)[] = new Array(CACHE_SIZE);

function sameBytes(expected: Uint8Array, bytes: Buffer, offset: number): boolean {
  for (let i = 0; i < expected.length; i++) if (expected[i] !== bytes[offset + i]) return false;
  return true;
}

/**
 * Reads a field name.
 * @param bytes BSON
 * @param start where the name, ended by NUL, begins
 */
export function readKey(bytes: Buffer, start: number): Key {
  let end = start;
  let hash = 0;
  for (let byte = bytes[end]!; byte !== 0; byte = bytes[++end]!) hash = (Math.imul(hash, 31) + byte) | 0;
  const slot = hash & (CACHE_SIZE - 1);
  const cached = cache[slot];
  if (cached && cached.bytes.length === end - start && sameBytes(cached.bytes, bytes, start)) return cached;
  const name = bytes.toString('utf8', start, end);
  const key = {
    bytes: new Uint8Array(bytes.subarray(start, end)),
    name,
    json: new Uint8Array(Buffer.from(`${JSON.stringify(name)}:`)),
  };
  cache[slot] = key;
  return key;
}
