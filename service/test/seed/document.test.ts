import { type Binary, BSON, type Document } from 'mongodb';
import t from 'tap';
import { makeDocument } from '../../src/seed/document.ts';
import { ndjson } from './support.ts';

const make = (json: string | Buffer, key: string[] = []) =>
  makeDocument({ number: 1, json: Buffer.from(json) }, key).document;

/** What MongoDB gets, in canonical extended JSON. */
const stored = (json: string) => {
  const { _id, ...fields } = BSON.deserialize(BSON.serialize(make(json)), { promoteValues: false });
  return BSON.EJSON.stringify(fields, { relaxed: false });
};

const reason = (json: string | Buffer, key: string[] = []) => {
  try {
    make(json, key);
    return 'accepted';
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
};

t.test('canonical extended JSON comes back as it was', async (t) => {
  const texts = [
    '{"a":{"$oid":"55f14312c7447c3da7051b26"}}',
    '{"a":{"$date":{"$numberLong":"-1"}}}',
    '{"a":{"$numberLong":"9223372036854775807"}}',
    '{"a":{"$numberInt":"-5"}}',
    '{"a":{"$numberDouble":"4.0"}}',
    '{"a":{"$numberDouble":"-0.0"}}',
    '{"a":{"$numberDouble":"NaN"}}',
    '{"a":{"$numberDouble":"-Infinity"}}',
    '{"a":{"$numberDecimal":"1.10"}}',
    '{"a":{"$binary":{"base64":"AQID","subType":"00"}}}',
    '{"a":{"$regularExpression":{"pattern":"^a","options":"i"}}}',
    '{"a":{"$timestamp":{"t":1,"i":2}}}',
    '{"a":{"$code":"x","$scope":{"$numberInt":"1"}}}',
    '{"a":{"$minKey":1}}',
    '{"a":{"$maxKey":1}}',
    '{"a":{"$symbol":"s"}}',
    '{"a":{"$ref":"c","$id":{"$numberInt":"1"},"more":{"$numberInt":"2"}}}',
    '{"a":[{"b":{"$numberInt":"1"}},[{"$oid":"55f14312c7447c3da7051b26"}],null,true,"x"]}',
  ];
  for (const text of texts) {
    if (text.includes('$scope')) t.match(stored(text), /"\$code":"x"/);
    else t.equal(stored(text), text);
  }
});

t.test('older and relaxed forms of extended JSON are read', async (t) => {
  t.equal(
    stored('{"a":{"$date":"2020-01-01T00:00:00Z"}}'),
    '{"a":{"$date":{"$numberLong":"1577836800000"}}}',
  );
  t.equal(stored('{"a":{"$date":0}}'), '{"a":{"$date":{"$numberLong":"0"}}}');
  const { a } = make('{"a":{"$uuid":"00112233-4455-6677-8899-aabbccddeeff"}}') as { a: Binary };
  t.equal(a.sub_type, 4);
});

t.test('integers keep every digit', async (t) => {
  t.equal(stored('{"a":2147483647}'), '{"a":{"$numberInt":"2147483647"}}');
  t.equal(stored('{"a":2147483648}'), '{"a":{"$numberLong":"2147483648"}}');
  t.equal(stored('{"a":-9007199254740993}'), '{"a":{"$numberLong":"-9007199254740993"}}');
  t.equal(stored('{"a":[9223372036854775807]}'), '{"a":[{"$numberLong":"9223372036854775807"}]}');
  t.equal(stored('{"a":9223372036854775808}'), '{"a":{"$numberDecimal":"9223372036854775808"}}');
  t.equal(
    stored('{"a":1e20,"b":4.50}'),
    '{"a":{"$numberDouble":"1E+20"},"b":{"$numberDouble":"4.5"}}'.replace('1E+20', '100000000000000000000.0'),
  );
  t.equal(reason(`{"a":${'9'.repeat(35)}}`), 'RejectedRecord: an integer has more than 34 digits');
  t.equal(reason('{"a":1e999}'), 'RejectedRecord: a number is too large');
});

t.test('awkward names and texts survive', async (t) => {
  const text =
    '{"address line 2":"x","a.b":"y","ключ":"日本","":"empty","__proto__":{"c":"d"},"e":"\\u0000"}';
  t.equal(stored(text), text);
  t.equal(({} as Document).c, undefined);
});

t.test('what is no record is rejected without its content', async (t) => {
  t.equal(reason('{"secret":'), 'RejectedRecord: not valid JSON');
  t.equal(reason('[1]'), 'RejectedRecord: not a JSON object');
  t.equal(reason('null'), 'RejectedRecord: not a JSON object');
  t.equal(reason('"secret"'), 'RejectedRecord: not a JSON object');
  t.equal(reason(Buffer.from([0x22, 0xff, 0x22])), 'RejectedRecord: not UTF-8');
  t.equal(
    reason('{"$oid":"55f14312c7447c3da7051b26"}'),
    'RejectedRecord: a value of extended JSON, not an object',
  );
});

t.test('what MongoDB could not store unchanged is rejected', async (t) => {
  t.equal(reason('{"a":{"$set":1}}'), 'RejectedRecord: a field name starts with $');
  t.equal(reason('{"$where":1}'), 'RejectedRecord: a field name starts with $');
  t.equal(reason('{"a\\u0000":1}'), 'RejectedRecord: a field name contains NUL');
  t.equal(reason('{"a\\ud800":1}'), 'RejectedRecord: a field name has half of a surrogate pair');
  t.equal(reason('{"a":"\\ud800"}'), 'RejectedRecord: a text has half of a surrogate pair');
  t.match(reason('{"a":{"_bsontype":"ObjectId"}}'), /_bsontype/);
  t.equal(reason(`{"a":${'['.repeat(99)}${']'.repeat(99)}}`), 'accepted');
  t.equal(
    reason(`{"a":${'['.repeat(100)}${']'.repeat(100)}}`),
    'RejectedRecord: nested deeper than 100 levels',
  );
  t.match(reason(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), /nested deeper/);
});

t.test('extended JSON that says something impossible is rejected', async (t) => {
  const wrong = [
    '{"$oid":"xyz"}',
    '{"$oid":"55f14312c7447c3da7051b26","more":1}',
    '{"$oid":null}',
    '{"$date":"tomorrow"}',
    '{"$numberInt":"5000000000"}',
    '{"$numberInt":"1x"}',
    '{"$numberLong":"9223372036854775808"}',
    '{"$numberDecimal":"x"}',
    '{"$options":"i"}',
    '{"$undefined":true}',
  ];
  for (const text of wrong)
    t.match(reason(`{"a":${text}}`), /^RejectedRecord: .*(is not valid extended JSON|starts with \$)$/, text);
});

t.test('a document that MongoDB could not hold is rejected, one below the limit is not', async (t) => {
  const limit = 16 * 1024 * 1024;
  const withText = (length: number) => `{"_id":1,"a":"${'x'.repeat(length)}"}`;
  t.equal(reason(withText(limit - 200)), 'accepted');
  t.equal(reason(withText(limit - 20)), 'RejectedRecord: larger than the 16 MiB of a document');
});

t.test('an _id that there is stays, unless MongoDB refuses its type', async (t) => {
  for (const id of ['1', '"x"', 'null', '{"a":1}', 'true']) {
    t.strictSame(make(`{"_id":${id}}`)._id, JSON.parse(id), id);
  }
  const refused = 'RejectedRecord: _id must not be an array or a regular expression';
  t.equal(reason('{"_id":[1]}'), refused);
  t.equal(reason('{"_id":{"$regularExpression":{"pattern":"a","options":""}}}'), refused);
});

const id = (json: string, key: string[] = []) => (make(json, key)._id as BSON.ObjectId).toHexString();

t.test('a derived _id depends on the content, not on the order of the fields', async (t) => {
  t.equal(id('{"a":1,"b":{"c":2,"d":[3]}}'), id('{"b":{"d":[3],"c":2},"a":1}'));
  t.equal(id('{"a":1}'), id('{"a":{"$numberInt":"1"}}'));
  t.equal(id('{"a":1.5}'), id('{"a":{"$numberDouble":"1.5"}}'));
  const others = [
    '{"a":1}',
    '{"a":"1"}',
    '{"a":1.5}',
    '{"a":[1]}',
    '{"a":{"$numberLong":"1"}}',
    '{"a":-0.0}',
    '{"a":0}',
    '{}',
  ];
  t.equal(new Set(others.map((text) => id(text))).size, others.length);
  t.equal(id('{"a":1}'), id('{"a":1}'));
  t.equal(
    new Set(
      ndjson(100)
        .trim()
        .split('\n')
        .map((text) => id(text.replace('_id', 'n'))),
    ).size,
    100,
  );
});

t.test('with a key the _id depends on its fields alone', async (t) => {
  t.equal(id('{"a":1,"x":1}', ['a']), id('{"x":2,"a":1}', ['a']));
  t.equal(id('{"a":1,"b":2}', ['a', 'b']), id('{"a":1,"b":2}', ['b', 'a']));
  t.not(id('{"a":1}', ['a']), id('{"a":2}', ['a']));
  t.equal(id('{"a":{"b":1},"x":1}', ['a.b']), id('{"a":{"b":1}}', ['a.b']));
  t.equal(id('{"a.b":1}', ['a.b']), id('{"a":{"b":1}}', ['a.b']));
});

t.test('a record without a field of the key is rejected', async (t) => {
  t.equal(reason('{"a":1}', ['a', 'b']), 'RejectedRecord: the key field b is missing');
  t.equal(reason('{"a":null}', ['a']), 'RejectedRecord: the key field a is missing');
  t.equal(reason('{"a":1}', ['a.b']), 'RejectedRecord: the key field a.b is missing');
  t.equal(reason('{"_id":1}', ['a']), 'accepted');
});
