import { join } from 'node:path';
import t from 'tap';
import { environments, kubernetesVersions, scenarios } from '../../scripts/charts/charts.ts';
import {
  folder,
  kubeconform,
  nameOf,
  output,
  parseManifests,
  renderEnvironment,
  sorted,
  template,
} from './support.ts';

t.before(() => output(process.execPath, ['tools/schemas.ts']));

const renders = [
  ...scenarios().map(({ chart, name, file }) => ({
    title: `${chart} with ${name}`,
    render: async (helm: string) => (await template(helm, `charts/${chart}`, '-f', file)).stdout,
  })),
  ...environments().map((environment) => ({
    title: `the environment ${environment}`,
    render: (helm: string) => renderEnvironment(environment, helm),
  })),
];

for (const { title, render } of renders) {
  t.test(title, async (t) => {
    const [first, second, byHelm3] = [await render('helm4'), await render('helm4'), await render('helm3')];
    const manifests = parseManifests(first);
    t.ok(manifests.length > 0, 'it renders something');
    t.equal(first, second, 'two renders are the same bytes');
    t.same(sorted(manifests), sorted(parseManifests(byHelm3)), 'Helm 3 and Helm 4 write the same objects');
    t.same(
      [...new Set(manifests.map(({ metadata }) => metadata.namespace))],
      ['records'],
      'every object names its namespace',
    );
    t.equal(new Set(manifests.map(nameOf)).size, manifests.length, 'no two objects have the same name');
    const file = join(folder(t, { 'all.yaml': first }), 'all.yaml');
    for (const version of kubernetesVersions()) {
      const { code, stdout } = await kubeconform(version, file);
      t.equal(code, 0, `Kubernetes ${version}: ${stdout}`);
      t.match(stdout, `${manifests.length} resources found`);
      t.match(stdout, 'Skipped: 0', 'every kind has a schema');
    }
  });
}

t.test('kubeconform refuses a field that Kubernetes does not know, also of a custom kind', async (t) => {
  const wrong = {
    'deployment.yaml':
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {selector: {}, template: {}, replica: 1}\n',
    'monitor.yaml':
      'apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: a}\nspec: {selector: {}, endpoints: [], interval: 1s}\n',
  };
  const files = folder(t, wrong);
  for (const name of Object.keys(wrong)) {
    const { code, stdout } = await kubeconform(kubernetesVersions()[0]!, join(files, name));
    t.equal(code, 1);
    t.match(stdout, /additional properties '(replica|interval)' not allowed/);
  }
});
