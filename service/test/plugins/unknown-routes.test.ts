import { METHODS } from 'node:http';
import t from 'tap';
import { buildOfflineApp, listen, problem } from '../support/offline-app.ts';
import { rawRequest } from '../support/raw-request.ts';

const paths: [string, string][] = [
  ['/', 'GET, HEAD, OPTIONS'],
  ['/livez', 'GET, HEAD, OPTIONS'],
  ['/errors/BAD_REQUEST', 'GET, HEAD, OPTIONS'],
  ['/api/v1/records', 'GET, HEAD, OPTIONS'],
  ['/api/v1/records/1', 'GET, HEAD, OPTIONS'],
  ['/api/v1/files', 'GET, HEAD, OPTIONS, POST'],
  ['/api/v1/files/1', 'DELETE, GET, HEAD, OPTIONS'],
];
for (const [url, allow] of paths) {
  t.test(`PUT ${url} answers 405 with its Allow, OPTIONS 204 with the same`, async (t) => {
    const { app } = await buildOfflineApp(t);
    const response = await app.inject({ method: 'PUT', url, body: { a: 1 } });
    t.equal(response.statusCode, 405);
    t.equal(response.headers.allow, allow);
    const detail = `PUT is not allowed here; use one of ${allow}`;
    t.match(response.json(), problem('METHOD_NOT_ALLOWED', 405, 'The method is not allowed here', detail));
    const options = await app.inject({ method: 'OPTIONS', url });
    t.equal(options.statusCode, 204);
    t.equal(options.headers.allow, allow);
    t.equal(options.body, '');
  });
}

t.test('every method that Node reads answers 405 on a known path, and 404 on an unknown one', async (t) => {
  const { app } = await buildOfflineApp(t);
  const { port } = await listen(app);
  for (const method of METHODS) {
    if (['GET', 'HEAD', 'OPTIONS', 'CONNECT'].includes(method)) continue;
    const rest = 'HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    t.match(await rawRequest(port, `${method} /livez ${rest}`), {
      status: 405,
      headers: { allow: 'GET, HEAD, OPTIONS', 'content-type': 'application/problem+json' },
    });
    t.equal((await rawRequest(port, `${method} /nowhere ${rest}`)).status, 404, method);
  }
});

t.test('a body that is not wanted is not read before the refusal', async (t) => {
  const { app } = await buildOfflineApp(t, { BODY_MAX_BYTES: '1024' });
  const body = 'x'.repeat(2048);
  const response = await app.inject({
    method: 'POST',
    url: '/livez',
    body,
    headers: { 'content-type': 'text/plain' },
  });
  t.equal(response.statusCode, 405);
});

t.test('the other methods do not show in the OpenAPI document', async (t) => {
  const { app } = await buildOfflineApp(t);
  t.strictSame(Object.keys((await app.inject('/openapi.json')).json().paths['/livez']), ['get']);
});

t.test('an unknown path answers 404 whatever is wrong with the body', async (t) => {
  const { app } = await buildOfflineApp(t);
  for (const [type, body] of [
    ['application/json', '{'],
    ['application/x-yaml', 'a: 1'],
  ] as const) {
    const response = await app.inject({ method: 'POST', url: '/x', headers: { 'content-type': type }, body });
    t.match(response.json(), problem('ROUTE_NOT_FOUND', 404, 'Nothing is here', 'No route POST /x'));
  }
  t.match((await app.inject('/docs/static/x')).json(), { code: 'ROUTE_NOT_FOUND' });
});
