import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../errors.ts';

/** Which bytes of a file: both ends are in it, counted from 0. */
export interface ByteRange {
  start: number;
  end: number;
}

/** What a cached copy is compared by. */
export interface Validators {
  etag: string;
  /** In HTTP's form, exact to the second. */
  lastModified: string;
}

/**
 * Tells whether the client's copy is fresh (RFC 9110, 13.1.2 and 13.1.3).
 * @param headers the request's
 * @param validators the file's
 */
export function isFresh(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    const candidates = ifNoneMatch.split(',').map((candidate) => candidate.trim().replace(/^W\//, ''));
    return candidates.includes('*') || candidates.includes(etag);
  }
  const since = headers['if-modified-since'];
  return since !== undefined && Date.parse(since) >= Date.parse(lastModified);
}

/** Whether the part that the client already has is of this very content (RFC 9110, 13.1.5); a weak tag never says so. */
function isSameContent(ifRange: string | string[] | undefined, { etag, lastModified }: Validators): boolean {
  return ifRange === undefined || ifRange === etag || ifRange === lastModified;
}

/**
 * Reads the range that a client asks for (RFC 9110, 14.2).
 * @param headers the request's
 * @param length the file's, bytes
 * @param validators the file's
 * @returns the range; undefined where the whole file is to be sent: without a Range, with several or a malformed one,
 *   in other units, and where If-Range names other content
 * @throws {Problem} RANGE_NOT_SATISFIABLE
 */
export function parseRange(
  { range, 'if-range': ifRange }: IncomingHttpHeaders,
  length: number,
  validators: Validators,
): ByteRange | undefined {
  const [, first, last] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(range ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (!isSameContent(ifRange, validators)) return undefined;

  const start = first === '' ? Math.max(0, length - Number(last)) : Number(first);
  if (start >= length) {
    const detail = `The file has ${length} bytes, counted from 0`;
    throw new Problem('RANGE_NOT_SATISFIABLE', detail, { headers: { 'content-range': `bytes */${length}` } });
  }
  return { start, end: first === '' || last === '' ? length - 1 : Math.min(Number(last), length - 1) };
}
