import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { folder, run } from './support.ts';

const check = ['scripts/generate-charts.ts', '--check'];

t.test('schemas, value tables, helpers and golden renders are up to date', async (t) => {
  const { code, stderr } = await run(process.execPath, check);
  t.equal(code, 0, stderr);
});

t.test('what is derived and was changed by hand, or not written anew, is named', async (t) => {
  const copy = folder(t);
  for (const path of ['charts', 'scripts', 'tools', 'service', 'package.json'])
    cpSync(path, join(copy, path), { recursive: true });
  for (const path of ['node_modules', '.cache']) symlinkSync(resolve(path), join(copy, path));
  const change = (path: string, from: string, to: string) => {
    const text = readFileSync(path, 'utf8');
    writeFileSync(join(copy, path), text.replace(from, to));
    return async () => writeFileSync(join(copy, path), text);
  };
  const cases: [title: string, path: string, from: string, to: string, named: string][] = [
    [
      'a sentence',
      'charts/records/values.yaml',
      'Number of pods',
      'How many pods',
      'charts/records/README.md',
    ],
    [
      'a default',
      'charts/mongodb/values.yaml',
      'size: 8Gi',
      'size: 9Gi',
      'charts/mongodb/values.schema.json',
    ],
    [
      'a helper',
      'charts/mongo-seed/templates/_common.tpl',
      'trunc 40',
      'trunc 41',
      'charts/mongo-seed/templates/_common.tpl',
    ],
    [
      'a template',
      'charts/records/templates/service.yaml',
      'appProtocol: http',
      'appProtocol: h2c',
      'golden/minimal.yaml',
    ],
    [
      'a setting of the service',
      'service/src/config.ts',
      'CACHE_CONTROL',
      'CACHING',
      'charts/records/values.schema.json',
    ],
    [
      'a sentence that is missing',
      'charts/records/values.yaml',
      '# -- Number',
      '# Number',
      'replicas has no "# -- sentence"',
    ],
  ];
  for (const [title, path, from, to, named] of cases) {
    await t.test(title, async (t) => {
      const restore = change(path, from, to);
      const { code, stderr } = await run(process.execPath, check, { cwd: copy });
      await restore();
      t.equal(code, 1);
      t.match(stderr, named);
    });
  }
  const { code } = await run(process.execPath, check, { cwd: copy });
  t.equal(code, 0, 'the copy itself is up to date');
});
