import { extname } from 'node:path/posix';

/** What most file systems allow. Bytes of UTF-8. */
const MAX_BYTES = 255;

/** Control characters, line separators, and those that make a name read backwards (`exe.gpj`: CVE-2021-42574). */
const DANGEROUS = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function shorten(stem: string, maxBytes: number): string {
  let result = '';
  let bytes = 0;
  for (const character of stem) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    result += character;
  }
  return result;
}

/**
 * Makes a name that can be stored, listed and saved under safely.
 * @param given what the uploader called the file, perhaps with a path
 * @returns its last segment in Unicode's form NFC, without dangerous characters, 255 bytes of UTF-8 at most with
 *   the extension kept; empty where nothing is left
 */
export function cleanFileName(given: string): string {
  const base = given.toWellFormed().split(/[/\\]/).at(-1)!;
  const name = base.normalize('NFC').replace(DANGEROUS, '').trim();
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const extension = shorten(extname(name), MAX_BYTES);
  return (
    shorten(name.slice(0, name.length - extname(name).length), MAX_BYTES - Buffer.byteLength(extension)) +
    extension
  );
}
