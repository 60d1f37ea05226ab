/** The scripts that the pipeline publishes with, against a real registry and real repositories on this machine. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { crane, ROOT, registry, repository, temporaryFolder, writeImage } from './support.ts';

const IMAGES = ['records', 'records-mongo-seed'];
const ZEROS =
  'image:\n  repository: example/x\n  digest: sha256:0000000000000000000000000000000000000000000000000000000000000000\n';

/** A repository with the images of both architectures, and a registry. */
async function prepared(t: Test, labels: Record<string, string> = {}) {
  const repo = repository(t, ['scripts/push'], { '.gitignore': 'images\ndigests\n' });
  for (const name of IMAGES)
    for (const architecture of ['amd64', 'arm64'])
      writeImage(join(repo.folder, 'images', architecture, name), architecture, labels);
  const address = await registry(t);
  const push = (env: Record<string, string> = {}) => {
    repo.run('rm', ['-rf', 'digests']);
    return repo.run('scripts/push', [], { NAMESPACE: `${address}/ns`, ...env });
  };
  return { ...repo, push, repository: `${address}/ns/records`, address };
}

t.test('main is pushed as main-<commit> for both architectures, and nothing else moves', async (t) => {
  const { push, git, repository, folder } = await prepared(t);
  const { status, output } = push();
  t.equal(status, 0, output);
  const tag = `main-${git('rev-parse', 'HEAD')}`;
  t.strictSame(
    crane('ls', repository)
      .split('\n')
      .filter((name) => !/-(amd64|arm64)$|^next-/.test(name)),
    [tag],
  );
  const index = JSON.parse(crane('manifest', `${repository}:${tag}`));
  t.strictSame(
    index.manifests.map(({ platform }: { platform: { architecture: string } }) => platform.architecture),
    ['amd64', 'arm64'],
  );
  const digest = crane('digest', `${repository}:${tag}`);
  t.equal(readFileSync(join(folder, 'digests/records'), 'utf8'), `${repository}@${digest}\n`);
  t.equal(push().status, 0, 'pushing the same again changes nothing');
});

t.test('a release moves X.Y and latest, an older line only its own X.Y', async (t) => {
  const { push, git, repository, folder, commit } = await prepared(t);
  git('tag', 'v1.3.0');
  t.equal(push({ RELEASE: 'v1.3.0' }).status, 0);
  const newest = crane('digest', `${repository}:1.3.0`);
  for (const tag of ['1.3', 'latest']) t.equal(crane('digest', `${repository}:${tag}`), newest, tag);

  writeImage(join(folder, 'images/amd64/records'), 'amd64', { fixed: 'yes' });
  commit('fix');
  git('tag', 'v1.2.9');
  t.equal(push({ RELEASE: 'v1.2.9' }).status, 0);
  t.equal(crane('digest', `${repository}:latest`), newest);
  t.equal(crane('digest', `${repository}:1.2`), crane('digest', `${repository}:1.2.9`));
  t.not(crane('digest', `${repository}:1.2.9`), newest);
});

t.test('a version that is there is never replaced', async (t) => {
  const { push, git, repository, folder } = await prepared(t);
  git('tag', 'v1.0.0');
  t.equal(push({ RELEASE: 'v1.0.0' }).status, 0);
  const before = crane('digest', `${repository}:1.0.0`);
  writeImage(join(folder, 'images/amd64/records'), 'amd64', { other: 'content' });
  const { status, output } = push({ RELEASE: 'v1.0.0' });
  t.equal(status, 1);
  t.match(output, /a version is never replaced/);
  t.equal(crane('digest', `${repository}:1.0.0`), before);
});

t.test('a release that is not this commit, or no version, is refused', async (t) => {
  const { push, git, commit } = await prepared(t);
  git('tag', 'v1.0.0');
  commit('later');
  t.match(push({ RELEASE: 'v1.0.0' }), { status: 1, output: /v1\.0\.0 is not this commit/ });
  t.match(push({ RELEASE: 'v1' }), { status: 1, output: /not of the form vX\.Y\.Z/ });
});

t.test('what is made of a stand-in for a base image is not pushed', async (t) => {
  const { push, repository } = await prepared(t, { 'records.stand-in': 'node' });
  t.match(push(), { status: 1, output: /made of a stand-in/ });
  t.throws(() => crane('ls', repository));
});

/** A repository with environments, and its origin; what the pipeline does in it with images of a digest. */
function promotion(t: Test) {
  const origin = temporaryFolder(t);
  const repo = repository(t, ['scripts/promote'], {
    '.gitignore': 'digests\n',
    'charts/records/values.yaml': 'first',
    'environments/staging/images/records.yaml': ZEROS,
    'environments/staging/images/mongo-seed.yaml': ZEROS,
    'environments/production/images/records.yaml': ZEROS,
    'environments/production/images/mongo-seed.yaml': ZEROS,
    'environments/production/revision.yaml': "revision: ''\n",
  });
  const inOrigin = (...args: string[]) => repo.git('--git-dir', origin, ...args);
  const push = () => repo.git('push', '--quiet', 'origin', 'HEAD:main');
  repo.git('init', '--quiet', '--bare', '--initial-branch', 'main', origin);
  repo.git('remote', 'add', 'origin', origin);
  push();
  return {
    ...repo,
    push,
    show: (path: string, commit = 'main') => inOrigin('show', `${commit}:${path}`),
    commits: () => inOrigin('log', '--format=%an: %s', 'main').split('\n'),
    contains: (commit: string) => inOrigin('branch', '--contains', commit),
    promote(commit: string, environment: string, letter: string) {
      repo.git('checkout', '--quiet', '--detach', commit);
      for (const name of IMAGES) repo.write(`digests/${name}`, `ns/${name}@sha256:${letter.repeat(64)}\n`);
      return repo.run('scripts/promote', ['digests', environment]);
    },
  };
}

t.test('the pipeline promotes its images on top of what others pushed, and starts no pipeline', async (t) => {
  const { git, write, commit, push, promote, show, commits, run } = promotion(t);
  const source = git('rev-parse', 'HEAD');
  write('other', 'change');
  commit('theirs');
  push();

  const result = promote(source, 'staging', 'a');
  t.equal(result.status, 0, result.output);
  for (const name of IMAGES)
    t.match(
      show(`environments/staging/images/${name.replace('records-', '')}.yaml`),
      `image:\n  repository: ns/${name}\n  digest: sha256:${'a'.repeat(64)}`,
    );
  t.equal(`${show('environments/production/images/records.yaml')}\n`, ZEROS, 'nothing else changes');
  t.equal(show('other'), 'change');
  t.match(commits()[0], /^records-bot: chore\(staging\): .* \[skip ci\]$/);

  const before = commits().length;
  t.match(promote(source, 'staging', 'a'), { status: 0, output: /has these images already/ });
  t.equal(commits().length, before, 'no commit without a change');
  write('digests/records', 'ns/records:latest\n');
  t.match(run('scripts/promote', ['digests', 'staging']), {
    status: 1,
    output: /is not REPOSITORY@DIGEST/,
  });
});

t.test('a pipeline that comes late does not put older images in the place of newer ones', async (t) => {
  const { git, commit, push, promote, show } = promotion(t);
  const older = git('rev-parse', 'HEAD');
  commit('newer');
  push();
  t.equal(promote('HEAD', 'staging', 'b').status, 0);
  t.match(promote(older, 'staging', 'a'), { status: 0, output: /has newer images already/ });
  t.match(show('environments/staging/images/records.yaml'), 'sha256:bbb');
});

t.test('a release is deployed with its own charts, whatever main has become', async (t) => {
  const { git, write, commit, push, promote, show, commits, contains } = promotion(t);
  git('tag', 'v1.0.0');
  write('charts/records/values.yaml', 'second');
  commit('a change of a chart');
  git('tag', 'v1.1.0');
  push();
  const deployed = () => /'(\w{40})'/.exec(show('environments/production/revision.yaml'))![1]!;

  for (const [tag, letter, values] of [
    ['v1.0.0', 'a', 'first'],
    ['v1.1.0', 'b', 'second'],
    ['v1.0.0', 'a', 'first'],
  ] as const) {
    const result = promote(tag, 'production', letter);
    t.equal(result.status, 0, result.output);
    t.equal(show('charts/records/values.yaml', deployed()), values, `${tag}: the chart of the tag`);
    const digest = `digest: sha256:${letter.repeat(64)}`;
    t.match(show('environments/production/images/records.yaml', deployed()), digest, 'its images');
    t.match(contains(deployed()), 'main', 'Argo CD finds the commit by way of main');
    t.match(show('charts/records/values.yaml'), 'second', 'and main keeps what it has');
    t.match(commits()[0], /^records-bot: chore\(production\): deploy \w{12} \[skip ci\]$/);
  }
});

t.test('a release turns the changelog into a version, sets it everywhere and tags', async (t) => {
  const repo = repository(t, ['scripts/release'], {
    'CHANGELOG.md':
      '# Changelog\n\n## [Unreleased]\n\n- Something new.\n\n## [1.0.0] - 2026-01-01\n\n- First.\n',
    'package.json': '{"name": "x", "version": "1.0.0"}\n',
    'charts/records/Chart.yaml': 'name: records\nversion: 1.0.0\nappVersion: "1.0.0"\n',
    'charts/mongodb/Chart.yaml': 'name: mongodb\nversion: 1.0.0\nappVersion: 8.0.26\n',
  });
  repo.git('tag', 'v1.0.0');
  const release = (...args: string[]) => repo.run('scripts/release', args);
  t.match(release('1.0.0'), { status: 1, output: /not higher than v1\.0\.0/ });
  t.match(release('1.1'), { status: 1, output: /not of the form X\.Y\.Z/ });
  repo.write('dirt', '');
  t.match(release('1.1.0'), { status: 1, output: /not committed/ });
  repo.run('rm', ['dirt']);
  const made = release('1.1.0');
  t.equal(made.status, 0, made.output);
  const read = (path: string) => readFileSync(join(repo.folder, path), 'utf8');
  t.match(read('CHANGELOG.md'), /## \[Unreleased\]\n\n## \[1\.1\.0\] - \d{4}-\d\d-\d\d\n\n- Something new\./);
  t.equal(JSON.parse(read('package.json')).version, '1.1.0');
  t.match(read('charts/records/Chart.yaml'), 'version: 1.1.0\nappVersion: "1.1.0"');
  t.match(read('charts/mongodb/Chart.yaml'), 'version: 1.1.0\nappVersion: 8.0.26');
  t.equal(repo.git('tag', '--list', '--format=%(contents)', 'v1.1.0').trim(), '- Something new.');
  t.equal(repo.git('status', '--porcelain'), '');
  t.match(release('1.2.0'), { status: 1, output: /says nothing under \[Unreleased\]/ });
});

t.test('charts are packaged as the release has written them, and not for another one', async (t) => {
  const versionOf = (name: string) =>
    /^version: (.+)$/m.exec(readFileSync(join(ROOT, `charts/${name}/Chart.yaml`), 'utf8'))![1]!;
  const pack = (release: string) =>
    spawnSync('scripts/push-charts', ['--no-push'], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, RELEASE: release },
    });
  const { status, stderr } = pack(`v${versionOf('records')}`);
  t.equal(status, 0, stderr);
  for (const name of ['records', 'mongodb', 'mongo-seed']) {
    const packed = join(ROOT, `.cache/charts/${name}-${versionOf(name)}.tgz`);
    const show = spawnSync(join(ROOT, '.cache/tools/helm4'), ['show', 'chart', packed], { encoding: 'utf8' });
    const written = parse(readFileSync(join(ROOT, `charts/${name}/Chart.yaml`), 'utf8'));
    t.match(parse(show.stdout), { name, version: written.version, appVersion: written.appVersion });
  }
  t.match(pack('v99.0.0'), { status: 1, stderr: /is not of version 99\.0\.0/ });
});

t.test('a change of documents alone stops the job, anything of the images does not', async (t) => {
  const repo = repository(t, ['.circleci/stop-unless-changed'], {
    'README.md': 'x',
    'service/src/main.ts': 'x',
  });
  const stop = (env: Record<string, string> = {}) =>
    repo.run('.circleci/stop-unless-changed', ['HEAD~1'], env).output;
  repo.write('README.md', 'y');
  repo.commit('docs');
  t.match(stop(), /stopping here/);
  t.match(stop({ CIRCLE_TAG: 'v1.0.0' }), /a release/);
  repo.write('service/src/main.ts', 'y');
  repo.commit('code');
  t.match(stop(), /changed since HEAD~1:\nservice\/src\/main\.ts/);
  t.match(repo.run('.circleci/stop-unless-changed', ['']).output, /no earlier revision is known/);
});
