/** What guards the supply chain notices what it is there for. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ROOT, repository } from './support.ts';

/** Runs a TypeScript script of this repository. */
function script(path: string, args: string[] = []) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], {
    encoding: 'utf8',
    cwd: ROOT,
  });
  return { status, output: stdout + stderr };
}

t.test('a secret is found in the history, also when a later commit removed it', async (t) => {
  const { write, commit, run } = repository(t, []);
  const scan = () => run('gitleaks', ['git', '--no-banner', '--redact', '--log-level', 'error', '.']);
  t.equal(scan().status, 0, 'the same history without one passes');
  // In two parts, so that this file holds none.
  write('settings', `aws_key = "${'AKIA'}${'Z7QPTVD3M2KXW5BN'}"\n`);
  commit('oops');
  write('settings', '');
  commit('gone');
  t.not(scan().status, 0);
});

t.test('a licence that is not allowed is named', async (t) => {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const { write, folder } = repository(t, []);
  lock.packages['node_modules/fastify'].license = 'AGPL-3.0';
  lock.packages['node_modules/tap'].license = '(MIT AND GPL-3.0)';
  write('lock.json', JSON.stringify(lock));
  const { status, output } = script('scripts/licences.ts', [join(folder, 'lock.json')]);
  t.equal(status, 1);
  t.match(output, /fastify@[\d.]+: AGPL-3\.0, shipped/);
  t.match(output, /tap@[\d.]+: \(MIT AND GPL-3\.0\)\n/);
  t.equal(script('scripts/licences.ts').status, 0);
});

t.test(
  'an advisory of the severity that the policy names fails the audit, a lesser one does not',
  async (t) => {
    const { write, folder } = repository(t, []);
    const audit = (severity: string) => {
      const via = [{ name: 'x', title: 'breaks', severity, url: 'https://advisories.example/GHSA-1' }];
      write('report.json', JSON.stringify({ vulnerabilities: { x: { via } } }));
      return script('scripts/audit.ts', [join(folder, 'report.json')]);
    };
    t.match(audit('high'), { status: 1, output: /x: high: breaks/ });
    t.match(audit('moderate'), { status: 0 });
    write('refused.json', '{"message": "405"}');
    t.match(script('scripts/audit.ts', [join(folder, 'refused.json')]), {
      status: 2,
      output: /nothing was checked: 405/,
    });
  },
);
