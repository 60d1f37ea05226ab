import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { environments } from '../../scripts/charts/charts.ts';
import { immutableChanges, type Manifest } from '../../scripts/charts/immutable.ts';
import { folder, output, parseManifests, renderEnvironment, run } from './support.ts';

/** The manifests of each environment of the last release in a repository; undefined when there is none. */
async function lastRelease(t: Test, repository: string): Promise<Map<string, Manifest[]> | undefined> {
  const git = ['-C', repository];
  const { code, stdout } = await run('git', [
    ...git,
    'describe',
    '--tags',
    '--abbrev=0',
    '--match',
    'v[0-9]*',
  ]);
  if (code !== 0) return undefined;
  const released = folder(t);
  const archive = 'git -C "$1" archive "$2" charts environments helmfile.yaml | tar -x -C "$3"';
  await output('bash', ['-c', archive, '', repository, stdout.trim(), released]);
  const renders = new Map<string, Manifest[]>();
  for (const environment of environments()) {
    renders.set(environment, parseManifests(await renderEnvironment(environment, 'helm4', released)));
  }
  return renders;
}

/** What would be wrong with upgrading a release to the tree that lies in a folder. */
async function changesSince(release: Map<string, Manifest[]>, tree: string): Promise<string[]> {
  const changes = [...release].map(async ([environment, before]) => {
    const after = parseManifests(await renderEnvironment(environment, 'helm4', tree));
    return immutableChanges(before, after).map((change) => `${environment}: ${change}`);
  });
  return (await Promise.all(changes)).flat();
}

t.test('nothing immutable has changed since the last release', async (t) => {
  const release = await lastRelease(t, '.');
  if (!release) return void t.pass('an upgrade can be made', { skip: 'there is no release yet: no tag v*' });
  t.same(await changesSince(release, '.'), []);
});

t.test('a release and a tree that cannot follow it', async (t) => {
  const repository = folder(t);
  for (const path of ['charts', 'environments', 'helmfile.yaml'])
    cpSync(path, join(repository, path), { recursive: true });
  const git = (...args: string[]) =>
    output('git', ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args]);
  await git('init', '-q');
  t.equal(await lastRelease(t, repository), undefined, 'without a tag there is nothing to compare with');
  await git('add', '.');
  await git('commit', '-qm', 'first');
  await git('tag', 'v0.1.0');
  const release = (await lastRelease(t, repository))!;
  t.same([...release.keys()], environments());

  const cases: [title: string, path: string, from: string, to: string, said: RegExp | null][] = [
    ['an unchanged tree passes', 'charts/mongodb/values.yaml', '#', '#', null],
    ['a new image passes', 'environments/production/images/records.yaml', 'sha256:00', 'sha256:11', null],
    [
      'a new version of a chart passes',
      'charts/mongodb/Chart.yaml',
      'version: 0.1.0',
      'version: 0.2.0',
      null,
    ],
    [
      'a new dataset is a new Job and passes',
      'charts/mongo-seed/values.yaml',
      'collection: records',
      'collection: shops',
      null,
    ],
    ['more memory passes', 'charts/mongodb/values.yaml', 'memory: 512Mi', 'memory: 768Mi', null],
    [
      'a larger volume is named',
      'environments/production/mongodb.yaml',
      '100Gi',
      '200Gi',
      /production: StatefulSet.* spec.volumeClaimTemplates/,
    ],
    [
      'another Service of the members is named',
      'charts/mongodb/templates/statefulset.yaml',
      '-headless',
      '-members',
      /spec.serviceName/,
    ],
    [
      'a label in a selector is named',
      'charts/records/templates/_common.tpl',
      'app.kubernetes.io/instance:',
      'app.kubernetes.io/release:',
      /Deployment.* spec.selector/,
    ],
    [
      'a Service that loses its address is named',
      'charts/records/templates/service.yaml',
      'sessionAffinity: {{ .Values.service.sessionAffinity }}',
      'clusterIP: None',
      /Service.* spec.clusterIP/,
    ],
    [
      'a database of another name is named',
      'environments/base/mongodb.yaml',
      'auth:',
      'fullnameOverride: database\nauth:',
      /StatefulSet\/records\/mongodb is gone/,
    ],
  ];
  for (const [title, path, from, to, said] of cases) {
    await t.test(title, async (t: Test) => {
      const text = readFileSync(path, 'utf8');
      t.ok(text.includes(from), 'the change has a place');
      writeFileSync(join(repository, path), text.replaceAll(from, to));
      const changes = await changesSince(release, repository);
      writeFileSync(join(repository, path), text);
      if (said) t.match(changes.join('\n'), said);
      else t.same(changes, []);
    });
  }
});

t.test('a Job of the same name with another template is named', async (t) => {
  const job = (image: string) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'a', namespace: 'b' },
    spec: { template: { image }, backoffLimit: 1 },
  });
  t.match(immutableChanges([job('x')], [job('y')]), [/Job\/b\/a spec.template cannot change/]);
  t.same(immutableChanges([job('x')], [{ ...job('x'), spec: { ...job('x').spec, backoffLimit: 2 } }]), []);
});
