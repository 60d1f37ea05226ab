import { Binary, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'mongodb';
import t from 'tap';
import { rankOf, sortValue } from '../../src/records/sort-value.ts';

t.test('each type has its rank', async (t) => {
  const cases: [unknown, string][] = [
    [new MinKey(), 'minKey'],
    [null, 'null'],
    [undefined, 'null'],
    [Number.NaN, 'nan'],
    [new Double(Number.NaN), 'nan'],
    [Decimal128.fromString('NaN'), 'nan'],
    [1, 'number'],
    [Long.fromNumber(1), 'number'],
    [Decimal128.fromString('1'), 'number'],
    ['', 'string'],
    [{}, 'object'],
    [[], 'array'],
    [new Binary(Buffer.from('x')), 'binData'],
    [new ObjectId(), 'objectId'],
    [false, 'bool'],
    [new Date(), 'date'],
    [new Timestamp(0n), 'timestamp'],
    [/x/, 'regex'],
    [new MaxKey(), 'maxKey'],
  ];
  for (const [value, rank] of cases) t.equal(rankOf(value), rank, String(rank));
});

t.test('an array counts by its least element ascending and its greatest descending', async (t) => {
  const record = { a: [3, 'x', 1, true], n: [Long.fromNumber(5), 2.5], d: [new Date(2), new Date(1)] };
  t.strictSame(sortValue(record, 'a', 1), { rank: 'number', value: 1 });
  t.strictSame(sortValue(record, 'a', -1), { rank: 'bool', value: true });
  t.strictSame(sortValue(record, 'n', 1), { rank: 'number', value: 2.5 });
  t.strictSame(sortValue(record, 'd', -1), { rank: 'date', value: new Date(2) });
});

t.test('a path enters documents and the elements of arrays', async (t) => {
  const record = { a: { b: 1 }, l: [{ b: 2 }, { b: 0 }, {}, 5], e: [], n: [[9]] };
  t.strictSame(sortValue(record, 'a.b', 1), { rank: 'number', value: 1 });
  t.strictSame(sortValue(record, 'l.b', -1), { rank: 'number', value: 2 });
  t.strictSame(sortValue(record, 'l.b', 1), { rank: 'null', value: null }, 'one element lacks it');
  t.strictSame(sortValue(record, 'l.1.b', -1), { rank: 'number', value: 0 }, 'by position');
  t.strictSame(sortValue(record, 'e', 1), { rank: 'emptyArray', value: null });
  t.strictSame(sortValue(record, 'e.x', 1), { rank: 'null', value: null });
  t.strictSame(sortValue(record, 'n', 1), { rank: 'array', value: [9] });
  t.strictSame(sortValue(record, 'a.b.c', 1), { rank: 'null', value: null });
  t.strictSame(sortValue(record, 'constructor', 1), { rank: 'null', value: null });
});
