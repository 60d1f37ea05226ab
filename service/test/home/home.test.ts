import { hostname } from 'node:os';
import t from 'tap';
import manifest from '../../../package.json' with { type: 'json' };
import { catalogue } from '../../src/errors.ts';
import { buildOfflineApp, problem } from '../support/offline-app.ts';

t.test('/ tells the time, who answers and where to go, and is never stored', async (t) => {
  const { app } = await buildOfflineApp(t);
  const before = Date.now() / 1000;
  const response = await app.inject('/');
  const { timestamp, ...rest } = response.json();
  t.ok(timestamp >= before && timestamp <= Date.now() / 1000);
  t.strictSame(rest, {
    hostname: hostname(),
    name: 'records',
    version: manifest.version,
    links: {
      records: '/api/v1/records',
      files: '/api/v1/files',
      documentation: '/docs',
      openapi: '/openapi.json',
    },
  });
  t.equal(response.headers['cache-control'], 'no-store');
});

t.test('every link of / leads somewhere', async (t) => {
  const { app } = await buildOfflineApp(t);
  for (const link of Object.values<string>((await app.inject('/')).json().links))
    t.not((await app.inject(link)).statusCode, 404, link);
});

t.test('every error of the catalogue is described where its type leads to', async (t) => {
  const { app } = await buildOfflineApp(t);
  for (const [code, entry] of Object.entries(catalogue))
    t.strictSame((await app.inject(`/errors/${code}`)).json(), { code, ...entry });
});

t.test('an unknown error answers 404, a name that every object has too', async (t) => {
  const { app } = await buildOfflineApp(t);
  for (const code of ['NO_SUCH', 'constructor', '__proto__']) {
    const detail = `No error has the code ${code}`;
    t.match(
      (await app.inject(`/errors/${code}`)).json(),
      problem('ERROR_NOT_FOUND', 404, 'No error has this code', detail),
    );
  }
});

t.test('an error code that is too long answers 400 with the name of the parameter', async (t) => {
  const { app } = await buildOfflineApp(t);
  const { code, detail } = (await app.inject(`/errors/${'X'.repeat(101)}`)).json();
  t.strictSame(
    { code, detail },
    { code: 'PARAMETER_INVALID', detail: 'params/code must NOT have more than 100 characters' },
  );
});
