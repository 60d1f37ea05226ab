import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { BSON } from 'mongodb';
import t from 'tap';
import { ndjson, workshop } from './support.ts';

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

const awkward = [
  { _id: 1, 'address line 2': 'Cardiff', rating: 4.5, address: '12 City Road' },
  { _id: 2, 'address line 2': 'Ynys Môn 日本', rating: 'Not yet rated', address: 228 },
];
const contents = {
  'a.ndjson': awkward.map((record) => JSON.stringify(record)).join('\r\n\r\n'),
  'a.json': `\uFEFF${JSON.stringify(awkward, null, 2)}`,
  'a.csv': `_id,address line 2,rating,address\n1,Cardiff,4.5,12 City Road\n2,"Ynys Môn 日本",Not yet rated,228\n`,
};

t.test('every format, plain or gzipped, from a file or standard input, gives the same records', async (t) => {
  for (const [name, content] of Object.entries(contents)) {
    for (const [file, bytes] of [
      [name, Buffer.from(content)],
      [`${name}.gz`, gzipSync(content)],
    ] as const) {
      const { db, file: write, seed } = await workshop(t);
      const path = await write(file, bytes);
      const fromFile = await seed([path]);
      t.equal(fromFile.status, 0, `${file} ${fromFile.stdout}`);
      t.strictSame(await db.collection('records').find().sort({ _id: 1 }).toArray(), awkward, file);
      const fromStdin = await seed(['-'], { stdin: [bytes] });
      t.match(
        fromStdin.messages.at(-1),
        'complete: 2 records: 0 inserted, 0 replaced, 2 unchanged, 0 rejected',
      );
    }
  }
});

t.test('extended JSON is stored as its types', async (t) => {
  const { db, file, seed } = await workshop(t);
  const line =
    '{"_id":{"$oid":"55f14312c7447c3da7051b26"},"at":{"$date":{"$numberLong":"0"}},"l":{"$numberLong":"5"},"d":{"$numberDecimal":"1.10"},"f":{"$numberDouble":"4.0"},"i":{"$numberInt":"4"},"big":9007199254740993}';
  t.equal((await seed([await file('a.ndjson', line)])).status, 0);
  const [record] = await db.collection('records').find({}, { promoteValues: false }).toArray();
  t.equal(
    BSON.EJSON.stringify(record, { relaxed: false }),
    line.replace('9007199254740993', '{"$numberLong":"9007199254740993"}'),
  );
});

t.test('records without an _id are added once, however often and in whatever order of fields', async (t) => {
  const { db, file, seed } = await workshop(t);
  await seed([await file('a.ndjson', '{"a":1,"b":2}\n{"a":2}\n{"b":2,"a":1}\n')]);
  t.equal(await db.collection('records').countDocuments(), 2);
  await seed([await file('b.ndjson', '{"a":2}\n')]);
  t.equal(await db.collection('records').countDocuments(), 2);
});

t.test('with a key a changed record replaces itself', async (t) => {
  const { db, file, seed } = await workshop(t);
  await seed([await file('a.csv', 'url,rating\nx,1\ny,2\n'), '--key', 'url']);
  const again = await seed([await file('a.csv', 'url,rating\nx,3\ny,2\n'), '--key', 'url']);
  t.match(again.messages.at(-1), 'complete: 2 records: 0 inserted, 1 replaced, 1 unchanged, 0 rejected');
  const records = await db
    .collection('records')
    .find({}, { projection: { _id: 0 } })
    .sort({ url: 1 })
    .toArray();
  t.strictSame(records, [
    { url: 'x', rating: 3 },
    { url: 'y', rating: 2 },
  ]);
});

t.test('more rejects than allowed end with 65, and the good records are written', async (t) => {
  const { db, file, seed, ledger } = await workshop(t);
  const path = await file('a.ndjson', '{"_id":1}\nsecret words\n{"_id":2}\n{"$secret":1}\n');
  const refused = await seed([path]);
  t.equal(refused.status, 65);
  t.strictSame(refused.messages.slice(1, 3), [
    'line 2 is rejected: not valid JSON',
    'line 4 is rejected: a field name starts with $',
  ]);
  t.match(refused.messages.at(-1), 'rejected records: 2, allowed: 0 (--allow-rejects)');
  t.notMatch(refused.stdout, 'secret');
  t.equal(await db.collection('records').countDocuments(), 2);
  t.match(await ledger(), [
    { state: 'rejected', counts: { read: 4, inserted: 2, rejected: 2 }, lease: null },
  ]);

  t.equal((await seed([path, '--allow-rejects', '1'])).status, 65);
  t.equal((await seed([path, '--allow-rejects', '2'])).status, 0);
  t.match(await ledger(), [
    { state: 'complete', problem: null, counts: { read: 4, unchanged: 2, rejected: 2 } },
  ]);
});

t.test('the first 20 rejects are named and the others counted', async (t) => {
  const { file, seed } = await workshop(t);
  const { status, messages } = await seed([await file('a.json', `[${'1,'.repeat(24)}1]`)]);
  t.equal(status, 65);
  t.equal(
    messages.filter((message) => /^element \d+ is rejected: not a JSON object$/.test(message)).length,
    20,
  );
  t.equal(messages.filter((message) => message.startsWith('more records are rejected')).length, 1);
  t.match(messages.at(-2), 'rejected: 25 records: 0 inserted, 0 replaced, 0 unchanged, 25 rejected');
});

t.test('what a unique index refuses is a reject, and its neighbours are written', async (t) => {
  const { db, file, seed } = await workshop(t);
  await db.collection('records').createIndex({ name: 1 }, { unique: true });
  const { status, messages } = await seed([
    await file('a.ndjson', '{"_id":1,"name":"a"}\n{"_id":2,"name":"a"}\n{"_id":3,"name":"b"}\n'),
  ]);
  t.equal(status, 65);
  t.equal(messages[1], 'line 2 is rejected: another record has its value of a unique index');
  t.equal(await db.collection('records').countDocuments(), 2);
});

const manifest = (file: string, content: string, more: object = {}) =>
  JSON.stringify({
    name: 'n',
    version: '1.2.3',
    file,
    sha256: sha256(content),
    count: 3,
    indexes: ['name', 'text,-name'],
    ...more,
  });

t.test('the manifest beside a file names it, and its indexes are ensured', async (t) => {
  const { db, file, seed, ledger } = await workshop(t);
  const content = ndjson(3);
  await file('a.json', manifest('a.ndjson', content));
  t.equal((await seed([await file('a.ndjson', content)])).status, 0);
  t.match(await ledger(), [{ _id: 'records/n', name: 'n', version: '1.2.3', sha256: sha256(content) }]);
  const indexes = await db.collection('records').indexes();
  t.strictSame(
    indexes.map(({ key }) => key),
    [{ _id: 1 }, { name: 1, _id: 1 }, { text: 1, name: -1, _id: 1 }],
  );
});

t.test('a wrong checksum of a file ends with 65 before anything is written', async (t) => {
  const { db, file, seed, ledger } = await workshop(t);
  const content = ndjson(3);
  await file('a.json', manifest('a.ndjson', 'other'));
  const { status, messages } = await seed([await file('a.ndjson', content)]);
  t.equal(status, 65);
  t.match(messages, [`the file is not the one of the manifest: its sha256 is ${sha256(content)}, not`]);
  t.equal(await db.collection('records').countDocuments(), 0);
  t.strictSame(await ledger(), []);
});

t.test('a wrong checksum of standard input ends with 65 and an entry that is not complete', async (t) => {
  const { file, seed, ledger } = await workshop(t);
  const path = await file('m.json', manifest('a.ndjson', 'other'));
  const { status, messages } = await seed(['-', '--manifest', path], { stdin: [ndjson(3)] });
  t.equal(status, 65);
  t.match(messages.at(-1), 'the file is not the one of the manifest');
  t.match(await ledger(), [{ state: 'rejected', problem: /not the one of the manifest/, lease: null }]);
});

t.test('another count than the manifest says, or another file, ends with 65', async (t) => {
  const { file, seed, ledger } = await workshop(t);
  const content = ndjson(3);
  const path = await file('a.ndjson', content);
  const counted = await seed([
    path,
    '--manifest',
    await file('m.json', manifest('a.ndjson', content, { count: 4 })),
  ]);
  t.equal(counted.status, 65);
  t.match(counted.messages.at(-1), 'the file has 3 records, not the 4 of its manifest');
  t.match(await ledger(), [{ state: 'rejected' }]);
  const named = await seed([path, '--manifest', await file('m.json', manifest('b.ndjson', content))]);
  t.equal(named.status, 65);
  t.match(named.messages.at(-1), 'the manifest is about b.ndjson, not a.ndjson');
});

t.test('input that cannot be read ends with 66, one that is empty with 0', async (t) => {
  const { file, path, seed } = await workshop(t);
  t.match((await seed([path('none.csv')])).messages, ['the input cannot be read: ENOENT']);
  t.equal((await seed([path('none.csv')])).status, 66);
  t.equal((await seed([path('')])).status, 66);
  t.equal((await seed([await file('a.ndjson', gzipSync(ndjson(9)).subarray(0, 40))])).status, 66);
  t.equal((await seed([await file('empty.ndjson', '')])).status, 0);
  t.equal((await seed([await file('empty.csv', '')])).status, 65);
});

t.test('a pipe with a name is read once, like standard input', async (t) => {
  const { seed, db } = await workshop(t);
  const { status } = await seed(['/dev/null', '--format', 'ndjson']);
  t.equal(status, 0);
  t.equal(await db.collection('records').countDocuments(), 0);
});

t.test('wrong arguments end with 64, wrong settings with 78, each with one line', async (t) => {
  const { file, seed } = await workshop(t);
  const path = await file('a.ndjson', ndjson(1));
  const usage = await seed([]);
  t.equal(usage.status, 64);
  t.equal(usage.stderr, 'seed: name one file, or - for standard input; see --help\n');
  for (const [env, message] of [
    [{ MONGODB_URI: 'http://x' }, /MONGODB_URI/],
    [{ MONGODB_URI: 'mongodb://user:hunter2@a:b:c/' }, /MONGODB_URI: the driver does not understand it/],
    [{ MONGODB_COLLECTION: 'seeds' }, /MONGODB_COLLECTION/],
    [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL/],
  ] as const) {
    const { status, stdout, stderr } = await seed([path], { env });
    t.equal(status, 78);
    t.match(stdout + stderr, message);
    t.notMatch(stdout + stderr, 'hunter2');
  }
});

t.test('--help is printed and ends with 0', async (t) => {
  const { seed } = await workshop(t);
  const { status, stdout } = await seed(['--help']);
  t.equal(status, 0);
  t.match(stdout, '--allow-rejects N');
});

t.test('a terminal gets a bar and a summary on standard error', async (t) => {
  const { file, seed } = await workshop(t);
  const { status, stdout, stderr } = await seed([await file('a.ndjson', ndjson(2500))], { isTTY: true });
  t.equal(status, 0);
  t.equal(stdout, '');
  t.match(stderr, /█+░* \d+ %, [\d,]+ records, [\d,]+\/s, 0 s/);
  t.match(
    stderr,
    /complete: 2,500 records: 2,500 inserted, 0 replaced, 0 unchanged, 0 rejected, in [\d.]+ s\n$/,
  );
  const counted = await seed(['-'], { isTTY: true, stdin: Readable.from([Buffer.from(ndjson(10))]) });
  t.match(counted.stderr, /K10 records, [\d,]+\/s, 0 s/);
});
