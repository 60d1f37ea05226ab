import { cpSync, createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { tool } from '../../scripts/charts/charts.ts';
import { output } from '../charts/support.ts';
import { Processes, startRepoServer } from './processes.ts';
import { ArgoCD, byName, environments, renderByHelmfile } from './renders.ts';
import { Repository } from './repository.ts';

const processes = new Processes(t);
const { repoServer } = await startRepoServer(processes);
const argocd = new ArgoCD(processes, repoServer);

/** A repository in which every environment has something to deploy. */
async function promoted(): Promise<Repository> {
  const repository = await Repository.create(t);
  const commit = await repository.commit('promote to production');
  repository.write('environments/production/revision.yaml', `revision: '${commit}'\n`);
  await repository.commit('deploy to production');
  return repository;
}

async function bothWays(repository: Repository, environment: string) {
  const [helmfile, argo] = await Promise.all([
    renderByHelmfile(repository, environment).then(byName),
    argocd.renderEnvironment(repository, environment).then(byName),
  ]);
  return { helmfile, argo };
}

t.test('every environment renders to the same objects by helmfile and by Argo CD', async (t) => {
  const repository = await promoted();
  t.ok(environments(repository.path).length >= 3, 'there are environments');
  for (const environment of environments(repository.path)) {
    const { helmfile, argo } = await bothWays(repository, environment);
    t.ok(Object.keys(helmfile).length > 5, `${environment}: ${Object.keys(helmfile).length} objects`);
    t.strictSame(argo, helmfile, `${environment} is the same both ways`);
  }
});

t.test('a value that only helmfile has is found', async (t) => {
  const repository = await Repository.create(t);
  repository.edit('helmfile.yaml', (text) =>
    text.replace(/^( +)- environments\/base\/.*$/m, '$&\n$1- podAnnotations: {only: helmfile}'),
  );
  const { helmfile, argo } = await bothWays(repository, 'staging');
  t.notSame(argo, helmfile);
  t.strictSame(helmfile['Deployment/records/records']?.spec.template.metadata.annotations.only, 'helmfile');
});

t.test('a value that only Argo CD has is found', async (t) => {
  const repository = await Repository.create(t);
  repository.edit('argocd/templates/applications.yaml', (text) =>
    text.replace(/^( +)valueFiles:$/m, '$1valuesObject: {podAnnotations: {only: argocd}}\n$&'),
  );
  await repository.commit('a value more');
  const { helmfile, argo } = await bothWays(repository, 'staging');
  t.notSame(argo, helmfile);
  t.strictSame(argo['Deployment/records/records']?.spec.template.metadata.annotations.only, 'argocd');
});

t.test('a folder more is an environment more, for both', async (t) => {
  const repository = await Repository.create(t);
  cpSync(join(repository.path, 'environments/local'), join(repository.path, 'environments/demo'), {
    recursive: true,
  });
  repository.write('environments/demo/releases.yaml', 'namespace: demo\nmongodb: {enabled: false}\n');
  await repository.commit('add an environment with a database from elsewhere');
  const { helmfile, argo } = await bothWays(repository, 'demo');
  t.strictSame(argo, helmfile);
  t.ok(argo['Deployment/demo/records'], 'its releases are in its namespace');
  t.notOk(argo['StatefulSet/demo/mongodb'], 'a release that it switches off is not there');
});

t.test('a chart from elsewhere is rendered at the version of base/releases.yaml, both ways', async (t) => {
  const version = '3.13.1';
  const site = await chartRepository(t, version);
  const repository = await Repository.create(t);
  repository.edit('environments/base/releases.yaml', (text) =>
    text.replace(/repository: \S+metrics-server$/m, `repository: ${site}`),
  );
  repository.edit('helmfile.yaml', (text) =>
    text.replace(/chart: '\S+metrics-server-(.*)\.tgz'/, `chart: '${site}/metrics-server-$1.tgz'`),
  );
  repository.write('environments/base/metrics-server.yaml', 'said: by the environment\n');
  repository.write('environments/staging/releases.yaml', 'metrics-server: {enabled: true}\n');
  await repository.commit('switch a chart from elsewhere on');
  const { helmfile, argo } = await bothWays(repository, 'staging');
  t.strictSame(argo, helmfile);
  t.strictSame(argo['ConfigMap/kube-system/metrics-server']?.data, { said: 'by the environment', version });
});

t.test('an environment that asks for a value that is not there is refused', async (t) => {
  const repository = await Repository.create(t);
  repository.edit('argocd/templates/applications.yaml', (text) =>
    text.replace('.release.namespace', '.release.nowhere'),
  );
  await repository.commit('a key that no release has');
  await t.rejects(argocd.renderEnvironment(repository, 'staging'), /map has no entry for key "nowhere"/);
});

t.test('production deploys the commit that promotion wrote, whatever came after it', async (t) => {
  const repository = await promoted();
  const before = await argocd.renderEnvironment(repository, 'production').then(byName);
  repository.edit('environments/production/records.yaml', (text) =>
    text.replace('replicas: 3', 'replicas: 4'),
  );
  repository.edit('environments/production/releases.yaml', (text) => `${text}mongo-seed: {enabled: false}\n`);
  await repository.commit('a change that nobody has promoted');
  t.strictSame(await argocd.renderEnvironment(repository, 'production').then(byName), before);
});

t.test('production without a promoted commit is refused with what to do', async (t) => {
  const repository = await Repository.create(t);
  await t.rejects(argocd.renderEnvironment(repository, 'production'), /revision.yaml must name a commit/);
});

/** A site with one chart of the name metrics-server, as its publishers would have it. */
async function chartRepository(t: Test, version: string): Promise<string> {
  const configmap = `apiVersion: v1
kind: ConfigMap
metadata: {name: '{{ .Release.Name }}', namespace: '{{ .Release.Namespace }}'}
data: {said: '{{ .Values.said }}', version: '{{ .Chart.Version }}'}
`;
  const folder = t.testdir({
    site: {},
    chart: {
      'Chart.yaml': `apiVersion: v2\nname: metrics-server\nversion: ${version}\n`,
      templates: { 'configmap.yaml': configmap },
    },
  });
  const site = join(folder, 'site');
  await output(tool('helm4'), ['package', join(folder, 'chart'), '--destination', site]);
  await output(tool('helm4'), ['repo', 'index', site]);
  const server = createServer((request, response) => {
    const file = join(site, basename(request.url!));
    existsSync(file) ? createReadStream(file).pipe(response) : response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
