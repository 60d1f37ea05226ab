import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { stringify } from 'yaml';
import { folder, parseManifests, run } from './support.ts';

interface Rule {
  alert: string;
  annotations: { runbook_url: string };
}

const golden = readFileSync('charts/records/tests/golden/production.yaml', 'utf8');
const { spec } = parseManifests(golden).find(({ kind }) => kind === 'PrometheusRule')!;
const rules: Rule[] = spec.groups.flatMap(({ rules }: { rules: Rule[] }) => rules);

t.test('every alert has its runbook, and every runbook its alert', async (t) => {
  t.same(rules.map(({ alert }) => `${alert}.md`).sort(), readdirSync('docs/runbooks').sort());
  for (const { alert, annotations } of rules) {
    t.ok(existsSync(annotations.runbook_url), annotations.runbook_url);
    const text = readFileSync(annotations.runbook_url, 'utf8');
    t.same(text.match(/^#+ .*/gm), [
      `# ${alert}`,
      '## Meaning',
      '## Impact',
      '## Check',
      '## Fix',
      '## Verify',
    ]);
  }
});

t.test('Prometheus reads the rules', async (t) => {
  const files = folder(t, {
    'rules.yaml': stringify(spec),
    'wrong.yaml': stringify(spec).replace('absent(', 'absend('),
  });
  const check = (name: string) => run('promtool', ['check', 'rules', join(files, name)]);
  if ((await run('promtool', ['--version'])).code !== 0) {
    t.pass('promtool accepts them', { skip: 'promtool is missing: install prometheus' });
    return;
  }
  t.match(await check('rules.yaml'), { code: 0, stdout: `${rules.length} rules found` });
  t.match(await check('wrong.yaml'), { code: 1 });
});
