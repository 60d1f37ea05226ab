import t from 'tap';
import manifest from '../../../package.json' with { type: 'json' };
import { buildOfflineApp } from '../support/offline-app.ts';

t.test('the document is OpenAPI 3.1 and names every operation once', async (t) => {
  const { app } = await buildOfflineApp(t);
  const document = (await app.inject('/openapi.json')).json();
  t.match(document, { openapi: '3.1.0', info: { title: 'Records', version: manifest.version } });
  const ids = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  );
  t.strictSame(ids.toSorted(), [
    'deleteFile',
    'downloadFile',
    'getError',
    'getHome',
    'getLiveness',
    'getReadiness',
    'getRecord',
    'listFiles',
    'listRecords',
    'uploadFile',
  ]);
});

t.test('every operation documents what it can refuse as problem+json', async (t) => {
  const { app } = await buildOfflineApp(t);
  const { paths, components } = (await app.inject('/openapi.json')).json();
  t.match(components.schemas.Problem, {
    type: 'object',
    required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  });
  for (const operations of Object.values<object>(paths))
    for (const { operationId, responses } of Object.values(operations))
      for (const status of ['400', '500', '503'])
        t.match(
          responses[status].content['application/problem+json'].schema,
          { $ref: '#/components/schemas/Problem' },
          `${operationId} ${status}`,
        );
});

t.test('/docs shows the document without a script from elsewhere', async (t) => {
  const { app } = await buildOfflineApp(t);
  const page = await app.inject({ url: '/docs/' });
  t.equal(page.statusCode, 200);
  t.match(page.headers['content-type'], /^text\/html/);
  t.match(page.headers['content-security-policy'], /default-src 'self'/);
  t.notMatch(page.body, /(src|href)="https?:/);
});
