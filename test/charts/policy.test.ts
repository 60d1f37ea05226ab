import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { environments, scenarios } from '../../scripts/charts/charts.ts';
import { folder, renderEnvironment, run } from './support.ts';

interface Finding {
  check_id: string;
  check_name: string;
  resource: string;
  file_path: string;
}
interface Explanation {
  check: string;
  where: string;
  because: string;
}

async function checkov(path: string): Promise<{ passed: number; findings: Finding[] }> {
  const args = ['-d', path, '--framework', 'kubernetes', '--compact', '--output', 'json', '--skip-download'];
  const { stdout, stderr } = await run('.cache/python/bin/checkov', args);
  if (!stdout.startsWith('{')) throw new Error(`checkov: ${stdout.slice(0, 500)}${stderr.slice(-500)}`);
  const { summary, results } = JSON.parse(stdout);
  if (summary.parsing_errors) throw new Error(`checkov could not read ${summary.parsing_errors} files`);
  return { passed: summary.passed, findings: results.failed_checks };
}

t.test('every finding of the policy linter is explained, and every explanation needed', async (t) => {
  const files: Record<string, string> = {};
  for (const { chart, name } of scenarios()) {
    files[`scenario ${chart}+${name}.yaml`] = readFileSync(
      `charts/${chart}/tests/golden/${name}.yaml`,
      'utf8',
    );
  }
  for (const environment of environments())
    files[`environment ${environment}.yaml`] = await renderEnvironment(environment);
  const path = folder(t, files);
  t.equal(readdirSync(path).length, scenarios().length + environments().length);

  const { passed, findings } = await checkov(path);
  t.ok(passed > 500, `${passed} checks passed`);
  const explanations = parse(readFileSync('test/charts/policy.yaml', 'utf8')) as Explanation[];
  const used = new Set<Explanation>();
  for (const { check_id, check_name, resource, file_path } of findings) {
    const where = `${file_path.replace(/^\//, '').replace('.yaml', '').replace('+', '/')} ${resource}`;
    const explanation = explanations.find(
      (one) => one.check === check_id && new RegExp(one.where).test(where),
    );
    if (explanation) used.add(explanation);
    else t.fail(`${check_id} ${check_name}: ${where}`);
  }
  for (const one of explanations) t.ok(used.has(one), `${one.check} ${one.where}: still needed`);
});

t.test('the policy linter finds what must never be', async (t) => {
  const path = folder(t, {
    'pod.yaml':
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\nspec: {hostNetwork: true, containers: [{name: a, image: a, securityContext: {privileged: true}}]}\n',
  });
  const found = (await checkov(path)).findings.map(({ check_id }) => check_id);
  t.ok(found.includes('CKV_K8S_16'), 'a privileged container');
  t.ok(found.includes('CKV_K8S_19'), "the host's network");
});
