import t from 'tap';
import { buildOfflineApp } from '../support/offline-app.ts';

const origin = 'https://a.example';
const preflight = {
  origin,
  'access-control-request-method': 'DELETE',
  'access-control-request-headers': 'authorization',
};

t.test('without CORS_ORIGINS no answer allows another origin', async (t) => {
  const { app } = await buildOfflineApp(t);
  for (const method of ['GET', 'OPTIONS'] as const) {
    const { headers } = await app.inject({ method, url: '/api/v1/files/1', headers: preflight });
    t.notOk(Object.keys(headers).some((name) => name.startsWith('access-control-')));
  }
});

t.test('an allowed origin may read the answers, refusals included, and their headers', async (t) => {
  const { app } = await buildOfflineApp(t, { CORS_ORIGINS: `https://b.example,${origin}` });
  for (const url of ['/livez', '/nowhere', '/api/v1/records']) {
    const { headers } = await app.inject({ url, headers: { origin } });
    t.equal(headers['access-control-allow-origin'], origin);
    t.match(headers['access-control-expose-headers'], /ETag, Link, Location, Retry-After, X-Request-Id/);
    t.match(headers.vary, /^Origin/);
  }
});

t.test('another origin is not allowed, and caches keep the answers apart', async (t) => {
  const { app } = await buildOfflineApp(t, { CORS_ORIGINS: origin });
  const { headers } = await app.inject({ url: '/livez', headers: { origin: 'https://evil.example' } });
  t.equal(headers['access-control-allow-origin'], undefined);
  t.match(headers.vary, /^Origin/);
});

t.test('with * any origin is allowed', async (t) => {
  const { app } = await buildOfflineApp(t, { CORS_ORIGINS: '*' });
  const { headers } = await app.inject({ url: '/livez', headers: { origin } });
  t.equal(headers['access-control-allow-origin'], '*');
});

t.test('a preflight answers 204 with what is allowed', async (t) => {
  const { app } = await buildOfflineApp(t, { CORS_ORIGINS: origin });
  const response = await app.inject({ method: 'OPTIONS', url: '/api/v1/files/1', headers: preflight });
  t.equal(response.statusCode, 204);
  t.match(response.headers, {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, HEAD, POST, DELETE',
    'access-control-allow-headers': 'authorization',
    'access-control-max-age': '86400',
  });
});

t.test('with CORS on, OPTIONS that is no preflight answers as without: 204 with Allow, or 404', async (t) => {
  const { app } = await buildOfflineApp(t, { CORS_ORIGINS: origin });
  const response = await app.inject({ method: 'OPTIONS', url: '/livez', headers: { origin } });
  t.equal(response.statusCode, 204);
  t.equal(response.headers.allow, 'GET, HEAD, OPTIONS');
  t.equal((await app.inject({ method: 'OPTIONS', url: '/nowhere' })).json().code, 'ROUTE_NOT_FOUND');
});
