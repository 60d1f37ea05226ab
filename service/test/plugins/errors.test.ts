import type { FastifyInstance } from 'fastify';
import {
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb';
import t from 'tap';
import { Problem } from '../../src/errors.ts';
import { toProblem } from '../../src/plugins/errors.ts';
import { buildOfflineApp, problem } from '../support/offline-app.ts';

const withRoutes = (app: FastifyInstance) => {
  app.post('/test', async (request) => ({ got: request.body }));
  app.get('/fails', async (_request, reply) => {
    reply.header('etag', '"x"').header('link', '<x>').header('content-language', 'en');
    throw new Error('secret detail', { cause: new Error('the cause') });
  });
  app.get('/nothing-thrown', () => Promise.reject(null));
  app.get('/teapot', async () => {
    throw Object.assign(new Error('short and stout'), { statusCode: 418 });
  });
};
const json = { 'content-type': 'application/json' };

t.test('malformed JSON answers 400 with BODY_INVALID, well-formed JSON is read', async (t) => {
  const { app } = await buildOfflineApp(t, {}, withRoutes);
  for (const body of ['{', '{"a":1,}', '']) {
    const response = await app.inject({ method: 'POST', url: '/test', headers: json, body });
    t.equal(response.statusCode, 400);
    t.equal(response.headers['content-type'], 'application/problem+json');
    t.match(
      response.json(),
      problem('BODY_INVALID', 400, 'The request body cannot be read', response.json().detail),
    );
  }
  const response = await app.inject({ method: 'POST', url: '/test', headers: json, body: '{"a":1}' });
  t.strictSame(response.json(), { got: { a: 1 } });
});

t.test('a body that would reach a prototype answers 400', async (t) => {
  const { app } = await buildOfflineApp(t, {}, withRoutes);
  const body = '{"__proto__":{"admin":true}}';
  const response = await app.inject({ method: 'POST', url: '/test', headers: json, body });
  t.match(response.json(), { status: 400, code: 'BODY_INVALID' });
});

t.test('a content type that no parser reads answers 415', async (t) => {
  const { app } = await buildOfflineApp(t, {}, withRoutes);
  const headers = { 'content-type': 'application/x-yaml' };
  const response = await app.inject({ method: 'POST', url: '/test', headers, body: 'a: 1' });
  t.equal(response.statusCode, 415);
  t.match(response.json(), { code: 'MEDIA_TYPE_UNSUPPORTED', detail: /application\/x-yaml|media type/i });
});

t.test('a body above BODY_MAX_BYTES answers 413, one of exactly that size is read', async (t) => {
  const { app } = await buildOfflineApp(t, { BODY_MAX_BYTES: '1024' }, withRoutes);
  const send = (body: string) => app.inject({ method: 'POST', url: '/test', headers: json, body });
  const response = await send(JSON.stringify('x'.repeat(1023)));
  t.match(
    response.json(),
    problem('BODY_TOO_LARGE', 413, 'The request body is too large', response.json().detail),
  );
  t.equal((await send(JSON.stringify('x'.repeat(1022)))).statusCode, 200);
});

t.test('an unknown route answers 404 with ROUTE_NOT_FOUND, without its query', async (t) => {
  const { app } = await buildOfflineApp(t);
  const response = await app.inject('/nowhere?token=x');
  t.equal(response.statusCode, 404);
  t.strictSame(response.json(), {
    ...problem('ROUTE_NOT_FOUND', 404, 'Nothing is here', 'No route GET /nowhere'),
    instance: response.headers['x-request-id'],
  });
});

t.test('a target that cannot be decoded answers 400, is named and is logged', async (t) => {
  const { app, log } = await buildOfflineApp(t);
  const response = await app.inject('/api/v1/records/%zz');
  t.equal(response.statusCode, 400);
  t.strictSame(response.json(), {
    ...problem(
      'BAD_REQUEST',
      400,
      'The request is malformed',
      "'/api/v1/records/%zz' is not a valid url component",
    ),
    instance: response.headers['x-request-id'],
  });
  t.match(
    log().find(({ msg }) => msg === 'request refused before it was routed'),
    { status: 400, reqId: response.headers['x-request-id'] },
  );
});

t.test('a path parameter above 1024 characters answers 414, one of 1024 does not', async (t) => {
  const { app } = await buildOfflineApp(t);
  const response = await app.inject(`/api/v1/records/${'x'.repeat(1025)}`);
  t.equal(response.statusCode, 414);
  t.match(response.json(), { code: 'URI_TOO_LONG', instance: response.headers['x-request-id'] });
  t.equal((await app.inject(`/api/v1/records/${'x'.repeat(1024)}`)).json().code, 'DATABASE_UNAVAILABLE');
});

t.test('an unexpected error answers 500 without detail, and its causes are logged', async (t) => {
  const { app, log } = await buildOfflineApp(t, {}, withRoutes);
  const response = await app.inject({ url: '/fails', headers: { 'x-request-id': 'the-id' } });
  t.equal(response.statusCode, 500);
  t.strictSame(response.json(), {
    ...problem('INTERNAL_ERROR', 500, 'The service failed'),
    instance: 'the-id',
  });
  t.equal(response.headers['cache-control'], 'no-store');
  for (const name of ['etag', 'link', 'content-language']) t.equal(response.headers[name], undefined);
  const err = { message: 'secret detail', cause: { message: 'the cause' } };
  t.match(
    log().find(({ level }) => level === 'error'),
    { reqId: 'the-id', code: 'INTERNAL_ERROR', err },
  );
});

t.test('HEAD of what fails answers the headers of the refusal without its body', async (t) => {
  const { app } = await buildOfflineApp(t, {}, withRoutes);
  const response = await app.inject({ method: 'HEAD', url: '/fails' });
  t.equal(response.statusCode, 500);
  t.equal(response.headers['content-type'], 'application/problem+json');
  t.equal(response.body, '');
});

t.test('what is thrown but no error answers 500', async (t) => {
  const { app } = await buildOfflineApp(t, {}, withRoutes);
  t.match((await app.inject('/nothing-thrown')).json(), { code: 'INTERNAL_ERROR' });
});

t.test("a plugin's own 4xx answers 400 with its message", async (t) => {
  const { app } = await buildOfflineApp(t, {}, withRoutes);
  t.match((await app.inject('/teapot')).json(), {
    status: 400,
    code: 'BAD_REQUEST',
    detail: 'short and stout',
  });
});

t.test(
  'errors of the driver that a retry can cure mean DATABASE_UNAVAILABLE, slow queries QUERY_TIMEOUT',
  async (t) => {
    const selection = new MongoServerSelectionError('none', {} as never);
    const poolCleared = new MongoNetworkError('cleared');
    for (const error of [
      new MongoNetworkError('reset'),
      selection,
      new MongoTopologyClosedError('closed'),
      poolCleared,
    ])
      t.match(toProblem(error), {
        code: 'DATABASE_UNAVAILABLE',
        message: 'The database cannot be reached',
        cause: error,
      });
    const reset = Object.assign(new Error('write ECONNRESET'), { code: 'ECONNRESET', syscall: 'write' });
    t.equal(toProblem(reset).code, 'DATABASE_UNAVAILABLE');
    const cut = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    t.equal(toProblem(cut).code, 'INTERNAL_ERROR', 'not by a socket of the database');
    t.equal(
      toProblem(new MongoServerError({ code: 10107, message: 'not primary' })).code,
      'DATABASE_UNAVAILABLE',
    );
    t.equal(toProblem(new MongoServerError({ code: 50, message: 'too slow' })).code, 'QUERY_TIMEOUT');
  },
);

t.test('errors of the driver that a retry cannot cure mean INTERNAL_ERROR', async (t) => {
  t.equal(toProblem(new MongoServerError({ code: 2, message: 'bad value' })).code, 'INTERNAL_ERROR');
  t.equal(toProblem(new MongoInvalidArgumentError('wrong call')).code, 'INTERNAL_ERROR');
  const problem = new Problem('RECORD_NOT_FOUND');
  t.equal(toProblem(problem), problem);
});
