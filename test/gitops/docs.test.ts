import { readFileSync } from 'node:fs';
import t from 'tap';
import { run } from '../charts/support.ts';
import { block, documented } from './documented.ts';
import { Processes, startRepoServer } from './processes.ts';
import { ArgoCD, byName, renderByHelmfile, rootManifests } from './renders.ts';
import { Repository } from './repository.ts';

const processes = new Processes(t);
const { repoServer } = await startRepoServer(processes);
const argocd = new ArgoCD(processes, repoServer);

/** Runs a block of docs/gitops.md in a repository, as its reader would. */
async function follow(repository: Repository, name: string): Promise<void> {
  const identity = {
    GIT_AUTHOR_NAME: 't',
    GIT_AUTHOR_EMAIL: 't@example.org',
    GIT_COMMITTER_NAME: 't',
    GIT_COMMITTER_EMAIL: 't@example.org',
  };
  const { code, stderr } = await run('bash', ['-euo', 'pipefail', '-c', block(name)], {
    cwd: repository.path,
    env: { ...process.env, ...identity },
  });
  t.equal(code, 0, `the block ${name} runs ${stderr}`);
}

async function bothWays(repository: Repository, environment: string) {
  const argo = byName(await argocd.renderEnvironment(repository, environment));
  t.strictSame(
    argo,
    byName(await renderByHelmfile(repository, environment)),
    `${environment} is the same both ways`,
  );
  return argo;
}

/** Digests in the place of the zeros that stand for "nothing has been promoted". */
async function released(repository: Repository, environment: string, digit: string): Promise<string> {
  for (const release of ['records', 'mongo-seed']) {
    repository.edit(`environments/${environment}/images/${release}.yaml`, (text) =>
      text.replace(/sha256:.{64}/, `sha256:${digit.repeat(64)}`),
    );
  }
  return repository.commit(`images of ${environment}`);
}

t.test('every command block is run by a test, or says why not', (t) => {
  const { runs, notRun, unmarked } = documented();
  t.strictSame(unmarked, []);
  const tests = ['docs.test', 'reconcile.test', 'demo']
    .map((name) => readFileSync(`test/gitops/${name}.ts`, 'utf8'))
    .join('');
  for (const name of runs.keys()) t.match(tests, `'${name}'`, `${name} is run`);
  for (const { reason, text } of notRun) t.pass(text.split('\n')[0]!, { skip: reason });
  t.end();
});

t.test('a fork changes one line', async (t) => {
  const repository = await Repository.create(t);
  const before = await rootManifests(repository, 'staging');
  await follow(repository, 'fork');
  const after = await rootManifests(repository, 'staging');
  t.notMatch(after, repository.url);
  t.equal(after, before.replaceAll(repository.url, 'https://github.com/you/records.git'));
});

t.test('with External Secrets, the objects that ask for them are deployed', async (t) => {
  const repository = await Repository.create(t);
  await follow(repository, 'external-secrets');
  const objects = await bothWays(repository, 'staging');
  t.ok(Object.keys(objects).filter((name) => name.startsWith('ExternalSecret/')).length > 0);
});

t.test('promotion gives production the images of staging, and going back the ones before', async (t) => {
  const repository = await Repository.create(t);
  const image = async () =>
    (await bothWays(repository, 'production'))['Deployment/records/records']?.spec.template.spec.containers[0]
      .image;
  await released(repository, 'staging', 'a');
  await follow(repository, 'promote');
  t.match(await image(), `@sha256:${'a'.repeat(64)}`);
  await released(repository, 'staging', 'b');
  t.match(await image(), `@sha256:${'a'.repeat(64)}`, 'staging alone changes nothing');
  await follow(repository, 'promote');
  t.match(
    (await argocd.renderEnvironment(repository, 'production')).find(({ kind }) => kind === 'Deployment')?.spec
      .template.spec.containers[0].image,
    `@sha256:${'b'.repeat(64)}`,
  );
  await follow(repository, 'roll-back');
  t.match(
    (await argocd.renderEnvironment(repository, 'production')).find(({ kind }) => kind === 'Deployment')?.spec
      .template.spec.containers[0].image,
    `@sha256:${'a'.repeat(64)}`,
  );
});

t.test('what was never released is not promoted', async (t) => {
  const repository = await Repository.create(t);
  const { code, stderr } = await run('scripts/promote', ['staging', 'production'], { cwd: repository.path });
  t.equal(code, 1);
  t.match(stderr, 'nothing has been promoted to staging yet');
});

t.test('a copied folder is an environment', async (t) => {
  const repository = await Repository.create(t);
  await follow(repository, 'add-environment');
  const ingress = (await bothWays(repository, 'qa'))['Ingress/records/records'];
  t.match(JSON.stringify(ingress), 'records.qa.example.org');
});

t.test('a new version of MongoDB changes its image and nothing else', async (t) => {
  const repository = await Repository.create(t);
  const before = await bothWays(repository, 'staging');
  await follow(repository, 'upgrade-mongodb');
  const after = await bothWays(repository, 'staging');
  const changed = Object.keys(after).filter(
    (name) => JSON.stringify(after[name]) !== JSON.stringify(before[name]),
  );
  t.match(after['StatefulSet/records/mongodb']?.spec.template.spec.containers[0].image, ':8.0.27');
  t.ok(
    changed.every((name) => name.includes('mongodb')),
    changed.join(' '),
  );
});

t.test('a sync window of the environment is one of its project', async (t) => {
  const repository = await Repository.create(t);
  await released(repository, 'staging', 'a');
  await follow(repository, 'promote');
  await follow(repository, 'sync-window');
  const project = (await argocd.render(await rootManifests(repository, 'production'))).find(
    ({ kind, metadata }) => kind === 'AppProject' && metadata.name === 'production',
  );
  t.match(project?.spec.syncWindows, [{ kind: 'deny', duration: '10h' }]);
});
