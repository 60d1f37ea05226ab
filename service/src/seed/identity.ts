import { createHash } from 'node:crypto';
import { BSON, ObjectId } from 'mongodb';
import { RejectedRecord } from './rejected-record.ts';
import { type Fields, isBsonValue } from './values.ts';

/** Bytes of an ObjectId. */
const OBJECT_ID_BYTES = 12;

/**
 * Writes a value so that equal content gives equal text: fields sorted by name, numbers by their BSON type.
 * @param value a value of a record
 * @returns text that is only good for comparing
 */
export function canonical(value: unknown): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (isBsonValue(value)) return BSON.EJSON.stringify(value, { relaxed: false });
  const fields = value as Fields;
  const names = Object.keys(fields).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(fields[name])}`).join(',')}}`;
}

/** The first bytes of the SHA-256: two of a million different records meet once in 10^17 datasets. */
function hashId(value: unknown): ObjectId {
  const digest = createHash('sha256').update(canonical(value)).digest();
  return new ObjectId(digest.subarray(0, OBJECT_ID_BYTES));
}

function lookUp(fields: Fields, path: string): unknown {
  if (Object.hasOwn(fields, path)) return fields[path];
  let value: unknown = fields;
  for (const name of path.split('.')) {
    const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    if (!isObject) return undefined;
    value = (value as Fields)[name];
  }
  return value;
}

function checkId(id: unknown): unknown {
  const isWrong =
    Array.isArray(id) || id === undefined || id instanceof RegExp || id instanceof BSON.BSONRegExp;
  if (isWrong) throw new RejectedRecord('_id must not be an array or a regular expression');
  return id;
}

/**
 * Finds the `_id` of a record, or derives one, so that seeding twice adds nothing.
 * @param fields the record
 * @param key the fields to derive it from; none for the whole record
 * @returns the record's own `_id`, or an ObjectId out of a hash
 * @throws {RejectedRecord} where the `_id` cannot be one, or a field of the key is not there
 */
export function identify(fields: Fields, key: string[]): unknown {
  if (Object.hasOwn(fields, '_id')) return checkId(fields._id);
  if (key.length === 0) return hashId(fields);
  const values: Fields = {};
  for (const path of key) {
    const value = lookUp(fields, path);
    if (value === undefined || value === null) throw new RejectedRecord(`the key field ${path} is missing`);
    values[path] = value;
  }
  return hashId(values);
}
