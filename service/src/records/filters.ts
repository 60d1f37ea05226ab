import { Decimal128, type Document, Long, ObjectId } from 'mongodb';
import { Problem } from '../errors.ts';
import { checkPath } from './path.ts';

const MAX_FILTERS = 50;
const MAX_VALUES = 1000;

const INTEGER = /^-?(0|[1-9]\d*)$/;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

function readNumber(text: string): number | Long | Decimal128 | undefined {
  if (!NUMBER.test(text)) return undefined;
  const number = Number(text);
  if (!INTEGER.test(text) || Number.isSafeInteger(number))
    return Number.isFinite(number) ? number : undefined;
  // An integer that a double would round.
  const long = Long.fromString(text);
  return long.toString() === text ? long : text.length <= 34 ? Decimal128.fromString(text) : undefined;
}

/** The other types than string that a value can be read as. */
function readTyped(text: string): unknown[] {
  if (text === 'true' || text === 'false') return [text === 'true'];
  const number = readNumber(text);
  if (number !== undefined) return [number];
  if (/^[0-9a-f]{24}$/i.test(text)) return [new ObjectId(text)];
  if (DATE_TIME.test(text) && !Number.isNaN(Date.parse(text))) return [new Date(text)];
  return [];
}

/** A value in double quotes is that string and nothing else. */
const unquote = (text: string) => (/^".*"$/s.test(text) ? text.slice(1, -1) : undefined);

/** All values that a text stands for in a comparison by equality: `4.5` is the number and the string. */
function equalityForms(text: string): unknown[] {
  const quoted = unquote(text);
  if (quoted !== undefined) return [quoted];
  return [text, ...readTyped(text)];
}

/** The values to compare the order with: a number orders numbers only, else "Not yet rated" would be above 4. */
function orderForms(text: string): unknown[] {
  const quoted = unquote(text);
  if (quoted !== undefined) return [quoted];
  const typed = readTyped(text);
  // ISO 8601 strings sort as the dates do, hex strings as the ids.
  if (typed[0] instanceof Date || typed[0] instanceof ObjectId) return [text, ...typed];
  return typed.length > 0 ? typed : [text];
}

function splitValues(path: string, text: string): unknown[] {
  const values = Array.from(text.matchAll(/("[^"]*"|[^,]*)(?:,|$)/gy), (match) => match[1]!);
  // At the end of the text the expression matches once more, empty, unless a comma came last.
  if (values.length > 1 && !text.endsWith(',')) values.pop();
  const forms = values.flatMap(equalityForms);
  if (forms.length > MAX_VALUES)
    throw new Problem('PARAMETER_INVALID', `${path}: at most ${MAX_VALUES} values`);
  return forms;
}

const compare = (operator: '$gt' | '$gte' | '$lt' | '$lte') => (path: string, text: string) => {
  const alternatives = orderForms(text).map((value): Document => ({ [path]: { [operator]: value } }));
  return alternatives.length === 1 ? alternatives[0]! : { $or: alternatives };
};

function equals(path: string, text: string): Document {
  const forms = equalityForms(text);
  return { [path]: forms.length === 1 ? { $eq: forms[0] } : { $in: forms } };
}

function exists(path: string, text: string): Document {
  if (text !== 'true' && text !== 'false') {
    throw new Problem('PARAMETER_INVALID', `${path}[exists]: must be true or false`);
  }
  return { [path]: { $exists: text === 'true' } };
}

// RegExp.escape also escapes letters, after which MongoDB no longer sees a literal prefix and scans the whole index.
const escapePattern = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

const operators: Record<string, (path: string, text: string) => Document> = {
  eq: equals,
  ne: (path, text) => ({ [path]: { $nin: equalityForms(text) } }),
  gt: compare('$gt'),
  gte: compare('$gte'),
  lt: compare('$lt'),
  lte: compare('$lte'),
  in: (path, text) => ({ [path]: { $in: splitValues(path, text) } }),
  nin: (path, text) => ({ [path]: { $nin: splitValues(path, text) } }),
  exists,
  // An anchored expression of literals can use an index.
  prefix: (path, text) => ({ [path]: { $regex: `^${escapePattern(unquote(text) ?? text)}` } }),
};

/** The operators that a filter can name in brackets. */
export const operatorNames = Object.keys(operators);

function parseFilter(name: string, text: string): Document {
  const [, path = name, operator] = /^(.+)\[([^[\]]*)\]$/s.exec(name) ?? [];
  const build = Object.hasOwn(operators, operator ?? 'eq') ? operators[operator ?? 'eq'] : undefined;
  if (!build) {
    throw new Problem(
      'PARAMETER_INVALID',
      `${name}: ${operator} is none of the operators ${operatorNames.join(', ')}`,
    );
  }
  return build(checkPath(path, name), text);
}

/**
 * Reads the filters of a request.
 * @param parameters `field=value` or `field[operator]=value`, decoded; all of them must hold. Those with a meaning
 *   of their own are not among them; `limit[eq]=3` filters by a field that is called like one
 * @returns a MongoDB filter without any operator that the caller chose freely
 * @throws {Problem} PARAMETER_INVALID
 */
export function parseFilters(parameters: Record<string, unknown>): Document {
  const conditions: Document[] = [];
  for (const [name, value] of Object.entries(parameters)) {
    for (const text of Array.isArray(value) ? value : [value])
      conditions.push(parseFilter(name, String(text)));
  }
  if (conditions.length > MAX_FILTERS)
    throw new Problem('PARAMETER_INVALID', `at most ${MAX_FILTERS} filters`);
  if (conditions.length <= 1) return conditions[0] ?? {};
  return { $and: conditions };
}
