import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import t, { type Test } from 'tap';
import { folder, output, run } from './support.ts';

/** A tool that is had from nowhere, unless a test puts it somewhere. */
async function place(t: Test, version = '1.2.3', plugin: Record<string, string> = {}) {
  const root = folder(t);
  for (const name of ['bin', 'cache', 'release']) mkdirSync(join(root, name));
  const program = (path: string, says: string) => {
    writeFileSync(path, `#!/bin/sh\necho ${says}\n`);
    chmodSync(path, 0o755);
  };
  if (!Object.keys(plugin).length) program(join(root, 'release/gadget'), `gadget v${version}`);
  for (const [path, text] of Object.entries(plugin)) {
    mkdirSync(join(root, 'release', path, '..'), { recursive: true });
    writeFileSync(join(root, 'release', path), text);
  }
  const archive = join(root, `gadget-${version}.tar.gz`);
  await output('tar', ['-czf', archive, '-C', join(root, 'release'), 'gadget']);
  writeFileSync(join(root, 'versions'), `gadget ${version} - file://${root}/gadget-{version}.tar.gz\n`);
  writeFileSync(join(root, 'sums'), '');
  const env = {
    ...process.env,
    PATH: `${join(root, 'bin')}:${process.env.PATH}`,
    TOOLS_VERSIONS: join(root, 'versions'),
    TOOLS_SHA256SUMS: join(root, 'sums'),
    TOOLS_SHARED: join(root, 'none'),
    TOOLS_CACHE: join(root, 'cache'),
  };
  const digest = createHash('sha256').update(readFileSync(archive)).digest('hex');
  return {
    root,
    program,
    tool: join(root, 'cache/gadget'),
    pin: (sum = digest) => writeFileSync(join(root, 'sums'), `${sum}  gadget-${version}.tar.gz\n`),
    install: () => run('tools/install', ['gadget'], { env }),
    script: (name: string) => run(name, [], { env }),
  };
}

t.test('a program on PATH with the right version is taken', async (t) => {
  const { install, program, root, tool } = await place(t);
  program(join(root, 'bin/gadget'), 'gadget v1.2.3+build');
  t.match(await install(), { code: 0, stderr: 'gadget 1.2.3 (path)' });
  t.equal(realpathSync(tool), realpathSync(join(root, 'bin/gadget')));
});

t.test('a program on PATH with another version is not', async (t) => {
  for (const says of ['gadget v1.2.30', 'gadget 11.2.3', 'gadget v1.2.4']) {
    const { install, program, root } = await place(t);
    program(join(root, 'bin/gadget'), says);
    t.match(
      await install(),
      { code: 1, stderr: 'gadget 1.2.3: not on PATH and not to be had otherwise' },
      says,
    );
  }
});

t.test('a release is taken when its digest is the pinned one', async (t) => {
  const { install, pin, tool } = await place(t);
  pin();
  t.match(await install(), { code: 0, stderr: 'gadget 1.2.3 (release)' });
  t.match(await output(tool, []), 'v1.2.3');
  t.match(await install(), { code: 0, stderr: '' }, 'and then is there');
});

t.test('a release with another digest is refused', async (t) => {
  const { install, pin, tool } = await place(t);
  pin('0'.repeat(64));
  t.match(await install(), { code: 1, stderr: 'does not have the pinned sha256' });
  t.notOk(existsSync(tool));
});

t.test('a release without a pinned digest is never downloaded', async (t) => {
  const { install, tool } = await place(t);
  t.match(await install(), { code: 1, stderr: 'not to be had otherwise' });
  t.notOk(existsSync(tool));
});

t.test('a plugin of Helm is unpacked into a folder of its own', async (t) => {
  const { install, pin, root } = await place(t, '1.2.3', {
    'gadget/plugin.yaml': 'name: gadget\n',
    'gadget/bin/gadget': '',
  });
  pin();
  t.match(await install(), { code: 0, stderr: 'gadget 1.2.3 (release)' });
  t.equal(readFileSync(join(root, 'cache/plugins/gadget/plugin.yaml'), 'utf8'), 'name: gadget\n');
  t.match(await install(), { code: 0, stderr: '' }, 'and then is there');
});

t.test('tools/pin writes what tools/install then takes', async (t) => {
  const { install, script } = await place(t);
  t.match(await script('tools/pin'), { code: 0 });
  t.match(await install(), { code: 0, stderr: 'gadget 1.2.3 (release)' });
});

t.test('each Go module is at the version of tools/versions', async (t) => {
  const rows = readFileSync('tools/versions', 'utf8').matchAll(
    /^([a-z0-9-]+) +(\S+) +([a-z]\S+\/\S+) +https/gm,
  );
  for (const [, name, version, path] of rows) {
    const modules = readFileSync(`tools/go/${name}/go.mod`, 'utf8');
    const module = [...modules.matchAll(/^\s*(?:require )?(\S+) v(\S+)/gm)].find(([, one]) =>
      `${path}/`.startsWith(`${one}/`),
    );
    t.equal(module?.[2], version, String(name));
  }
});

t.test('every script is clean, says what it is for, and keeps to its strict mode', async (t) => {
  const list = await output('git', ['ls-files', 'scripts', 'tools', 'charts/*/files', 'test/support']);
  const scripts = list.split('\n').filter((path) => path && readFileSync(path, 'utf8').startsWith('#!/'));
  const bash = scripts.filter((path) => /^#!.*bash/.test(readFileSync(path, 'utf8')));
  t.ok(bash.length >= 3);
  const { code, stdout } = await run(resolve('.cache/python/bin/shellcheck'), bash);
  t.equal(code, 0, stdout);
  for (const path of bash)
    t.match(readFileSync(path, 'utf8'), /^#!.*\n# \w(.|\n)*\nset -E?e?uo pipefail\n/, path);
});

t.test('YAML is well formed and without double keys', async (t) => {
  const list = await output('git', ['ls-files', 'environments', 'helmfile.yaml', 'charts', 'test/charts']);
  const files = list
    .split('\n')
    .filter((path) => /\.yaml$/.test(path) && !/templates\/|\/golden\//.test(path));
  t.ok(files.length > 20);
  const rules =
    '{extends: default, rules: {line-length: disable, document-start: disable, braces: disable, comments: disable, brackets: disable, truthy: {check-keys: false}}}';
  const { code, stdout } = await run(resolve('.cache/python/bin/yamllint'), [
    '--strict',
    '-d',
    rules,
    ...files,
  ]);
  t.equal(code, 0, stdout);
});

t.test('scripts/cluster says what is missing or wrong before it does anything', async (t) => {
  const cluster = (args: string[], env = process.env) => run('scripts/cluster', args, { env });
  t.match(await cluster(['--help']), { code: 0, stdout: 'Safe to repeat' });
  t.match(await cluster(['start']), { code: 2, stderr: 'say up or delete' });
  t.match(await cluster(['up', '--provider', 'kin']), { code: 2, stderr: 'there is no provider kin' });
  t.match(await cluster(['up', '--environment', 'prod']), {
    code: 2,
    stderr: 'there is no environments/prod',
  });
  t.match(await cluster(['up', '--quick']), { code: 2, stderr: 'unknown argument --quick' });
  const bin = folder(t);
  for (const name of ['bash', 'dirname', 'env'])
    symlinkSync((await output('which', [name])).trim(), join(bin, name));
  t.match(await cluster(['up'], { ...process.env, PATH: bin }), {
    code: 1,
    stderr: 'kubectl is missing: https://',
  });
});
