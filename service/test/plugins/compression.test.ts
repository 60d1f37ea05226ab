import { brotliDecompressSync, gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { buildOfflineApp, problem } from '../support/offline-app.ts';

const big = { text: 'abc '.repeat(1000) };
const withRoutes = (app: FastifyInstance) => {
  app.get('/big', async () => big);
  app.get('/image', async (_request, reply) => reply.type('image/png').send(Buffer.alloc(5000)));
  app.get('/raw', { compress: false }, async () => big);
  app.post('/test', async (request) => request.body);
};

const decoders = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync };
for (const [encoding, decode] of Object.entries(decoders)) {
  t.test(`a client that accepts ${encoding} gets a large body in it`, async (t) => {
    const { app } = await buildOfflineApp(t, {}, withRoutes);
    const response = await app.inject({ url: '/big', headers: { 'accept-encoding': encoding } });
    t.equal(response.headers['content-encoding'], encoding);
    t.equal(response.headers.vary, 'accept-encoding');
    t.strictSame(JSON.parse(decode(response.rawPayload).toString()), big);
    t.ok(response.rawPayload.length < 500);
  });
}

t.test('the best of several accepted encodings is taken, a refused one never', async (t) => {
  const { app } = await buildOfflineApp(t, {}, withRoutes);
  const encodingFor = async (accepted: string) =>
    (await app.inject({ url: '/big', headers: { 'accept-encoding': accepted } })).headers['content-encoding'];
  t.equal(await encodingFor('gzip, deflate, br, zstd'), 'zstd');
  t.equal(await encodingFor('gzip, br'), 'br');
  t.equal(await encodingFor('gzip;q=1, br;q=0.5'), 'gzip');
  t.equal(await encodingFor('zstd;q=0, gzip'), 'gzip');
  t.equal(await encodingFor('identity'), undefined);
});

t.test(
  'without Accept-Encoding the body is sent as it is, and caches know that it could differ',
  async (t) => {
    const { app } = await buildOfflineApp(t, {}, withRoutes);
    const response = await app.inject('/big');
    t.equal(response.headers['content-encoding'], undefined);
    t.equal(response.headers.vary, 'accept-encoding');
    t.strictSame(response.json(), big);
  },
);

t.test('a small body is not compressed', async (t) => {
  const { app } = await buildOfflineApp(t);
  const response = await app.inject({ url: '/livez', headers: { 'accept-encoding': 'gzip' } });
  t.equal(response.headers['content-encoding'], undefined);
  t.equal(response.headers.vary, 'accept-encoding');
  t.equal(response.body, '{"status":"ok"}');
});

t.test('an image, and a route that opts out, are neither compressed nor vary', async (t) => {
  const { app } = await buildOfflineApp(t, {}, withRoutes);
  for (const url of ['/image', '/raw']) {
    const { headers } = await app.inject({ url, headers: { 'accept-encoding': 'gzip' } });
    t.equal(headers['content-encoding'], undefined);
    t.equal(headers.vary, undefined);
  }
});

t.test('a compressed request body answers 415 and says what is accepted, identity is read', async (t) => {
  const { app } = await buildOfflineApp(t, {}, withRoutes);
  const send = (encoding: string, body: Buffer | string) =>
    app.inject({
      method: 'POST',
      url: '/test',
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
      body,
    });
  const response = await send('gzip', gzipSync('{"a":1}'));
  t.equal(response.statusCode, 415);
  t.equal(response.headers['accept-encoding'], 'identity');
  const detail = 'Content-Encoding: send the body as it is';
  t.match(
    response.json(),
    problem('MEDIA_TYPE_UNSUPPORTED', 415, 'The content type is not supported', detail),
  );
  t.strictSame((await send('identity', '{"a":1}')).json(), { a: 1 });
});
