import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { chartNames, kubernetesVersions, scenarios, tool } from '../../scripts/charts/charts.ts';
import type { Manifest } from '../../scripts/charts/immutable.ts';
import { folder, kubeconform, output, run } from '../charts/support.ts';
import { environments, parseManifests } from './renders.ts';

const argocd = [tool('argocd'), 'admin'] as const;

/** What the root Application brings in an environment, previews included. */
async function manifests(environment: string): Promise<Manifest[]> {
  const files = ['base', environment].flatMap((name) => ['-f', `environments/${name}/releases.yaml`]);
  const set = `environment=${environment},previews.enabled=true,previews.github.tokenSecret=github,revision=${'0'.repeat(40)}`;
  return parseManifests(
    await output(tool('helm4'), [
      'template',
      'argocd',
      'argocd',
      '-n',
      'argocd',
      ...files,
      '--set-string',
      set,
    ]),
  );
}

function find(list: Manifest[], kind: string, name: string): Manifest {
  return list.find((one) => one.kind === kind && one.metadata.name === name)!;
}

t.test("the manifests of every environment have the form of Argo CD's own definitions", async (t) => {
  for (const environment of environments('.')) {
    const list = await manifests(environment);
    for (const kind of ['AppProject', 'Application', 'ApplicationSet', 'ConfigMap'])
      t.ok(
        list.some((one) => one.kind === kind),
        `${environment}: ${kind}`,
      );
    const path = folder(t, { 'all.yaml': list.map((one) => JSON.stringify(one)).join('\n---\n') });
    for (const version of kubernetesVersions()) {
      const { code, stdout } = await kubeconform(version, path);
      t.equal(code, 0, stdout);
    }
  }
});

t.test('a field that Argo CD does not know is found', async (t) => {
  const set = find(await manifests('staging'), 'ApplicationSet', 'staging');
  set.spec.template.spec.syncPolicy.automated.selfHeel = true;
  const { code, stdout } = await kubeconform(
    kubernetesVersions()[0]!,
    folder(t, { 'set.yaml': JSON.stringify(set) }),
  );
  t.equal(code, 1);
  t.match(stdout, 'selfHeel');
});

t.test('Argo CD accepts its settings, and refuses broken ones', async (t) => {
  const cm = find(await manifests('staging'), 'ConfigMap', 'argocd-cm');
  const validate = (config: Manifest) =>
    run(argocd[0], [
      argocd[1],
      'settings',
      'validate',
      '--argocd-cm-path',
      join(folder(t, { 'cm.yaml': JSON.stringify(config) }), 'cm.yaml'),
    ]);
  const { stdout, stderr } = await validate(cm);
  t.notMatch(stdout + stderr, /❌|invalid/);
  t.match(stdout, 'resource-overrides');
  const broken = structuredClone(cm);
  broken.data['resource.customizations.health.argoproj.io_ApplicationSet'] = undefined;
  broken.data['resource.customizations'] = 'argoproj.io/ApplicationSet: [';
  const refused = await validate(broken);
  t.match(refused.stdout + refused.stderr, /❌|error/);
});

t.test('an ApplicationSet is as healthy as the Applications it made', async (t) => {
  const cm = find(await manifests('staging'), 'ConfigMap', 'argocd-cm');
  const health = async (...applications: string[]) => {
    const status = {
      conditions: [
        { type: 'ErrorOccurred', status: 'False' },
        { type: 'ResourcesUpToDate', status: 'True' },
      ],
      resources: applications.map((status, index) => ({ name: `app-${index}`, health: { status } })),
    };
    const set = { ...find(await manifests('staging'), 'ApplicationSet', 'staging'), status };
    const path = folder(t, { 'cm.yaml': JSON.stringify(cm), 'set.yaml': JSON.stringify(set) });
    return output(argocd[0], [
      argocd[1],
      'settings',
      'resource-overrides',
      'health',
      join(path, 'set.yaml'),
      '--argocd-cm-path',
      join(path, 'cm.yaml'),
    ]);
  };
  t.match(await health(), 'STATUS: Healthy');
  t.match(await health('Healthy', 'Healthy'), 'STATUS: Healthy');
  t.match(await health('Healthy', 'Progressing'), /STATUS: Progressing\nMESSAGE: waiting for app-1/);
  t.match(await health('Degraded', 'Progressing'), /STATUS: Degraded\nMESSAGE: app-0 is degraded/);
});

t.test('notifications have a template for every trigger that is subscribed to', async (t) => {
  const config = find(await manifests('staging'), 'ConfigMap', 'argocd-notifications-cm');
  // It wants a kubeconfig and asks no cluster.
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'none',
    contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
    clusters: [{ name: 'none', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'none', user: { token: 'none' } }],
  };
  const path = folder(t, { 'cm.yaml': JSON.stringify(config), kubeconfig: JSON.stringify(kubeconfig) });
  const options = [
    '--config-map',
    join(path, 'cm.yaml'),
    '--secret',
    ':empty',
    '--kubeconfig',
    join(path, 'kubeconfig'),
  ];
  const ask = (what: string) => output(argocd[0], [argocd[1], 'notifications', what, 'get', ...options]);
  const [triggers, templates] = [await ask('trigger'), await ask('template')];
  for (const name of ['on-sync-failed', 'on-health-degraded']) t.match(triggers, name);
  for (const name of ['sync-failed', 'health-degraded']) t.match(templates, name);
});

t.test('a project allows exactly the kinds that the charts can write', async (t) => {
  const written = new Set<string>();
  for (const { chart, name } of scenarios()) {
    for (const { apiVersion, kind } of parseManifests(
      readFileSync(`charts/${chart}/tests/golden/${name}.yaml`, 'utf8'),
    )) {
      written.add(`${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${kind}`);
    }
  }
  const { spec } = find(await manifests('staging'), 'AppProject', 'staging');
  const allowed = spec.namespaceResourceWhitelist.map(
    ({ group, kind }: { group: string; kind: string }) => `${group}/${kind}`,
  );
  t.strictSame(allowed.toSorted(), [...written].sort());
  t.notOk(allowed.includes('/Secret'), 'no Secret');
  t.strictSame(spec.clusterResourceWhitelist, [{ group: '', kind: 'Namespace', name: 'records' }]);
  t.strictSame(
    spec.destinations.map(({ namespace }: { namespace: string }) => namespace),
    ['records'],
  );
  t.equal(spec.sourceRepos.length, 1);
});

t.test('the address of the repository stands in one line', async (t) => {
  const url = /^ {2}url: (\S+)$/m.exec(readFileSync('argocd/values.yaml', 'utf8'))![1]!;
  const found = await output('git', [
    'grep',
    '-n',
    '-F',
    url,
    '--',
    'argocd',
    'environments',
    'charts',
    'scripts',
    'helmfile.yaml',
  ]);
  t.equal(found.trim().split('\n').length, 1, found);
});

t.test('production asks before it prunes, the others do not', async (t) => {
  const options = async (environment: string) =>
    find(await manifests(environment), 'ApplicationSet', environment).spec.template.spec.syncPolicy
      .syncOptions as string[];
  t.match(
    (await options('production')).join(),
    'PruneLast=true,Prune={{ if get .release "disposable" }}true{{ else }}confirm{{ end }}',
  );
  t.notMatch((await options('staging')).join(), 'Prune');
  const { syncPolicy, preservedFields } = find(
    await manifests('production'),
    'ApplicationSet',
    'production',
  ).spec;
  t.strictSame(syncPolicy, { applicationsSync: 'create-update', preserveResourcesOnDeletion: true });
  t.strictSame(preservedFields, { annotations: ['argocd.argoproj.io/deletion-approved'] });
});

t.test('the script names what it lacks', async (t) => {
  const script = (...args: string[]) => run('scripts/argocd', args);
  t.match(await script('--print', 'nowhere'), {
    code: 1,
    stderr: /environments\/nowhere is no environment; there are: local production staging/,
  });
  t.match(await script('--print', 'base'), { code: 1 });
  t.match(await script(), { code: 1, stderr: /which environment/ });
  t.match(await script('--help'), { code: 0, stdout: /make argocd ENV=staging/ });
});

t.test('the chart of Argo CD manifests passes helm lint', async (t) => {
  for (const helm of ['helm3', 'helm4']) {
    const { code, stdout } = await run(tool(helm), [
      'lint',
      '--strict',
      'argocd',
      'argocd/preview',
      '-f',
      'environments/base/releases.yaml',
      '--set',
      'environment=staging',
    ]);
    t.equal(code, 0, stdout);
  }
  t.ok(chartNames().length > 0);
});
