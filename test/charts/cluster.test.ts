import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { environments, scenarios, tool } from '../../scripts/charts/charts.ts';
import type { Manifest } from '../../scripts/charts/immutable.ts';
import { type Cluster, noCluster, startCluster } from '../support/cluster.ts';
import { buildImages, embeddedValues } from '../support/images.ts';
import { folder, nameOf, output, renderEnvironment, run } from './support.ts';

const images = '.run/cluster-values';
const reason = await noCluster();
if (reason) {
  t.pass('the releases on a real cluster', { skip: reason });
  process.exit();
}

t.setTimeout(900_000);
const cluster: Cluster = await startCluster();
t.teardown(() => cluster.down());
const { kubectl, env } = cluster;
const api = `http://${cluster.address}:30080`;

/** Says by files, as the pipeline does for an environment, which images `local` gets. */
async function build(dataset?: string): Promise<void> {
  mkdirSync(images, { recursive: true });
  for (const [release, { repository, tag, archive }] of Object.entries(await buildImages(dataset))) {
    await cluster.load(archive);
    const values = release === 'mongodb' ? embeddedValues : '';
    writeFileSync(
      join(images, `${release}.yaml`),
      `image: {repository: ${repository}, tag: ${tag}}\n${values}`,
    );
  }
}

function helmfile(command: string, helm = 'helm4', ...args: string[]) {
  const given = [
    '--helm-binary',
    tool(helm),
    '-e',
    'local',
    '--state-values-set',
    `images=${images}`,
    command,
    ...args,
  ];
  return run(tool('helmfile'), given, { env });
}

/** Every object of the namespace but what Helm and Kubernetes keep for themselves: name -> version. */
async function objects(): Promise<Record<string, string>> {
  const kinds = 'deploy,rs,sts,pod,job,svc,cm,secret,netpol,sa,pvc,pdb,hpa,ingress';
  const { items } = JSON.parse(await kubectl('-n', 'records', 'get', kinds, '-o', 'json'));
  const kept = (items as Manifest[]).filter(
    ({ kind, type, metadata: { name } }) =>
      type !== 'helm.sh/release.v1' &&
      name !== 'kube-root-ca.crt' &&
      !(kind === 'ServiceAccount' && name === 'default'),
  );
  return Object.fromEntries(kept.map((one) => [nameOf(one), String(one.metadata.resourceVersion)]));
}

async function get(path: string, init?: RequestInit) {
  const response = await fetch(api + path, { signal: AbortSignal.timeout(5000), ...init });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

/** Asks until the answer is right; the last one when it never was. */
async function eventually<T>(ask: () => Promise<T>, right: (answer: T) => boolean, seconds = 60): Promise<T> {
  for (const end = Date.now() + seconds * 1000; ; ) {
    const answer = await ask().catch((error: Error) => error as T);
    if ((!(answer instanceof Error) && right(answer)) || Date.now() > end) return answer;
    await sleep(250);
  }
}

/** Can a pod with these labels open a connection? By a pod of the service's image, admitted like any other. */
async function reaches(pod: string, labels: string, host: string, port: number): Promise<string> {
  const image = await kubectl(
    '-n',
    'records',
    'get',
    'deploy',
    'records',
    '-o',
    'jsonpath={.spec.template.spec.containers[0].image}',
  );
  const { code, stderr } = await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: ${pod}, namespace: records, labels: ${labels}}
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: stranger
      image: ${image}
      securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
      command: [/usr/bin/node, -e]
      args:
        - |
          // A policy takes hold some tenths of a second after its pod has its address.
          setTimeout(() => {
            const socket = require('node:net').connect({ host: '${host}', port: ${port}, timeout: 3000 });
            const say = (what) => { console.log(what); process.exit(); };
            socket.on('connect', () => say('connected')).on('timeout', () => say('kept out')).on('error', (error) => say('kept out: ' + error.code));
          }, 2000);
`);
  if (code !== 0) throw new Error(stderr);
  await kubectl(
    '-n',
    'records',
    'wait',
    '--for=jsonpath={.status.phase}=Succeeded',
    '--timeout=60s',
    `pod/${pod}`,
  );
  const said = (await kubectl('-n', 'records', 'logs', pod)).trim();
  await kubectl('-n', 'records', 'delete', 'pod', pod, '--grace-period=0', '--force');
  return said;
}

t.test('the API server admits every scenario and environment, restricted, without a warning', async (t) => {
  await cluster.kubectl('create', 'namespace', 'records');
  await kubectl(
    'label',
    'namespace',
    'records',
    'pod-security.kubernetes.io/enforce=restricted',
    'pod-security.kubernetes.io/warn=restricted',
  );
  for (const crd of await customKinds()) await kubectl('apply', '--server-side', '-f', crd);
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s');
  const dryRun = (text: string) => cluster.apply(text, '--dry-run=server', '--server-side');
  for (const { chart, name } of scenarios()) {
    const { code, stderr } = await dryRun(readFileSync(`charts/${chart}/tests/golden/${name}.yaml`, 'utf8'));
    t.equal(code, 0, stderr);
    t.equal(stderr, '', `${chart} with ${name}`);
  }
  for (const environment of environments()) {
    const { code, stderr } = await dryRun(await renderEnvironment(environment));
    t.equal(code, 0, stderr);
    t.equal(stderr, '', environment);
  }
  const golden = readFileSync('charts/mongodb/tests/golden/minimal.yaml', 'utf8');
  t.match(
    (await dryRun(golden.replace('runAsNonRoot: true', 'runAsNonRoot: false'))).stderr,
    'would violate PodSecurity',
  );
  t.match((await dryRun(golden.replace('serviceName:', 'service:'))).stderr, 'service: field not declared');
});

t.test('helmfile sync brings up an API with the seeded records', async (t) => {
  await build();
  // The embedded server has no login: its connection string is there before scripts/secrets, which leaves it alone.
  await kubectl(
    '-n',
    'records',
    'create',
    'secret',
    'generic',
    'records-mongodb',
    '--from-literal=uri=mongodb://mongodb:27017/records',
  );
  const start = Date.now();
  const { code, stdout, stderr } = await helmfile('sync');
  t.equal(code, 0, stdout.slice(-3000) + stderr.slice(-3000));
  t.comment(`sync took ${Date.now() - start} ms`);
  const { status, text, headers } = await get('/api/v1/records?limit=2&count=true');
  t.equal(status, 200);
  t.equal(JSON.parse(text).length, 2);
  t.equal(
    headers.get('x-total-count'),
    String(JSON.parse(readFileSync('data/restaurants.json', 'utf8')).count),
  );
  t.equal((await get('/docs/')).status, 200);
  t.match(
    await kubectl('-n', 'records', 'get', 'secret', 'mongodb-root', '-o', 'jsonpath={.data}'),
    'password',
    'scripts/secrets made what was missing',
  );
});

t.test('a second sync changes no object', async (t) => {
  const before = await objects();
  t.ok(Object.keys(before).length > 15);
  t.equal((await helmfile('sync')).code, 0);
  t.same(await objects(), before);
});

t.test('a changed dataset is one new Job, and its records are there', async (t) => {
  const jobs = async () => Object.keys(await objects()).filter((name) => name.startsWith('Job/'));
  const [before] = await jobs();
  const pods = async () => Object.keys(await objects()).filter((name) => name.startsWith('Pod/records'));
  const service = await pods();

  const files = folder(t);
  const [first, ...others] = readFileSync('data/restaurants.ndjson', 'utf8').trim().split('\n');
  const { _id, ...record } = JSON.parse(first!);
  const lines = [
    { _id, ...record, name: 'Renamed' },
    { ...record, _id: { $oid: 'ffffffffffffffffffffffff' }, name: 'Added' },
  ];
  const text = [...lines.map((line) => JSON.stringify(line)), ...others, ''].join('\n');
  const manifest = JSON.parse(readFileSync('data/restaurants.json', 'utf8'));
  const changed = {
    ...manifest,
    version: '2.0.0',
    count: manifest.count + 1,
    sha256: createHash('sha256').update(text).digest('hex'),
  };
  writeFileSync(join(files, 'restaurants.ndjson'), text);
  writeFileSync(join(files, 'restaurants.json'), JSON.stringify(changed));
  await build(files);

  const { code, stdout, stderr } = await helmfile('sync');
  t.equal(code, 0, stdout.slice(-3000) + stderr.slice(-3000));
  const now = await jobs();
  t.equal(now.length, 1);
  t.not(now[0], before);
  t.equal(JSON.parse((await get(`/api/v1/records/${_id.$oid}`)).text).name, 'Renamed');
  t.equal(JSON.parse((await get('/api/v1/records/ffffffffffffffffffffffff')).text).name, 'Added');
  t.equal(
    (await get('/api/v1/records?limit=1&count=true')).headers.get('x-total-count'),
    String(changed.count),
  );
  t.same(await pods(), service, "the service's pods are the same");
});

t.test(
  'the database pod is killed: the data is still there, and the service finds it without a restart',
  async (t) => {
    const uid = () => kubectl('-n', 'records', 'get', 'pod', 'mongodb-0', '-o', 'jsonpath={.metadata.uid}');
    const killed = await uid();
    await kubectl('-n', 'records', 'delete', 'pod', 'mongodb-0', '--force', '--grace-period=0');
    await eventually(uid, (now) => now !== killed);
    await kubectl('-n', 'records', 'wait', '--for=condition=Ready', '--timeout=60s', 'pod/mongodb-0');
    const { status, text } = await eventually(
      () => get('/api/v1/records/ffffffffffffffffffffffff'),
      (answer) => answer.status === 200,
    );
    t.equal(status, 200);
    t.equal(JSON.parse(text).name, 'Added');
    const restarts = 'jsonpath={.items[*].status.containerStatuses[*].restartCount}';
    t.equal(
      await kubectl('-n', 'records', 'get', 'pods', '-l', 'app.kubernetes.io/name=records', '-o', restarts),
      '0',
    );
  },
);

t.test('a stranger is kept out, who is named is let in', async (t) => {
  const [stranger, edge, client] = [
    '{}',
    '{app.kubernetes.io/name: edge}',
    '{app.kubernetes.io/name: mongo-seed}',
  ];
  const attempts: [labels: string, host: string, port: number, outcome: RegExp, title: string][] = [
    [stranger, 'mongodb', 27017, /^kept out/, 'a stranger does not reach the database'],
    [stranger, 'records', 80, /^kept out/, 'nor the API'],
    [stranger, 'records-metrics', 9090, /^kept out/, 'nor the metrics'],
    [edge, 'records', 80, /^connected$/, 'the edge reaches the API'],
    [edge, 'records-metrics', 9090, /^kept out/, 'but not the metrics'],
    [edge, 'mongodb', 27017, /^kept out/, 'nor the database'],
    [client, 'mongodb', 27017, /^connected$/, 'a client reaches the database'],
  ];
  const outcomes = await Promise.all(
    attempts.map(([labels, host, port], n) => reaches(`stranger-${n}`, labels, host, port)),
  );
  for (const [n, [, , , outcome, title]] of attempts.entries()) t.match(outcomes[n], outcome, title);
});

t.test('a release that fails leaves the running one serving', async (t) => {
  const file = join(images, 'records.yaml');
  const good = readFileSync(file, 'utf8');
  writeFileSync(file, 'image: {repository: localhost/records, tag: none}\n');
  let [answered, failed, going] = [0, 0, true];
  const load = (async () => {
    while (going) {
      const { status } = await get('/api/v1/records?limit=1').catch(() => ({ status: 0 }));
      if (status === 200) answered++;
      else failed++;
      await sleep(50);
    }
  })();
  const { code, stdout, stderr } = await helmfile('sync', 'helm4', '--timeout', '15');
  t.not(code, 0);
  t.match(stdout + stderr, /records/);
  writeFileSync(file, good);
  t.equal((await helmfile('sync')).code, 0, 'and the next good one goes through');
  going = false;
  await load;
  t.ok(answered > 50, `${answered} answers`);
  t.equal(failed, 0);
});

t.test('destroy leaves the volume, and applying again, with Helm 3, finds the data', async (t) => {
  const token = Buffer.from(
    await kubectl('-n', 'records', 'get', 'secret', 'records-upload', '-o', 'jsonpath={.data.token}'),
    'base64',
  ).toString();
  const body = new FormData();
  body.append('file', new Blob(['kept\n']), 'kept.txt');
  const upload = await fetch(`${api}/api/v1/files`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${token}` },
  });
  t.equal(upload.status, 201, await upload.clone().text());
  const location = upload.headers.get('location')!;

  t.equal((await helmfile('destroy')).code, 0);
  const left = await eventually(
    objects,
    (found) => !Object.keys(found).some((name) => name.startsWith('Pod/')),
  );
  const secrets = ['Secret/mongodb-root', 'Secret/records-mongodb', 'Secret/records-upload'];
  t.same(
    Object.keys(left).sort(),
    ['PersistentVolumeClaim/data-mongodb-0', ...secrets],
    'and the Secrets, which are not of Helm',
  );

  const { code, stdout, stderr } = await helmfile('sync', 'helm3');
  t.equal(code, 0, stdout.slice(-3000) + stderr.slice(-3000));
  t.equal((await get(new URL(location, api).pathname)).text, 'kept\n');
  t.equal(JSON.parse((await get('/api/v1/records/ffffffffffffffffffffffff')).text).name, 'Added');
  const before = await objects();
  t.equal((await helmfile('sync', 'helm3')).code, 0);
  t.same(await objects(), before, 'a second sync by Helm 3 changes no object either');
});

t.test(
  'scripts/cluster brings it up by one command, changes nothing when repeated, and removes it',
  async (t) => {
    const command = (...args: string[]) =>
      run('scripts/cluster', [...args, '--provider', 'current'], { env });
    t.equal((await helmfile('destroy')).code, 0);
    const { code, stdout, stderr } = await command('up', '--embedded-mongodb');
    t.equal(code, 0, stderr.slice(-3000));
    const [, address] = /^The API is at (http:\S+),/m.exec(stdout) ?? [];
    const response = await fetch(address!);
    t.equal(response.status, 200);
    t.ok(((await response.json()) as unknown[]).length > 0);

    const before = await objects();
    t.equal((await command('up', '--embedded-mongodb')).code, 0);
    t.same(await objects(), before);

    t.equal((await command('delete')).code, 0);
    const gone = (found: Record<string, string>) =>
      !Object.keys(found).some((name) => name.startsWith('Pod/'));
    t.notOk(
      Object.keys(await eventually(objects, gone)).some((name) => /^(Deployment|StatefulSet|Job)/.test(name)),
    );
  },
);

/** The definitions of the custom kinds that the charts write, from the modules of tools/versions. */
async function customKinds(): Promise<string[]> {
  const rows = readFileSync('tools/versions', 'utf8').matchAll(/^crds +(\S+) +(\S+) +(\S+)$/gm);
  const wanted = /_(httproutes|servicemonitors|prometheusrules|externalsecrets)\.yaml$/;
  const found: string[] = [];
  for (const [, version, module, path] of rows) {
    const { Dir } = JSON.parse(
      await output('go', ['mod', 'download', '-json', `${module}@v${version}`], { cwd: '/' }),
    );
    const list = await output('find', [`${Dir}/${path}`, '-name', '*.yaml']);
    found.push(...list.split('\n').filter((file) => wanted.test(file)));
  }
  return found;
}
