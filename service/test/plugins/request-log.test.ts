import { get } from 'node:http';
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { until } from '../../../test/support/until.ts';
import { buildOfflineApp, type LogLine, listen } from '../support/offline-app.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const requests = (log: () => LogLine[]) => log().filter(({ msg }) => msg.startsWith('request '));

t.test(
  'a request is one line: its id, operation, method, path without query, status and duration',
  async (t) => {
    const { app, log } = await buildOfflineApp(t);
    const response = await app.inject({ method: 'HEAD', url: '/errors/BAD_REQUEST?name=Ada' });
    const [line, ...more] = requests(log);
    t.strictSame(more, []);
    t.match(line, { time: String, durationMs: Number });
    const { time, durationMs, ...rest } = line!;
    t.strictSame(rest, {
      level: 'info',
      reqId: response.headers['x-request-id'],
      method: 'HEAD',
      operation: 'getError',
      path: '/errors/BAD_REQUEST',
      status: 200,
      msg: 'request completed',
    });
  },
);

t.test('a harmless X-Request-Id is taken over, any other is replaced', async (t) => {
  const { app } = await buildOfflineApp(t);
  const idFor = async (id: string) =>
    (await app.inject({ url: '/livez', headers: { 'x-request-id': id } })).headers['x-request-id'];
  for (const id of ['a', 'A-b_c.d:9', 'x'.repeat(128)]) t.equal(await idFor(id), id);
  for (const id of ['', 'a b', 'x'.repeat(129), '"}{"', 'é', 'a\tb'])
    t.match(await idFor(id), /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/, JSON.stringify(id));
});

t.test('the trace of a valid traceparent is in every line of the request', async (t) => {
  const { app, log } = await buildOfflineApp(t, {}, (app) => {
    app.get('/fails', async () => {
      throw new Error('x');
    });
  });
  for (const traceparent of [`00-${TRACE}-${SPAN}-01`, `cc-${TRACE}-${SPAN}-01-more`])
    await app.inject({ url: '/fails', headers: { traceparent } });
  const lines = log().filter(({ reqId }) => reqId);
  t.equal(lines.length, 4);
  for (const line of lines) t.match(line, { traceId: TRACE, spanId: SPAN });
});

t.test('an invalid traceparent is ignored', async (t) => {
  const { app, log } = await buildOfflineApp(t);
  const invalid = [
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
    'x',
  ];
  for (const traceparent of invalid) await app.inject({ url: '/', headers: { traceparent } });
  t.equal(requests(log).length, invalid.length);
  for (const line of requests(log)) t.notOk('traceId' in line);
});

t.test('a probe is logged only when it fails', async (t) => {
  const { app, log } = await buildOfflineApp(t);
  await app.inject('/livez');
  await app.inject({ method: 'HEAD', url: '/livez' });
  t.strictSame(requests(log), []);
  await app.inject('/readyz');
  t.match(requests(log), [{ operation: 'getReadiness', status: 503 }]);
});

t.test('a request whose client leaves is logged as aborted, with what it got so far', async (t) => {
  let finish = () => {};
  const { app, log } = await buildOfflineApp(t, {}, (app: FastifyInstance) => {
    app.get('/slow', { schema: { operationId: 'getSlow' } }, async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return {};
    });
  });
  const { url } = await listen(app);
  const request = get(`${url}/slow`).on('error', () => undefined);
  await until(() => String(finish) !== '() => {}', 'the handler');
  request.destroy();
  await until(() => requests(log).length > 0, 'the line');
  t.match(requests(log), [{ operation: 'getSlow', status: 499, msg: 'request aborted by the client' }]);
  finish();
});

t.test('at trace level neither a token nor a credential of the connection string is logged', async (t) => {
  const { app, log, text } = await buildOfflineApp(t, {
    LOG_LEVEL: 'trace',
    MONGODB_URI: 'mongodb://bob:hunter2@127.0.0.1:1/records',
    // Long enough for a busy machine to be refused the connection.
    MONGODB_SELECTION_TIMEOUT_MS: '2000',
    UPLOAD_TOKEN: 'the-token-of-this-installation',
  });
  for (const token of ['the-token-of-this-installation', 'another-token'])
    await app.inject({ method: 'POST', url: '/api/v1/files', headers: { authorization: `Bearer ${token}` } });
  await app.inject({ url: '/api/v1/records?api_key=hunter2', headers: { cookie: 'session=hunter2' } });
  await until(
    () => log().some(({ msg }) => msg.startsWith('MongoDB is not reachable')),
    'the failed attempt',
  );
  t.match(
    log().find(({ err }) => err),
    { err: { message: /ECONNREFUSED/ } },
  );
  t.notMatch(text(), /bob|hunter2|the-token|another-token/);
});
