import t from 'tap';
import { buildApp } from '../support/app.ts';
import { buildOfflineApp, problem } from '../support/offline-app.ts';

t.test('liveness answers 200 with and without a database, and while stopping', async (t) => {
  const { app } = await buildOfflineApp(t);
  app.startDraining();
  for (const method of ['GET', 'HEAD'] as const) {
    const response = await app.inject({ method, url: '/livez' });
    t.equal(response.statusCode, 200);
    t.equal(response.body, method === 'GET' ? '{"status":"ok"}' : '');
  }
});

t.test('readiness answers 503 with Retry-After before the first connection to the database', async (t) => {
  const { app } = await buildOfflineApp(t);
  const response = await app.inject('/readyz');
  t.equal(response.statusCode, 503);
  t.equal(response.headers['retry-after'], '1');
  t.match(response.json(), problem('DATABASE_UNAVAILABLE', 503, 'The database cannot be reached'));
});

t.test(
  'readiness answers 200 once connected, and 503 while stopping, when requests are still answered',
  async (t) => {
    const { app } = await buildApp(t);
    t.strictSame((await app.inject('/readyz')).json(), { status: 'ok' });
    app.startDraining();
    const response = await app.inject('/readyz');
    t.equal(response.statusCode, 503);
    t.match(response.json(), problem('SHUTTING_DOWN', 503, 'The service is stopping'));
    const records = await app.inject('/api/v1/records');
    t.equal(records.statusCode, 200);
    t.equal(records.headers.connection, 'close');
  },
);
