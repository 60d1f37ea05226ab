import { Problem } from '../errors.ts';

const MAX_PATH_LENGTH = 256;

/**
 * Checks a field path that a caller sent. Spaces, non-ASCII letters and dots between levels are fine; what MongoDB
 * would read as an operator, or refuse, is not.
 * @param path such as `name`, `address line 2` or `address.city`
 * @param parameter the query parameter that it came by, for the message
 * @returns the same path
 * @throws {Problem} PARAMETER_INVALID
 */
export function checkPath(path: string, parameter: string): string {
  const refuse = (reason: string) => new Problem('PARAMETER_INVALID', `${parameter}: ${reason}`);
  if (path === '') throw refuse('a field name is empty');
  if (path.length > MAX_PATH_LENGTH)
    throw refuse(`a field name is longer than ${MAX_PATH_LENGTH} characters`);
  for (const part of path.split('.')) {
    if (part === '') throw refuse('a field path has an empty part');
    if (part.startsWith('$')) throw refuse('a field name must not start with $');
    if (part.includes('\0')) throw refuse('a field name must not contain NUL');
  }
  return path;
}
