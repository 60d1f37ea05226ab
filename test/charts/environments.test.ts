import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { chartNames, environments, tool } from '../../scripts/charts/charts.ts';
import { helmfile, output, parseManifests, renderEnvironment } from './support.ts';

type Values = Record<string, unknown>;

for (const environment of environments()) {
  t.test(`${environment}: helmfile lint passes`, async (t) => {
    const { code, stdout, stderr } = await helmfile(environment, ['lint', '--args', '--strict']);
    t.equal(code, 0, stdout + stderr);
    t.match(stdout, /0 chart\(s\) failed/);
  });

  t.test(`${environment}: every release has its three files, and they say only what differs`, async (t) => {
    for (const release of chartNames()) {
      let known = read(`charts/${release}/values.yaml`);
      for (const file of [
        `base/${release}.yaml`,
        `${environment}/${release}.yaml`,
        `${environment}/images/${release}.yaml`,
      ]) {
        if (!t.ok(existsSync(`environments/${file}`), `${file} exists`)) continue;
        const values = read(`environments/${file}`);
        t.same(repeated(values, known), [], `${file} repeats nothing`);
        known = merge(known, values);
      }
    }
  });

  t.test(`${environment}: the images folder holds images and nothing else`, async (t) => {
    for (const release of chartNames()) {
      const { image, ...rest } = read(`environments/${environment}/images/${release}.yaml`) as {
        image: Values;
      };
      t.same(rest, {}, release);
      t.same(
        Object.keys(image).filter((key) => !['repository', 'tag', 'digest'].includes(key)),
        [],
        release,
      );
    }
  });
}

t.test('a value that is repeated is found', async (t) => {
  t.same(repeated({ a: { b: 1, c: 2 }, d: [1] }, { a: { b: 1, c: 3 }, d: [1] }), ['a.b', 'd']);
  t.same(repeated({ a: { c: 2 }, e: 1 }, { a: { b: 1, c: 3 } }), []);
});

t.test('production has three replicas at least, a budget, policies and digests', async (t) => {
  const manifests = parseManifests(await renderEnvironment('production'));
  const find = (kind: string, name: string) =>
    manifests.find((one) => one.kind === kind && one.metadata.name === name);
  t.equal(find('HorizontalPodAutoscaler', 'records')?.spec.minReplicas, 3);
  t.ok(find('PodDisruptionBudget', 'records'));
  t.same(
    manifests
      .filter(({ kind }) => kind === 'NetworkPolicy')
      .map(({ metadata }) => metadata.name)
      .sort(),
    ['mongo-seed', 'mongodb', 'records'],
  );
  t.match(find('Deployment', 'records')?.spec.template.spec.containers[0].image, /@sha256:[a-f0-9]{64}$/);
  t.match(
    manifests.find(({ kind }) => kind === 'Job')?.spec.template.spec.containers[0].image,
    /@sha256:[a-f0-9]{64}$/,
  );
});

t.test('an environment that demands digests refuses a tag, and says where to put the digest', async (t) => {
  const args = ['-q', 'template', '--state-values-set', 'images=environments/local/images'];
  const { code, stderr } = await helmfile('production', args);
  t.not(code, 0);
  t.match(stderr, 'image.digest is empty and image.requireDigest is true');
  t.match(stderr, /environments.<env>.images.(records|mongo-seed).yaml/);
});

t.test('an external MongoDB needs no mongodb release', async (t) => {
  const { code, stdout, stderr } = await helmfile('staging', [
    '-q',
    'template',
    '--state-values-set',
    'mongodb.enabled=false',
  ]);
  t.equal(code, 0, stderr);
  t.notOk(stdout.includes('kind: StatefulSet'));
  t.ok(stdout.includes('kind: Deployment'));
});

t.test('charts from elsewhere are pinned, and off in every environment', async (t) => {
  for (const environment of environments()) {
    const list = JSON.parse(
      await output(tool('helmfile'), [
        '--helm-binary',
        tool('helm4'),
        '-e',
        environment,
        'list',
        '--output',
        'json',
      ]),
    );
    const upstream = list.filter(({ chart }: { chart: string }) => !chart.startsWith('charts/'));
    t.ok(upstream.length > 0);
    for (const { name, version, chart, enabled } of upstream) {
      t.notOk(enabled, name);
      t.match(version || chart, /\d+\.\d+\.\d+/, name);
    }
  }
});

t.test('a name that is no environment is refused', async (t) => {
  const { code } = await helmfile('prodution', ['list']);
  t.not(code, 0);
});

function read(file: string): Values {
  return parse(readFileSync(file, 'utf8'));
}

/** The paths of values that say again what holds already. */
function repeated(values: Values, known: Values, path = ''): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    if (!(key in known)) return [];
    if (isMap(value) && isMap(known[key])) return repeated(value, known[key], `${path}${key}.`);
    return JSON.stringify(value) === JSON.stringify(known[key]) ? [path + key] : [];
  });
}

function merge(known: Values, values: Values): Values {
  const result = { ...known };
  for (const [key, value] of Object.entries(values)) {
    result[key] = isMap(value) && isMap(known[key]) ? merge(known[key], value) : value;
  }
  return result;
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
