import {
  Binary,
  BSON,
  BSONRegExp,
  BSONSymbol,
  Code,
  DBRef,
  Decimal128,
  type Document,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'mongodb';
import t from 'tap';
import { type OmitTree, toJson, toJsonArray, toJsonLines } from '../../src/bson/index.ts';

const encode = (document: Document) => Buffer.from(BSON.serialize(document));
const documentToJson = (bytes: Buffer, omit?: OmitTree) => toJson(bytes, omit).toString();
const roundTrip = (document: Document) => JSON.parse(documentToJson(encode(document)));

t.test('each BSON type becomes the JSON that docs/api.md gives', async (t) => {
  const id = new ObjectId('65a1b2c3d4e5f60718293a4b');
  const cases: [string, unknown, unknown][] = [
    ['double', 4.5, 4.5],
    ['whole double', new Double(5), 5],
    ['large double', 1e300, 1e300],
    ['NaN', Number.NaN, null],
    ['Infinity', Number.POSITIVE_INFINITY, null],
    ['negative zero', new Double(-0), 0],
    ['int32', new Int32(-7), -7],
    ['safe int64', Long.fromString('9007199254740991'), 9007199254740991],
    ['unsafe int64', Long.fromString('9007199254740992'), '9007199254740992'],
    ['unsafe negative int64', Long.fromString('-9223372036854775808'), '-9223372036854775808'],
    ['decimal128', Decimal128.fromString('1.50'), '1.50'],
    ['string', 'plain', 'plain'],
    ['awkward string', 'quo"te \\ \n \u0000 \u2028 é 🍕', 'quo"te \\ \n \u0000 \u2028 é 🍕'],
    ['empty string', '', ''],
    ['ObjectId', id, '65a1b2c3d4e5f60718293a4b'],
    ['true', true, true],
    ['false', false, false],
    ['date', new Date('2026-11-21T10:00:00.123Z'), '2026-11-21T10:00:00.123Z'],
    ['date before 1970', new Date('1912-06-23T00:00:00Z'), '1912-06-23T00:00:00.000Z'],
    ['null', null, null],
    ['binary', new Binary(Buffer.from('bytes')), 'Ynl0ZXM='],
    ['regular expression', new BSONRegExp('^a/b', 'i'), '/^a/b/i'],
    ['code', new Code('return 1'), 'return 1'],
    ['code with scope', new Code('return x', { x: 1 }), 'return x'],
    ['symbol', new BSONSymbol('sym'), 'sym'],
    ['timestamp', new Timestamp({ t: 1_700_000_000, i: 3 }), '1700000000:3'],
    ['MinKey', new MinKey(), null],
    ['MaxKey', new MaxKey(), null],
    ['reference', new DBRef('other', id), { $ref: 'other', $id: '65a1b2c3d4e5f60718293a4b' }],
    ['array', [1, 'two', [3], { four: 4 }, null, []], [1, 'two', [3], { four: 4 }, null, []]],
    ['document', { a: { b: {} } }, { a: { b: {} } }],
  ];
  for (const [name, value, expected] of cases) t.strictSame(roundTrip({ value }), { value: expected }, name);
});

t.test('a date that JavaScript cannot hold becomes null', async (t) => {
  const bytes = encode({ d: new Date(0) });
  bytes.writeBigInt64LE(8_640_000_000_000_001n, bytes.indexOf('d\0') + 2);
  t.equal(documentToJson(bytes), '{"d":null}');
});

t.test('a DBPointer becomes its id, and the field after it is read', async (t) => {
  const name = Buffer.from('ns\0');
  const body = Buffer.concat([
    Buffer.from([0x0c]),
    Buffer.from('p\0'),
    Buffer.from([name.length, 0, 0, 0]),
    name,
    Buffer.from('65a1b2c3d4e5f60718293a4b', 'hex'),
    Buffer.from([0x06]),
    Buffer.from('undefined\0'),
    Buffer.from([0]),
  ]);
  const size = Buffer.alloc(4);
  size.writeInt32LE(body.length + 4);
  t.equal(documentToJson(Buffer.concat([size, body])), '{"p":"65a1b2c3d4e5f60718293a4b","undefined":null}');
});

t.test('fields keep their stored order, also names that read as integers', async (t) => {
  const bytes = encode({});
  t.equal(documentToJson(bytes), '{}');
  const document = Buffer.from(
    BSON.serialize(
      new Map<string, unknown>([
        ['b', 1],
        ['2', 2],
        ['1', 3],
        ['a', 4],
      ]) as never,
    ),
  );
  t.equal(documentToJson(document), '{"b":1,"2":2,"1":3,"a":4}');
});

t.test('awkward field names are escaped and told apart', async (t) => {
  const document = { 'address line 2': 1, 'née "x"': 2, Aa: 3, BB: 4, 'a.b': 5, __proto__x: 6 };
  t.strictSame(roundTrip(document), document);
  t.strictSame(roundTrip(document), document, 'again, from the cache of names');
});

t.test('as many names as one likes pass through the cache of names', async (t) => {
  const document = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`field${index}`, index]));
  t.strictSame(roundTrip(document), document);
});

t.test('omitted paths are left out at any level, also below arrays', async (t) => {
  const bytes = encode({ a: 1, b: { c: 2, d: 3 }, e: [{ f: 4, g: 5 }, 6] });
  const omit = new Map<string, true | Map<string, true>>([
    ['a', true],
    ['b', new Map([['c', true]])],
    ['e', new Map([['g', true]])],
  ]);
  t.equal(documentToJson(bytes, omit), '{"b":{"d":3},"e":[{"f":4},6]}');
});

t.test('an unknown type byte is an error, not a guess', async (t) => {
  const bytes = encode({ a: 1 });
  bytes[4] = 0x42;
  t.throws(() => documentToJson(bytes), new TypeError('BSON type 0x42 is not known'));
});

t.test('after an error the next answer starts clean', async (t) => {
  const broken = encode({ a: 1 });
  broken[4] = 0x42;
  t.throws(() => toJsonArray([encode({ b: 1 }), broken]), TypeError);
  t.equal(documentToJson(encode({ c: 1 })), '{"c":1}');
});

t.test('several documents become an array, or lines', async (t) => {
  const documents = [encode({ a: 1 }), encode({ b: 'é' })];
  t.equal(toJsonArray(documents).toString(), '[{"a":1},{"b":"é"}]');
  t.equal(toJsonArray([]).toString(), '[]');
  t.equal(toJsonLines(documents).toString(), '{"a":1}\n{"b":"é"}\n');
});

t.test('bytes that are not UTF-8 become U+FFFD, so that the answer is', async (t) => {
  const bytes = encode({ s: 'abc' });
  bytes[bytes.indexOf('abc') + 1] = 0xff;
  t.equal(documentToJson(bytes), '{"s":"a\ufffdc"}');
});

t.test('documents larger than any buffer kept are whole', async (t) => {
  const large = { text: 'x'.repeat(9_000_000), more: ['é'.repeat(100_000), 1] };
  t.strictSame(roundTrip(large), large);
  t.strictSame(roundTrip({ a: 1 }), { a: 1 });
});
