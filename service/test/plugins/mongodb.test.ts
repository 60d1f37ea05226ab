import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import { until } from '../../../test/support/until.ts';
import { buildApp } from '../support/app.ts';
import { type Loss, startForwarder } from '../support/forwarder.ts';
import { problem } from '../support/offline-app.ts';

t.jobs = 8;

const RECORDS = '/api/v1/records';
/** The driver notices a silent server after a heartbeat (1 s) and a connect timeout (2 s), then selects for 2 s. */
const BOUND_MS = 6000;

async function timed(app: FastifyInstance, url: string) {
  const started = performance.now();
  const response = await app.inject(url);
  return { response, ms: Math.round(performance.now() - started) };
}

/** The app behind a forwarder, connected, with one idle connection in its pool. */
async function setUp(t: Test) {
  const forwarder = await startForwarder(t);
  const { app, log } = await buildApp(t, { MONGODB_URI: forwarder.uri });
  await until(() => app.databaseSeen(), 'a connection to the database');
  t.equal((await app.inject(RECORDS)).statusCode, 200);
  return { forwarder, app, log };
}

t.test(
  'without a database the app starts, is alive, is not ready and refuses; it is ready once it appears',
  async (t) => {
    const forwarder = await startForwarder(t, 'away');
    const { app, log } = await buildApp(t, {
      MONGODB_URI: forwarder.uri,
      MONGODB_SELECTION_TIMEOUT_MS: '300',
    });
    t.equal((await app.inject('/livez')).statusCode, 200);
    for (const url of ['/readyz', RECORDS, '/api/v1/files']) {
      const { response, ms } = await timed(app, url);
      t.equal(response.statusCode, 503);
      t.equal(response.headers['retry-after'], '1');
      t.match(response.json(), problem('DATABASE_UNAVAILABLE', 503, 'The database cannot be reached'));
      t.ok(ms < 1000, `${url} answers at once: ${ms} ms`);
    }
    await until(
      () => log.filter((line) => line.includes('not reachable yet')).length >= 2,
      'a second attempt',
    );

    await forwarder.restore();
    const back = performance.now();
    await until(async () => (await app.inject('/readyz')).statusCode === 200, 'readiness', 5000);
    t.comment(`ready ${Math.round(performance.now() - back)} ms after the database appeared`);
    t.strictSame((await app.inject(RECORDS)).json(), []);
    t.ok(log.some((line) => line.includes('"connected to MongoDB"')));
  },
);

for (const how of ['refuse', 'reset', 'swallow'] satisfies Loss[]) {
  t.test(
    `a database that goes away later (${how}) answers 503 in bounded time and comes back by itself`,
    async (t) => {
      const { forwarder, app, log } = await setUp(t);
      await forwarder.lose(how);
      for (const which of ['first', 'second', 'third']) {
        const { response, ms } = await timed(app, RECORDS);
        t.comment(`${how}: the ${which} answer after ${ms} ms`);
        t.equal(response.statusCode, 503);
        t.equal(response.headers['retry-after'], '1');
        t.match(response.json(), problem('DATABASE_UNAVAILABLE', 503, 'The database cannot be reached'));
        t.ok(ms < BOUND_MS, `${ms} ms`);
        t.equal((await app.inject('/readyz')).statusCode, 200, 'it stays in rotation');
      }
      await until(
        () => log.some((line) => line.includes('lost the connection to MongoDB')),
        'the loss in the log',
      );

      await forwarder.restore();
      const back = performance.now();
      await until(async () => (await app.inject(RECORDS)).statusCode === 200, 'an answer', 5000);
      t.comment(`${how}: recovered after ${Math.round(performance.now() - back)} ms`);
      t.match(await app.inject(RECORDS), { statusCode: 200, body: '[]' });
    },
  );
}

t.test('requests that hang on connections of a vanished server are all answered', async (t) => {
  const { forwarder, app } = await setUp(t);
  forwarder.hold();
  const requests = Array.from({ length: 20 }, () => timed(app, RECORDS));
  await forwarder.lose('swallow');
  const answers = await Promise.all(requests);
  t.ok(answers.every(({ response }) => response.statusCode === 503));
  const slowest = Math.max(...answers.map(({ ms }) => ms));
  t.ok(slowest < BOUND_MS, `the slowest of 20 after ${slowest} ms`);
  t.comment(`the slowest of 20 after ${slowest} ms`);
  await forwarder.restore();
});

t.test('a short stumble of the database is not seen by the caller', async (t) => {
  const { forwarder, app } = await setUp(t);
  await forwarder.lose('refuse');
  const answer = app.inject(RECORDS);
  await forwarder.restore();
  t.equal((await answer).statusCode, 200);
});

t.test('a slow database answers late, not 503', async (t) => {
  const { forwarder, app } = await setUp(t);
  forwarder.hold();
  const answer = app.inject(RECORDS);
  await until(
    async () => /count\{state="used"\} 1/.test(await app.metrics.registry.metrics()),
    'the operation',
  );
  await forwarder.restore();
  t.equal((await answer).statusCode, 200);
});

t.test('closing does not wait for a database that is away', async (t) => {
  for (const how of ['refuse', 'swallow'] satisfies Loss[]) {
    const { forwarder, app } = await setUp(t);
    await forwarder.lose(how);
    const started = performance.now();
    await app.mongo.client.close();
    t.ok(performance.now() - started < 3000, `${how}: ${Math.round(performance.now() - started)} ms`);
    await forwarder.restore();
    await app.mongo.client.connect();
  }
});
