import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Binary, Decimal128, Long, MinKey, MongoClient, ObjectId, Timestamp, UUID } from 'mongodb';
import t, { type Test } from 'tap';
import { EmbeddedMissing, installEmbedded } from '../../../tools/embedded-mongodb/install.ts';
import { EMBEDDED_VERSION, startEmbedded } from '../../../tools/embedded-mongodb/start.ts';
import { until } from '../../support/until.ts';

const skip = await installEmbedded().then(
  () => false,
  (error) => {
    if (error instanceof EmbeddedMissing) return error.message;
    throw error;
  },
);

async function open(t: Test, file?: string) {
  const { child, port } = await startEmbedded(file ? { file } : {});
  t.teardown(() => child.kill());
  const client = new MongoClient(`mongodb://127.0.0.1:${port}`, {
    writeConcern: { w: 'majority', journal: true },
  });
  t.teardown(() => client.close());
  return { child, client, items: client.db('test').collection<{ _id: number }>('items') };
}

t.test('in memory, what was written can be read and is gone afterwards', { skip }, async (t) => {
  const first = await open(t);
  await first.items.insertOne({ _id: 1 });
  t.same(await first.items.find().toArray(), [{ _id: 1 }]);
  await first.child.stop();
  t.equal(await first.child.status, 0, 'the end of its input ends it');
  const second = await open(t);
  t.equal(await second.items.countDocuments(), 0);
});

t.test('on disk, an acknowledged write survives kill -9', { skip }, async (t) => {
  const file = join(t.testdir(), 'data.h2');
  let acknowledged = 0;
  for (let round = 0; round < 3; round++) {
    const { child, client, items } = await open(t, file);
    t.equal(await items.countDocuments({ _id: { $lt: acknowledged } }), acknowledged, `round ${round}`);
    const until = acknowledged + 200;
    try {
      // The kill comes while the next writes are under way.
      for (let id = acknowledged; ; id++) {
        await items.replaceOne({ _id: id }, { text: 'x'.repeat(500) }, { upsert: true });
        acknowledged = id + 1;
        if (acknowledged === until) setImmediate(() => child.process.kill('SIGKILL'));
      }
    } catch {
      t.ok(acknowledged >= until);
    }
    t.match(await child.exited, 'SIGKILL');
    await client.close();
  }
  const { items } = await open(t, file);
  t.equal(await items.countDocuments({ _id: { $lt: acknowledged } }), acknowledged);
});

t.test('on disk, every kind of value and key survives a restart unchanged', { skip }, async (t) => {
  const file = join(t.testdir(), 'data.h2');
  const ids: unknown[] = [1, 2.5, Long.fromString('9007199254740993'), 'ä', '', true, new Date(0)];
  ids.push(new ObjectId(), Decimal128.fromString('1.10'), new Binary(Buffer.from([0, 255])), new UUID());
  ids.push({ a: 1, b: { c: 'd' } }, { b: { c: 'd' }, a: 1 }, new Timestamp({ t: 1, i: 2 }), new MinKey());
  // The driver's types know ObjectIds only.
  const keys = ids as ObjectId[];
  const value = { list: [1, [2, { three: 3 }]], 'with space': 'x', nan: NaN, zero: -0, regex: /a/i, ids };

  const first = await open(t, file);
  const written = first.client.db('test').collection('kinds');
  await written.createIndex({ unique: 1 }, { unique: true, sparse: true });
  await written.createIndex({ 'pair.a': 1, 'pair.b': 1 }, { unique: true });
  for (const [index, _id] of keys.entries()) {
    await written.insertOne({ _id, ...value, pair: { a: index % 3, b: _id } });
  }
  const before = await written.find({}, { raw: true }).toArray();
  t.equal(before.length, ids.length);
  await first.child.stop();

  const second = await open(t, file);
  const read = second.client.db('test').collection('kinds');
  t.same(await read.find({}, { raw: true }).toArray(), before);
  for (const [index, _id] of keys.entries()) {
    t.equal(await read.countDocuments({ _id }), 1, `${index} is found by its id`);
    await t.rejects(read.insertOne({ _id, pair: { a: 9, b: index } }), { code: 11000 });
    await t.rejects(read.insertOne({ _id: new ObjectId(), pair: { a: index % 3, b: _id } }), { code: 11000 });
  }
});

t.test('a signal to end closes the file', { skip }, async (t) => {
  const file = join(t.testdir(), 'data.h2');
  const first = await open(t, file);
  await first.items.insertOne({ _id: 1 });
  first.child.process.kill('SIGTERM');
  t.equal(await first.child.status, 143);
  const second = await open(t, file);
  t.equal(await second.items.countDocuments(), 1);
});

t.test('a failed insert is not counted', { skip }, async (t) => {
  const { items } = await open(t);
  for (const [ordered, inserted] of [
    [true, 1],
    [false, 2],
  ] as const) {
    await items.deleteMany({});
    const insert = items.insertMany([{ _id: 1 }, { _id: 1 }, { _id: 2 }], { ordered });
    await t.rejects(insert, { code: 11000, insertedCount: inserted });
  }
});

t.test('a reply holds a batch, and the whole result comes in several', { skip }, async (t) => {
  const { client, items } = await open(t);
  await items.insertMany(Array.from({ length: 2500 }, (_, _id) => ({ _id })));
  const { cursor } = await client.db('test').command({ find: 'items' });
  t.equal(cursor.firstBatch.length, 101);
  const next = await client.db('test').command({ getMore: cursor.id, collection: 'items' });
  t.equal(next.cursor.nextBatch.length, 1000);
  t.equal((await items.find().toArray()).length, 2500);
});

t.test('a heartbeat is answered while a long write goes on', { skip }, async (t) => {
  const { client, items } = await open(t);
  let writing = true;
  const documents = Array.from({ length: 20_000 }, (_, _id) => ({ _id }));
  const write = items.insertMany(documents).finally(() => (writing = false));
  let answers = 0;
  await until(async () => {
    await client.db('admin').command({ ping: 1 });
    answers += 1;
    return !writing;
  }, 'the end of the write');
  await write;
  t.ok(answers > 1);
});

t.test('its version is the one in pom.xml', async (t) => {
  const pom = readFileSync(new URL('../../../tools/embedded-mongodb/pom.xml', import.meta.url), 'utf8');
  t.match(pom, `<mongo-java-server.version>${EMBEDDED_VERSION}<`);
});
