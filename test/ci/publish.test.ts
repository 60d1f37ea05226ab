/** The scripts that the pipeline publishes with, against a real registry and real repositories on this machine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { crane, registry, repository, temporaryFolder, writeImage } from './support.ts';

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

t.test(
  'digests are written into an environment, by one commit that starts no pipeline, on top of what others pushed',
  async (t) => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const origin = temporaryFolder(t);
    const repo = repository(t, ['scripts/deploy-digests'], {
      '.gitignore': 'digests\n',
      'environments/staging/images/records.yaml': ZEROS,
      'environments/staging/images/mongo-seed.yaml': ZEROS,
      'environments/production/images/records.yaml': ZEROS,
    });
    repo.git('init', '--quiet', '--bare', '--initial-branch', 'main', origin);
    repo.git('remote', 'add', 'origin', origin);
    repo.git('push', '--quiet', 'origin', 'main');
    for (const name of IMAGES) repo.write(`digests/${name}`, `ns/${name}@${digest}\n`);
    // Somebody else was faster.
    repo.write('other', 'change');
    repo.commit('theirs');
    repo.git('push', '--quiet', 'origin', 'main');
    repo.git('checkout', '--quiet', 'HEAD~1');

    const result = repo.run('scripts/deploy-digests', ['staging']);
    t.equal(result.status, 0, result.output);
    const show = (path: string) => repo.git('--git-dir', origin, 'show', `main:${path}`);
    t.match(
      show('environments/staging/images/records.yaml'),
      `image:\n  repository: ns/records\n  digest: ${digest}`,
    );
    t.match(
      show('environments/staging/images/mongo-seed.yaml'),
      `image:\n  repository: ns/records-mongo-seed\n  digest: ${digest}`,
    );
    t.equal(
      `${show('environments/production/images/records.yaml')}\n`,
      ZEROS,
      'the other environment is as it was',
    );
    t.equal(show('other'), 'change');
    t.match(
      repo.git('--git-dir', origin, 'log', '-1', '--format=%an: %s', 'main'),
      /^records-bot: chore\(staging\): .* \[skip ci\]$/,
    );

    const again = repo.run('scripts/deploy-digests', ['staging']);
    t.match(again, { status: 0, output: /has these digests already/ });
    t.equal(repo.git('--git-dir', origin, 'rev-list', '--count', 'main'), '3', 'no commit without a change');
    repo.write('digests/records', 'ns/records:latest\n');
    t.match(repo.run('scripts/deploy-digests', ['staging']), {
      status: 1,
      output: /is not REPOSITORY@DIGEST/,
    });
  },
);

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
