import { type BSON, Long } from 'mongodb';
import { readBigInteger, readExtendedJson } from './extended-json.ts';
import { RejectedRecord } from './rejected-record.ts';

export type Fields = Record<string, unknown>;

/** Levels of nesting that MongoDB promises to store. */
const MAX_DEPTH = 100;
const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);
/** Only a text with so many digits in a row can have an integer that a double rounds. */
const MANY_DIGITS = /\d{16}/;

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

const keepBigIntegers: Reviver = (_key, value, { source }) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && source && /^-?\d+$/.test(source)
    ? readBigInteger(source)
    : value;

/**
 * Says whether a value is one of the driver's BSON types, a Date or a regular expression.
 * @param value an object that is no array
 */
export const isBsonValue = (value: object): value is BSON.BSONValue | Date | RegExp =>
  value instanceof Date || value instanceof RegExp || '_bsontype' in value;

/**
 * Parses a JSON text without losing digits.
 * @param text JSON
 * @returns what it says; integers beyond 2^53 are a Long or a Decimal128
 * @throws {RejectedRecord}
 */
export function parseJson(text: string): unknown {
  try {
    // TypeScript's library does not know the third argument of a reviver yet.
    return MANY_DIGITS.test(text)
      ? JSON.parse(text, keepBigIntegers as (k: string, v: unknown) => unknown)
      : JSON.parse(text);
  } catch (error) {
    if (error instanceof RejectedRecord) throw error;
    // Its message quotes the text.
    throw new RejectedRecord('not valid JSON');
  }
}

/**
 * Makes a value of JSON one that MongoDB stores as it is: extended JSON becomes its type, large integers a Long.
 * @param value what JSON.parse gave; changed in place
 * @param depth how deep it is nested
 * @returns the value, or the one to put in its place
 * @throws {RejectedRecord} where it could not be stored, or not unchanged
 */
export function toBson(value: unknown, depth = 1): unknown {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw new RejectedRecord('a text has half of a surrogate pair');
      return value;
    case 'number':
      return numberToBson(value);
    case 'object':
      if (value === null || value instanceof Long) return value;
      if (depth > MAX_DEPTH) throw new RejectedRecord(`nested deeper than ${MAX_DEPTH} levels`);
      return Array.isArray(value) ? arrayToBson(value, depth) : objectToBson(value as Fields, depth);
    default:
      return value;
  }
}

function numberToBson(value: number): number | Long {
  if (!Number.isFinite(value)) throw new RejectedRecord('a number is too large');
  // Else the driver makes it a double.
  const isLong = (value > INT32_MAX || value < INT32_MIN) && Number.isSafeInteger(value);
  return isLong ? Long.fromNumber(value) : value;
}

function arrayToBson(array: unknown[], depth: number): unknown[] {
  for (let index = 0; index < array.length; index += 1) array[index] = toBson(array[index], depth + 1);
  return array;
}

function objectToBson(object: Fields, depth: number): unknown {
  // A plain object from JSON cannot pass for one of the driver's: those are made by its classes.
  if (Object.getPrototypeOf(object) !== Object.prototype) return object;
  const names = Object.keys(object);
  if (names.some((name) => name.startsWith('$'))) return readExtendedJson(object);
  for (const name of names) {
    checkName(name);
    const before = object[name];
    const after = toBson(before, depth + 1);
    // Not by assignment: a field may be called __proto__.
    if (after !== before) Object.defineProperty(object, name, { value: after, enumerable: true });
  }
  return object;
}

function checkName(name: string): void {
  if (name.includes('\0')) throw new RejectedRecord('a field name contains NUL');
  if (name === '_bsontype')
    throw new RejectedRecord('a field is called _bsontype, which the driver keeps for itself');
  if (!name.isWellFormed()) throw new RejectedRecord('a field name has half of a surrogate pair');
}
