import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { buildOfflineApp, listen, problem } from '../support/offline-app.ts';
import { rawRequest } from '../support/raw-request.ts';

const slow = { HEADERS_TIMEOUT_MS: '300', REQUEST_TIMEOUT_MS: '900' };
const withRoute = (app: FastifyInstance) => {
  app.post('/test', async (request) => request.body);
  app.post(
    '/begun',
    { onRequest: (_request, reply) => void reply.hijack().raw.write('begun') },
    () => undefined,
  );
  app.post('/early', { onRequest: (_request, reply) => void reply.code(202).send('early') }, () => undefined);
};

t.test('what is no HTTP answers 400 as problem+json and closes the connection', async (t) => {
  const { app, log } = await buildOfflineApp(t);
  const { port } = await listen(app);
  for (const bytes of [
    'garbage\r\n\r\n',
    'GET / HTTP/1.1\r\nno colon\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    '\u0000\u0001\r\n\r\n',
  ]) {
    const answer = await rawRequest(port, bytes);
    t.equal(answer.status, 400);
    t.match(answer.headers, { 'content-type': 'application/problem+json', connection: 'close' });
    t.strictSame(JSON.parse(answer.body), {
      ...problem('BAD_REQUEST', 400, 'The request is malformed'),
      instance: answer.headers['x-request-id'],
    });
    const line = log().find(({ reqId }) => reqId === answer.headers['x-request-id']);
    t.match(line, { msg: 'request refused before it was read', status: 400 });
  }
});

t.test('a request that could be smuggled answers 400', async (t) => {
  const { app } = await buildOfflineApp(t, {}, withRoute);
  const { port } = await listen(app);
  const head = 'POST /test HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n';
  t.equal(
    (await rawRequest(port, `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`))
      .status,
    400,
  );
  t.equal((await rawRequest(port, `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`)).status, 400);
});

t.test('headers above 16 KiB answer 431, headers below it are read', async (t) => {
  const { app } = await buildOfflineApp(t);
  const { port } = await listen(app);
  const request = (size: number) =>
    `GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Big: ${'x'.repeat(size)}\r\n\r\n`;
  const answer = await rawRequest(port, request(17_000));
  t.equal(answer.status, 431);
  t.match(JSON.parse(answer.body), problem('HEADERS_TOO_LARGE', 431, 'The request headers are too large'));
  t.equal((await rawRequest(port, request(16_000))).status, 200);
});

t.test('a target above 16 KiB answers 431', async (t) => {
  const { app } = await buildOfflineApp(t);
  const { port } = await listen(app);
  t.equal((await rawRequest(port, `GET /${'x'.repeat(17_000)} HTTP/1.1\r\nHost: a\r\n\r\n`)).status, 431);
});

t.test('a client that stalls within the headers is cut off with 408 after HEADERS_TIMEOUT_MS', async (t) => {
  const { app } = await buildOfflineApp(t, slow);
  const { port } = await listen(app);
  const answer = await rawRequest(port, 'GET /livez HTTP/1.1\r\nHost: a\r\nX-Slow: ');
  t.equal(answer.status, 408);
  t.match(JSON.parse(answer.body), problem('REQUEST_TIMEOUT', 408, 'The request took too long to arrive'));
  t.ok(answer.durationMs >= 250 && answer.durationMs < 3000, `${answer.durationMs} ms`);
});

t.test('a client that stalls within the body is cut off with 408 after REQUEST_TIMEOUT_MS', async (t) => {
  const { app } = await buildOfflineApp(t, slow, withRoute);
  const { port } = await listen(app);
  const head =
    'POST /test HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n';
  const answer = await rawRequest(port, `${head}{`);
  t.equal(answer.status, 408);
  t.match(JSON.parse(answer.body), { code: 'REQUEST_TIMEOUT' });
  t.ok(answer.durationMs >= 850 && answer.durationMs < 4000, `${answer.durationMs} ms`);
});

t.test('a client that never sends anything is cut off too', async (t) => {
  const { app } = await buildOfflineApp(t, slow);
  const { port } = await listen(app);
  const answer = await rawRequest(port, '');
  t.ok(answer.durationMs < 4000, `${answer.durationMs} ms`);
});

t.test('an answer that was given before the body stalled arrives whole', async (t) => {
  const { app } = await buildOfflineApp(t, slow, withRoute);
  const { port } = await listen(app);
  const head = 'POST /early HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n';
  const answer = await rawRequest(port, `${head}x`);
  t.equal(answer.status, 202);
  t.match(answer.body, /^early(HTTP\/1\.1 408 .*)?$/s);
});

t.test('an answer that has begun when the body stalls is cut off, not mixed with another', async (t) => {
  const { app } = await buildOfflineApp(t, slow, withRoute);
  const { port } = await listen(app);
  const head = 'POST /begun HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n';
  const answer = await rawRequest(port, `${head}x`);
  t.equal(answer.status, 200);
  t.equal(answer.body, '5\r\nbegun\r\n');
});
