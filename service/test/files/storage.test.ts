import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { mock } from 'node:test';
import { ObjectId } from 'mongodb';
import t, { type Test } from 'tap';
import { until } from '../../../test/support/until.ts';
import { FileStorage } from '../../src/files/storage.ts';
import { buildApp } from '../support/app.ts';
import { mongodbUri } from '../support/mongodb.ts';
import { bucketCounts, EMPTY, FILES, formHeaders, longText, partBytes, upload } from './support/forms.ts';

const future = () => new Date(Date.now() + 60_000);

/** A way to the database that can be cut. */
async function cuttable(t: Test) {
  const uri = new URL(mongodbUri());
  const { hostname, port } = uri;
  const sockets = new Set<Socket>();
  let open = true;
  const server = createServer((socket) => {
    if (!open) return socket.destroy();
    const upstream = connect(Number(port || 27017), hostname);
    for (const [from, to] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined).on('close', () => to.destroy());
      from.pipe(to);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  uri.host = `127.0.0.1:${(server.address() as { port: number }).port}`;
  uri.searchParams.set('directConnection', 'true');
  return {
    uri: String(uri),
    cut() {
      open = false;
      for (const socket of sockets) socket.destroy();
    },
    restore() {
      open = true;
    },
  };
}

t.test('what a killed process left of an upload is cleared by the sweep of another one', async (t) => {
  const { app } = await buildApp(t);
  const files = new FileStorage(app.mongo.db!);
  async function* killed() {
    yield Buffer.from(longText(600_000));
    await new Promise(() => undefined);
  }
  void files.store('a.txt', 'text/plain', killed());
  await until(async () => (await bucketCounts(app)).chunks === 2, 'the first chunks');
  t.same(await bucketCounts(app), { files: 0, chunks: 2, unfinished: 1 });

  t.equal(
    await files.sweep(new Date(Date.now() - 60_000)),
    0,
    'an upload that may still be going on is left alone',
  );
  t.same(await bucketCounts(app), { files: 0, chunks: 2, unfinished: 1 });
  t.equal(await files.sweep(future()), 1);
  t.same(await bucketCounts(app), EMPTY);
});

t.test('a file that is whole outlives the sweep, though its upload was not noted as finished', async (t) => {
  const { app } = await buildApp(t);
  const { id } = await upload(app, 'a.txt', 'hallo');
  const note = { _id: new ObjectId(id), since: new Date(0) };
  await app.mongo.db!.collection('files.unfinished').insertOne(note);
  t.equal(await new FileStorage(app.mongo.db!).sweep(future()), 1);
  t.same(await bucketCounts(app), { files: 1, chunks: 1, unfinished: 0 });
  t.equal((await app.inject(`${FILES}/${id}`)).body, 'hallo');
});

t.test('the service sweeps every ten minutes, and tries again where it cannot', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const { app, log } = await buildApp(t);
  const unfinished = app.mongo.db!.collection('files.unfinished');
  await unfinished.insertMany([{ since: new Date(0) }, { since: 'no date' }, { since: new Date() }]);
  mock.timers.tick(600_000);
  await until(() => log.some((line) => line.includes('cleared unfinished uploads')), 'the sweep');
  t.equal(await unfinished.countDocuments({}), 2);

  await app.mongo.client.close();
  mock.timers.tick(600_000);
  await until(() => log.some((line) => line.includes('trying again later')), 'the failure in the log');
  await app.mongo.client.connect();
});

t.test(
  'a database lost in the middle of an upload answers 5xx, and nothing is left in the end',
  async (t) => {
    const database = await cuttable(t);
    const { app } = await buildApp(t, { MONGODB_URI: database.uri, MONGODB_SELECTION_TIMEOUT_MS: '500' });
    await until(() => app.databaseSeen(), 'a connection to the database');
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as { port: number };

    const content = partBytes({ filename: 'a.txt', content: longText(2_000_000) });
    const head = `POST ${FILES} HTTP/1.1\r\nHost: test\r\nContent-Type: ${formHeaders['content-type']}\r\n`;
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    socket.write(`${head}Content-Length: ${content.length}\r\n\r\n`);
    socket.write(content.subarray(0, 1_000_000));
    await until(async () => (await bucketCounts(app)).chunks >= 2, 'chunks of the upload');
    database.cut();
    socket.write(content.subarray(1_000_000));
    await until(() => /"code":"\w+"\}$/.test(answer), 'the refusal');
    // The driver lets the system's EPIPE through where it was about to write; that is no MongoError.
    t.match(answer, /^HTTP\/1.1 50[03] .*"code":"(DATABASE_UNAVAILABLE|INTERNAL_ERROR)"\}$/s);
    socket.destroy();

    database.restore();
    await until(() => bucketCounts(app).catch(() => undefined), 'the database being back');
    await new FileStorage(app.mongo.db!).sweep(future());
    t.same(await bucketCounts(app), EMPTY);
    t.equal((await upload(app, 'a.txt', 'a')).length, 1, 'the next upload succeeds');
  },
);

t.test('two uploads with the same name are two files', async (t) => {
  const { app } = await buildApp(t);
  const [first, second] = await Promise.all([upload(app, 'a.txt', '1'), upload(app, 'a.txt', '2')]);
  t.not(first.id, second.id);
  t.equal((await app.inject(`${FILES}/${first.id}`)).body, '1');
  t.equal((await app.inject(`${FILES}/${second.id}`)).body, '2');
});
