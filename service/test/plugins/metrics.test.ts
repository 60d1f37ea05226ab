import { get } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { until } from '../../../test/support/until.ts';
import { buildApp } from '../support/app.ts';
import { buildOfflineApp, listen } from '../support/offline-app.ts';

/** The lines of one metric, its comments left out. */
async function metric(app: FastifyInstance, name: string): Promise<string[]> {
  return (await app.metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(name));
}
const COUNT = 'http_server_request_duration_seconds_count';

t.test('requests are counted by method, route template and status', async (t) => {
  const { app } = await buildOfflineApp(t);
  for (const url of ['/errors/BAD_REQUEST', '/errors/OVERLOADED', '/errors/none', '/livez'])
    await app.inject(url);
  await app.inject({ method: 'PUT', url: '/livez' });
  t.strictSame(await metric(app, COUNT), [
    `${COUNT}{http_request_method="GET",http_route="/errors/:code",http_response_status_code="200"} 2`,
    `${COUNT}{http_request_method="GET",http_route="/errors/:code",http_response_status_code="404"} 1`,
    `${COUNT}{http_request_method="GET",http_route="/livez",http_response_status_code="200"} 1`,
    `${COUNT}{http_request_method="PUT",http_route="unknown",http_response_status_code="405"} 1`,
  ]);
});

t.test('unknown routes are one series, whatever their paths', async (t) => {
  const { app } = await buildOfflineApp(t);
  for (let index = 0; index < 50; index++) await app.inject(`/nowhere/${index}?x=${index}`);
  t.strictSame(await metric(app, COUNT), [
    `${COUNT}{http_request_method="GET",http_route="unknown",http_response_status_code="404"} 50`,
  ]);
});

t.test('active requests are counted, and return to 0 also when clients leave', async (t) => {
  const waiting: (() => void)[] = [];
  const { app } = await buildOfflineApp(t, {}, (app) => {
    app.get('/slow', async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return {};
    });
    app.get('/endless', (_request, reply) => {
      reply.send(Readable.from(Array(1000).fill('x'.repeat(100_000)), { objectMode: false }));
    });
  });
  const { url } = await listen(app);
  const active = async () => (await metric(app, 'http_server_active_requests '))[0];
  const clients = ['/slow', '/slow', '/endless'].map((path) => get(url + path).on('error', () => undefined));
  await until(async () => (await active())?.endsWith(' 3'), 'three active requests');
  clients[0]!.destroy();
  clients[2]!.destroy();
  await until(async () => (await active())?.endsWith(' 1'), 'one active request');
  for (const resolve of waiting) resolve();
  await until(async () => (await active())?.endsWith(' 0'), 'no active request');
  t.strictSame(await metric(app, COUNT), [
    `${COUNT}{http_request_method="GET",http_route="/slow",http_response_status_code="499"} 1`,
    `${COUNT}{http_request_method="GET",http_route="/endless",http_response_status_code="200"} 1`,
    `${COUNT}{http_request_method="GET",http_route="/slow",http_response_status_code="200"} 1`,
  ]);
});

t.test('durations are in seconds, from the request to its last byte', async (t) => {
  const { app } = await buildOfflineApp(t, {}, (app) => {
    app.get('/late', async () => new Promise((resolve) => setTimeout(resolve, 60, {})));
  });
  await app.inject('/late');
  const [sum] = await metric(app, 'http_server_request_duration_seconds_sum');
  const seconds = Number(sum?.split(' ').at(-1));
  t.ok(seconds >= 0.055 && seconds < 5, `${sum}`);
});

t.test('the connections to MongoDB are counted by state, and none stays in use', async (t) => {
  const { app } = await buildApp(t);
  await Promise.all(Array.from({ length: 5 }, () => app.inject('/api/v1/records')));
  const [used, idle] = await metric(app, 'db_client_connection_count{');
  t.equal(used, 'db_client_connection_count{state="used"} 0');
  t.match(idle, /^db_client_connection_count\{state="idle"\} [1-5]$/);
});

t.test('the process describes itself, and the API does not show the metrics', async (t) => {
  const { app } = await buildOfflineApp(t);
  t.equal((await metric(app, 'process_resident_memory_bytes ')).length, 1);
  t.equal((await app.inject('/metrics')).statusCode, 404);
});
