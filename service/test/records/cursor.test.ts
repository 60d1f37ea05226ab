import { BSON, type Document, Double, Int32, Long, ObjectId } from 'mongodb';
import t from 'tap';
import { decodeCursor, encodeCursor } from '../../src/records/cursor.ts';
import { parseSort } from '../../src/records/sort.ts';

const encode = (sort: string, document: Document) =>
  encodeCursor(parseSort(sort), Buffer.from(BSON.serialize(document)));
const forge = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');

t.test('a cursor gives back what the record is sorted by, in its own type', async (t) => {
  const id = new ObjectId();
  const document = {
    _id: id,
    a: Long.fromString('9007199254740993'),
    b: 'née',
    d: new Date(5),
    e: 4.5,
    i: 3,
    z: [],
  };
  const values = decodeCursor(parseSort('a,-b,c,d,e,i,z'), encode('a,-b,c,d,e,i,z', document));
  t.strictSame(values, [
    { rank: 'number', value: Long.fromString('9007199254740993') },
    { rank: 'string', value: 'née' },
    { rank: 'null', value: null },
    { rank: 'date', value: new Date(5) },
    { rank: 'number', value: new Double(4.5) },
    { rank: 'number', value: new Int32(3) },
    { rank: 'emptyArray', value: null },
    { rank: 'objectId', value: id },
  ]);
});

t.test('a cursor of another order, or one that is not ours, is refused', async (t) => {
  const keys = parseSort('a');
  const id = ['string', 'x'];
  const refused: [string, string][] = [
    ['nonsense', 'cursor: cannot be read'],
    ['', 'cursor: cannot be read'],
    [forge({ a: 1 }), 'cursor: cannot be read'],
    [forge(['a,_id', ['string', 'x']]), 'cursor: cannot be read'],
    [forge(['a,_id', ['string', 5], id]), 'cursor: cannot be read'],
    [forge(['a,_id', ['lowest', 5], id]), 'cursor: cannot be read'],
    [forge(['a,_id', ['emptyArray', 5], id]), 'cursor: cannot be read'],
    [forge(['a,_id', 'string', id]), 'cursor: cannot be read'],
    [encode('-a', { _id: 1, a: 1 }), 'cursor: belongs to another `sort`'],
  ];
  for (const [cursor, message] of refused)
    t.throws(() => decodeCursor(keys, cursor), { code: 'CURSOR_INVALID', message }, cursor);
  t.strictSame(decodeCursor(keys, forge(['a,_id', id, id])), [
    { rank: 'string', value: 'x' },
    { rank: 'string', value: 'x' },
  ]);
});

t.test('a value that would not fit into a request line is refused', async (t) => {
  t.throws(() => encode('a', { _id: 1, a: 'x'.repeat(5000) }), { code: 'SORT_VALUE_TOO_LONG' });
  t.doesNotThrow(() => encode('a', { _id: 1, a: 'x'.repeat(4000) }));
});
