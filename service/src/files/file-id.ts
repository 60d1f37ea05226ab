import { ObjectId } from 'mongodb';
import { Problem } from '../errors.ts';

/**
 * Makes the refusal of an id that no file has.
 * @param id as it stood in the URL
 */
export const fileNotFound = (id: string) => new Problem('FILE_NOT_FOUND', `No file has the id ${id}`);

/**
 * Reads the id of a file.
 * @param id as it stands in the URL
 * @throws {Problem} FILE_NOT_FOUND for what no file can have
 */
export function parseFileId(id: string): ObjectId {
  if (!/^[\da-f]{24}$/i.test(id)) throw fileNotFound(id);
  return ObjectId.createFromHexString(id);
}
