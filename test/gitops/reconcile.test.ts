import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { tool } from '../../scripts/charts/charts.ts';
import { output } from '../charts/support.ts';
import { noCluster } from '../support/cluster.ts';
import { buildImages } from '../support/images.ts';
import { until } from '../support/until.ts';
import { Demo } from './demo.ts';
import { ArgoCD, rootManifests } from './renders.ts';

const reason = await noCluster();
if (reason) {
  t.pass('Argo CD reconciles an environment from git', { skip: reason });
  process.exit();
}

const demo = await Demo.create(t);
const { repository } = demo;
const records = JSON.parse(readFileSync('data/restaurants.json', 'utf8')).count as number;
/** Where an uploaded file is, which must outlive everything. */
let kept: string;

t.test('one applied manifest brings an environment up from git', async (t) => {
  await demo.startArgocd();
  await demo.secrets('demo');
  const commit = await repository.head();
  await timed(t, 'from the root manifest to Synced and Healthy', async () => {
    await demo.follow('bootstrap', { staging: 'demo' });
    await demo.settled(commit);
  });
  t.equal(await until(() => demo.count(), 'records are served', 30_000), records);
  const labels = JSON.parse(await demo.kubectl('get', 'namespace', 'demo', '-o', 'json')).metadata.labels;
  t.equal(labels['pod-security.kubernetes.io/enforce'], 'restricted');
});

t.test('the same root again, and another sync, change no object', async (t) => {
  const before = await demo.versions();
  t.ok(Object.keys(before).length > 10, `${Object.keys(before).length} objects`);
  await demo.follow('bootstrap', { staging: 'demo' });
  for (const { metadata, status } of await demo.applications()) {
    await demo.inArgocd(
      'patch',
      'application',
      metadata.name,
      '--type',
      'merge',
      '-p',
      '{"operation":{"sync":{"syncOptions":["ServerSideApply=true","CreateNamespace=true"]}}}',
    );
    await until(
      async () => {
        const now = (await demo.application(metadata.name)).status?.operationState;
        return now?.phase === 'Succeeded' && now.finishedAt !== status?.operationState?.finishedAt;
      },
      `${metadata.name} has synced again`,
      30_000,
    );
  }
  t.strictSame(await demo.versions(), before);
});

t.test('a deleted Deployment comes back', async (t) => {
  await demo.inDemo('delete', 'deployment', 'records', '--wait');
  await timed(t, 'healed', () =>
    until(
      () => demo.inDemo('rollout', 'status', 'deployment/records', '--timeout=1s'),
      'the Deployment is back',
      60_000,
    ),
  );
  t.equal(await until(() => demo.count(), 'records are served', 30_000), records);
});

t.test('a scaled Deployment goes back to the number of pods that git says', async (t) => {
  await demo.inDemo('scale', 'deployment/records', '--replicas=3');
  await timed(t, 'healed', () =>
    until(
      async () =>
        (await demo.inDemo('get', 'deployment', 'records', '-o', 'jsonpath={.spec.replicas}')) === '2',
      'two pods are wanted',
      60_000,
    ),
  );
});

t.test('a new dataset in git is a new seed Job, and its records are served', async (t) => {
  const jobs = async () => (await demo.inDemo('get', 'jobs', '-o', 'name')).trim().split('\n');
  const before = await jobs();
  const built = await buildImages(await dataset(t));
  demo.use('mongo-seed', await demo.name(built['mongo-seed']!));
  const commit = await repository.commit('a dataset with one record more');
  await timed(t, 'from the commit to the record', () =>
    until(async () => (await demo.count()) === records + 1, 'the new record is served', 90_000),
  );
  await demo.settled(commit);
  const after = await jobs();
  t.equal(after.length, 1, 'the Job before it is gone');
  t.notSame(after, before);
});

t.test('another image digest in git is rolled out without a failed request', async (t) => {
  const next = await demo.name(demo.images.records!, 'the next one');
  demo.use('records', next);
  const commit = await repository.commit('promote an image');
  const watch = demo.watchRequests();
  await timed(t, 'from the commit to Healthy', () => demo.settled(commit));
  t.strictSame(await watch.stop(), [], 'no request failed');
  t.match(
    await demo.inDemo(
      'get',
      'pods',
      '-l',
      'app.kubernetes.io/name=records',
      '-o',
      'jsonpath={.items[*].spec.containers[*].image}',
    ),
    next.digest,
  );
});

t.test('a broken commit leaves the running release serving and is reported; its revert heals', async (t) => {
  demo.use('records', { repository: 'localhost/records', digest: `sha256:${'0'.repeat(64)}` });
  await repository.commit('an image that nobody has');
  const watch = demo.watchRequests();
  await timed(t, 'from the commit to Degraded', () => demo.health('demo-records', 'Degraded', 90));
  await demo.health('demo', 'Degraded', 30);
  const notify =
    'admin notifications template notify health-degraded demo-records --recipient console:stdout';
  const where = ['--namespace', 'argocd', '--secret', ':empty'];
  const told = await output(tool('argocd'), [...notify.split(' '), ...where], { env: demo.cluster.env });
  t.match(told, 'demo-records is degraded at');
  await repository.git('revert', '--no-edit', 'HEAD');
  const commit = await repository.head();
  await timed(t, 'from the revert to Healthy', () => demo.settled(commit));
  t.strictSame(await watch.stop(), [], 'no request failed');
});

t.test('values that a chart refuses change nothing that runs, and the refusal is reported', async (t) => {
  const before = await demo.versions();
  repository.edit('environments/demo/records.yaml', (text) => `${text}replicaz: 3\n`);
  await repository.commit('a typo');
  const said = await until(
    async () =>
      (await demo.application('demo-records')).status?.conditions?.find(
        ({ type }) => type === 'ComparisonError',
      )?.message,
    'the refusal is reported',
    60_000,
  );
  t.match(said, 'replicaz');
  t.strictSame(await demo.versions(), before);
  await repository.git('revert', '--no-edit', 'HEAD');
  await demo.settled(await repository.head());
});

t.test('a rotated upload token is the one that counts, and the restart is no drift', async (t) => {
  const upload = async (token: string) => {
    const form = new FormData();
    form.set('file', new Blob(['name,rating\nkept,5\n'], { type: 'text/csv' }), 'kept.csv');
    return fetch(`${demo.api}/api/v1/files`, {
      method: 'POST',
      body: form,
      headers: { authorization: `Bearer ${token}` },
    });
  };
  const encoded = await demo.inDemo('get', 'secret', 'records-upload', '-o', 'jsonpath={.data.token}');
  const old = Buffer.from(encoded, 'base64').toString();
  repository.write('new-token', 'a-token-of-this-test-alone');
  await demo.follow('rotate', { 'namespace records': 'namespace demo' });
  await demo.inDemo('rollout', 'status', 'deployment/records', '--timeout=60s');
  // Pods that stop still answer on open connections for a few seconds.
  const pods = () => demo.inDemo('get', 'pods', '-l', 'app.kubernetes.io/name=records', '-o', 'name');
  await until(async () => (await pods()).trim().split('\n').length === 2, 'only new pods are left', 60_000);
  t.equal((await upload(old)).status, 401);
  const uploaded = await upload('a-token-of-this-test-alone');
  t.equal(uploaded.status, 201);
  kept = uploaded.headers.get('location')!;
  await demo.settled(await repository.head());
});

t.test('a guarded environment follows promotion alone, and asks before it prunes', async (t) => {
  const policy = async () => (await demo.inDemo('get', 'networkpolicies', '-o', 'name')).includes('/records');
  const promoted = await repository.head();
  repository.write('environments/demo/releases.yaml', 'namespace: demo\nguarded: true\n');
  repository.write('environments/demo/revision.yaml', `revision: '${promoted}'\n`);
  repository.edit('environments/demo/records.yaml', (text) => `${text}networkPolicy: {enabled: false}\n`);
  const change = await repository.commit('guard the environment, and drop a policy');
  await demo.settled(promoted, { root: change });
  t.ok(await policy(), 'what is not promoted is not deployed');

  repository.write('environments/demo/revision.yaml', `revision: '${change}'\n`);
  await repository.commit('deploy the change');
  await until(
    async () =>
      (await demo.application('demo-records')).status?.operationState?.message?.includes(
        'waiting for pruning confirmation',
      ),
    'a person is asked',
    60_000,
  );
  t.ok(await policy(), 'nothing is removed before');
  await demo.follow('confirm', { production: 'demo' });
  await demo.settled(change, { root: await repository.head() });
  t.notOk(await policy(), 'it is removed after');

  await repository.git('checkout', '-q', promoted, '--', 'environments/demo');
  await repository.git('rm', '-q', 'environments/demo/revision.yaml');
  await demo.settled(await repository.commit('as it was'));
});

t.test('a pull request gets a namespace of its own, which goes with it', async (t) => {
  repository.edit('argocd/values.yaml', (text) =>
    text.replace(/^previews:\n(.*\n)? {2}enabled: false$/m, (found) => found.replace('false', 'true')),
  );
  const commit = await repository.commit('switch previews on');
  await demo.secrets('preview-7');
  demo.pullRequests.push({
    number: 7,
    title: 'A change',
    state: 'open',
    labels: [{ name: 'preview' }],
    user: { login: 'author' },
    head: { ref: 'a-change', sha: commit },
    base: { ref: 'main', sha: commit },
  });
  await timed(t, 'from the switch to a healthy preview', () =>
    demo.settled(commit, { names: ['preview-7'] }),
  );
  const kinds = 'deployments,jobs,statefulsets';
  t.match(
    await demo.kubectl('-n', 'preview-7', 'get', kinds, '-o', 'name'),
    /^deployment.apps\/records\njob.batch\/mongo-seed-\w+\nstatefulset.apps\/mongodb$/m,
  );
  demo.pullRequests.pop();
  // The controller asks GitHub every two minutes.
  await demo.inArgocd(
    'annotate',
    'applicationset',
    'demo-previews',
    'argocd.argoproj.io/application-set-refresh=true',
    '--overwrite',
  );
  await timed(t, 'from the closed pull request to nothing', () =>
    until(
      async () => !(await demo.kubectl('get', 'namespaces', '-o', 'name')).includes('preview-7'),
      'the namespace is gone',
      120_000,
    ),
  );
  await demo.settled(commit);
});

t.test('a removed environment folder removes what runs, and leaves the data', async (t) => {
  await repository.git('rm', '-rq', 'environments/demo');
  await repository.commit('remove the environment demo');
  await timed(t, 'from the commit to no Deployment', () =>
    until(
      async () => !(await demo.inDemo('get', 'deployments', '-o', 'name')),
      'the Deployment is gone',
      60_000,
    ),
  );
  t.match(
    await demo.inDemo('get', 'statefulset,pvc,secret', '-o', 'name'),
    /mongodb[\s\S]*persistentvolumeclaim\/data-mongodb-0[\s\S]*secret\/records-mongodb/,
  );

  await t.test('it comes back in the reverse order, with its data', async (t) => {
    await repository.git('revert', '--no-edit', 'HEAD');
    await demo.inArgocd('delete', 'applications,applicationsets,appprojects', '--all', '--cascade=orphan');
    await demo.inDemo('delete', 'secret', 'records-upload');
    const renderer = new ArgoCD(demo.processes, demo.servers.repoServer);
    const root = await rootManifests(repository, 'demo');
    const children = (await renderer.render(root)).filter(
      ({ kind, metadata }) =>
        !root.includes(`name: ${metadata.name}\n`) || kind === 'ApplicationSet' || kind === 'ConfigMap',
    );
    for (const child of children.reverse())
      await demo.cluster.apply(JSON.stringify(child), '--server-side', '--force-conflicts');
    for (const document of root.split(/^---$/m).reverse())
      await demo.cluster.apply(document, '--server-side', '--force-conflicts');
    await demo.secrets('demo');
    await timed(t, 'from the reverse order to Synced and Healthy', async () =>
      demo.settled(await repository.head(), { seconds: 240 }),
    );
    t.equal(await until(() => demo.count(), 'records are served', 30_000), records + 1);
    t.equal(await (await fetch(new URL(kept, demo.api))).text(), 'name,rating\nkept,5\n');
  });
});

/** Runs a step and says how long it took. */
async function timed<T>(t: Test, what: string, step: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await step();
  t.comment(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

/** A folder with the sample dataset, one record more, and its manifest. */
async function dataset(t: Test): Promise<string> {
  const folder = t.testdir();
  const [file, manifest] = [join(folder, 'restaurants.ndjson'), join(folder, 'restaurants.json')] as const;
  writeFileSync(
    file,
    `${readFileSync('data/restaurants.ndjson', 'utf8').trimEnd()}\n{"_id":{"$oid":"0123456789abcdef01234567"},"name":"one more"}\n`,
  );
  const sha256 = (await output('sha256sum', [file])).split(' ')[0];
  const sample = JSON.parse(readFileSync('data/restaurants.json', 'utf8'));
  writeFileSync(
    manifest,
    JSON.stringify({ ...sample, version: `${sample.version}-more`, sha256, count: sample.count + 1 }),
  );
  return folder;
}
