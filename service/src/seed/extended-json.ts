import { BSON, Decimal128, Long } from 'mongodb';
import { RejectedRecord } from './rejected-record.ts';

/** The types of MongoDB Extended JSON v2 that can be kept. `$undefined` cannot: BSON's is deprecated. */
const TYPES = new Set(
  `$oid $date $numberInt $numberLong $numberDouble $numberDecimal $binary $type $uuid $regularExpression $regex $options
  $timestamp $code $scope $symbol $minKey $maxKey $ref $id $db $dbPointer`.split(/\s+/),
);
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
/** Decimal digits that a Decimal128 holds. */
const DECIMAL_DIGITS = 34;

/**
 * Reads the one object that stands for a BSON value.
 * @param object an object with a field whose name starts with `$`, as JSON.parse made it
 * @returns the value, such as an ObjectId for `{"$oid": "..."}`
 * @throws {RejectedRecord} where it is none, or would not survive
 */
export function readExtendedJson(object: Record<string, unknown>): unknown {
  const names = Object.keys(object);
  const type = names.find((name) => name.startsWith('$'))!;
  if (!TYPES.has(type)) throw new RejectedRecord('a field name starts with $');
  const wrong = new RejectedRecord(`${type} is not valid extended JSON`);
  // The driver would drop other fields. A reference (DBRef) may have some.
  if (type !== '$ref' && !names.every((name) => TYPES.has(name))) throw wrong;

  let value: unknown;
  try {
    value = BSON.EJSON.parse(JSON.stringify(withLongDate(object)), { relaxed: false });
  } catch {
    throw wrong;
  }
  const isStillText = typeof value !== 'object' || value === null || Object.hasOwn(value, type);
  if (isStillText || (value instanceof Date && Number.isNaN(value.getTime()))) throw wrong;
  if (type === '$numberInt' || type === '$numberLong') {
    // The driver wraps what is too large.
    if (String(value) !== object[type]) throw wrong;
  }
  // The same BSON as a plain number, so that a derived _id is the same too.
  const isPlain = type === '$numberInt' || (type === '$numberDouble' && !Number.isInteger(Number(value)));
  return isPlain ? Number(value) : value;
}

/** `{"$date": 0}` is an older form, whose number the driver takes for an Int32 and refuses. */
function withLongDate(object: Record<string, unknown>): Record<string, unknown> {
  const { $date: date } = object;
  return Number.isSafeInteger(date) ? { $date: { $numberLong: String(date) } } : object;
}

/**
 * Keeps an integer that JavaScript's numbers would round.
 * @param source the digits as they are in the file, perhaps with a minus sign
 * @returns a Long, or a Decimal128 where that is too small
 * @throws {RejectedRecord} where MongoDB has no type that holds it
 */
export function readBigInteger(source: string): Long | Decimal128 {
  const value = BigInt(source);
  if (value >= INT64_MIN && value <= INT64_MAX) return Long.fromBigInt(value);
  if (source.replace('-', '').length > DECIMAL_DIGITS) {
    throw new RejectedRecord(`an integer has more than ${DECIMAL_DIGITS} digits`);
  }
  return Decimal128.fromString(source);
}
