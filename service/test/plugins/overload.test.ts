import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { until } from '../../../test/support/until.ts';
import { buildApp } from '../support/app.ts';
import { buildOfflineApp, problem } from '../support/offline-app.ts';

/** Keeps the event loop busy, as a request would that computes too much. */
function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

async function lag(app: FastifyInstance, url: string) {
  let response = await app.inject(url);
  await until(async () => {
    response = await app.inject(url);
    spin(150);
    return response.json().code === 'OVERLOADED';
  }, 'a refusal');
  return response;
}

t.test('while the event loop lags, the API answers 503 with OVERLOADED and the probes answer', async (t) => {
  const { app } = await buildApp(t, { OVERLOAD_EVENT_LOOP_DELAY_MS: '20' });
  const response = await lag(app, '/api/v1/records');
  t.equal(response.statusCode, 503);
  t.equal(response.headers['retry-after'], '1');
  t.match(response.json(), problem('OVERLOADED', 503, 'The service is overloaded'));
  t.equal((await app.inject('/livez')).statusCode, 200);
  t.equal((await app.inject('/readyz')).statusCode, 200);
  await until(
    async () => (await app.inject('/api/v1/records')).statusCode === 200,
    'an answer after the lag',
  );
});

t.test('overload is told from a database that is away', async (t) => {
  const { app } = await buildOfflineApp(t, { OVERLOAD_EVENT_LOOP_DELAY_MS: '20' });
  t.equal((await app.inject('/api/v1/files')).json().code, 'DATABASE_UNAVAILABLE');
  t.equal((await lag(app, '/api/v1/files')).json().code, 'OVERLOADED');
});

t.test('with OVERLOAD_EVENT_LOOP_DELAY_MS=0 nothing is refused', async (t) => {
  const { app } = await buildOfflineApp(t, { OVERLOAD_EVENT_LOOP_DELAY_MS: '0' });
  for (let turn = 0; turn < 5; turn++) {
    spin(150);
    t.equal((await app.inject('/api/v1/files')).json().code, 'DATABASE_UNAVAILABLE');
  }
});
