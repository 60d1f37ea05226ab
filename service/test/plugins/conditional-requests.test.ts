import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import { buildOfflineApp } from '../support/offline-app.ts';

const big = { text: 'abc '.repeat(1000) };
const withRoutes = (app: FastifyInstance) => {
  app.get('/big', async (_request, reply) => reply.header('cache-control', 'no-cache').send(big));
  app.get('/own', async (_request, reply) => reply.header('etag', '"own"').send('x'));
  app.get('/stream', async (request, reply) => {
    reply.type('application/x-ndjson');
    return reply.send(request.method === 'HEAD' ? '' : Readable.from(['{}\n']));
  });
  app.post('/test', async () => 'x');
};

async function setUp(test: Test) {
  const { app } = await buildOfflineApp(test, {}, withRoutes);
  const get = (url: string, ifNoneMatch: string, headers = {}, method: 'GET' | 'HEAD' = 'GET') =>
    app.inject({ method, url, headers: { 'if-none-match': ifNoneMatch, ...headers } });
  return { app, get, etag: String((await app.inject('/big')).headers.etag) };
}

t.test('an answer has a weak ETag that stays while the body stays', async (t) => {
  const { app, etag } = await setUp(t);
  t.match(etag, /^W\/"[\w-]{27}"$/);
  for (const options of [{}, { headers: { 'accept-encoding': 'gzip' } }, { method: 'HEAD' as const }])
    t.equal((await app.inject({ url: '/big', ...options })).headers.etag, etag);
  t.not((await app.inject('/livez')).headers.etag, etag);
});

t.test('who has the body already gets 304 without one, but with the headers that caches need', async (t) => {
  const { get, etag } = await setUp(t);
  const strong = etag.replace('W/', '');
  for (const value of [etag, strong, `"other", ${etag}`, `${strong},"other"`, '*', ' * ']) {
    const response = await get('/big', value, { 'accept-encoding': 'gzip' });
    t.equal(response.statusCode, 304, value);
    t.equal(response.body, '');
    t.match(response.headers, {
      etag,
      'cache-control': 'no-cache',
      vary: 'accept-encoding',
      'x-request-id': String,
    });
    for (const name of ['content-type', 'content-length', 'content-encoding'])
      t.equal(response.headers[name], undefined, name);
  }
  t.equal((await get('/big', etag, {}, 'HEAD')).statusCode, 304);
});

t.test('who has another body gets the new one', async (t) => {
  const { get } = await setUp(t);
  for (const value of ['"other"', 'W/"other", "third"', '', 'nonsense'])
    t.strictSame((await get('/big', value)).json(), big);
});

t.test("an operation's own ETag is kept and compared", async (t) => {
  const { get } = await setUp(t);
  t.equal((await get('/own', '"own"')).statusCode, 304);
  t.match(await get('/own', '"other"'), { statusCode: 200, headers: { etag: '"own"' }, body: 'x' });
});

t.test('a stream that is not wanted is closed', async (t) => {
  const stream = Readable.from(['x']);
  const { app } = await buildOfflineApp(t, {}, (app) => {
    app.get('/file', async (_request, reply) => reply.header('etag', '"own"').send(stream));
  });
  const response = await app.inject({ url: '/file', headers: { 'if-none-match': '"own"' } });
  t.equal(response.statusCode, 304);
  t.ok(stream.destroyed);
});

t.test('a stream has no ETag, by GET as by HEAD', async (t) => {
  const { app } = await setUp(t);
  for (const method of ['GET', 'HEAD'] as const)
    t.equal((await app.inject({ method, url: '/stream' })).headers.etag, undefined);
});

t.test('neither a refusal nor an answer to POST has an ETag or becomes 304', async (t) => {
  const { app, get } = await setUp(t);
  const refused = await get('/nowhere', '*');
  t.equal(refused.statusCode, 404);
  t.equal(refused.headers.etag, undefined);
  const posted = await app.inject({ method: 'POST', url: '/test', headers: { 'if-none-match': '*' } });
  t.equal(posted.statusCode, 200);
  t.equal(posted.headers.etag, undefined);
});
