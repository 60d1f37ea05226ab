/** The contract from outside: Schemathesis makes requests from /openapi.json, and looks at every answer. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BSON, type Document } from 'mongodb';
import t from 'tap';
import { buildApp } from '../support/app.ts';

const run = promisify(execFile);
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const schemathesis = path('../../../.cache/schemathesis/bin/schemathesis');
const MAX_EXAMPLES = process.env.CONTRACT_EXAMPLES ?? '30';

t.test(
  'no generated request is answered by an error of the service, or in a way that is not documented',
  {
    skip: existsSync(schemathesis)
      ? false
      : 'Schemathesis is not installed; `make test-service` installs it with Python 3',
  },
  async (t) => {
    const { app } = await buildApp(t, { HOST: '127.0.0.1', UPLOAD_TOKEN: 'contract-token-0123456789' });
    const sample = readFileSync(path('../../../data/restaurants.ndjson'), 'utf8').split('\n').slice(0, 50);
    await app.mongo
      .db!.collection('records')
      .insertMany(sample.map((line): Document => BSON.EJSON.parse(line)));
    const address = await app.listen({ host: '127.0.0.1', port: 0 });

    const folder = mkdtempSync(join(tmpdir(), 'contract-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const options = ['--max-examples', MAX_EXAMPLES, '--seed', '1', '--no-color', '--workers', '1'];
    const authorization = ['--header', 'Authorization: Bearer contract-token-0123456789'];
    const result = await run(
      schemathesis,
      [
        '--config-file',
        path('schemathesis.toml'),
        'run',
        `${address}/openapi.json`,
        ...options,
        ...authorization,
      ],
      { cwd: folder, maxBuffer: 64 * 1024 * 1024 },
    ).catch((error: { stdout: string; stderr: string; code: number }) => error);

    const report = result.stdout.replaceAll(/^.{300,}$/gm, (line) => `${line.slice(0, 300)} ...`);
    t.equal('code' in result ? result.code : 0, 0, `Schemathesis passes\n${'code' in result ? report : ''}`);
    const [, cases] = /(\d+) generated/.exec(result.stdout) ?? [];
    t.ok(Number(cases) > 200, `it made enough requests for this to mean something: ${cases}`);
  },
);
