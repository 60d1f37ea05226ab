import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { folder, run } from './support.ts';

/** A kubectl that keeps what it is given, one file an object, and refuses what it has, as the API server does. */
function cluster(t: Test, script = '') {
  const root = folder(t);
  writeFileSync(
    join(root, 'kubectl'),
    `#!/bin/bash
echo "$*" >>"${root}/arguments"
text=$(cat)
${script}
name=$(awk '/^ *kind:/ { kind = $2 } /name: / && !n { n = 1; sub(/.*name: /, ""); sub(/[,}].*/, ""); print kind "." $0 }' <<<"$text")
[[ ! -e ${root}/$name ]] || { echo "Error from server (AlreadyExists): $name" >&2; exit 1; }
printf '%s' "$text" >"${root}/$name"
`,
  );
  chmodSync(join(root, 'kubectl'), 0o755);
  const secrets = () => readdirSync(root).filter((name) => name.startsWith('Secret.'));
  return {
    root,
    secrets,
    read: (name: string) => parse(readFileSync(join(root, `Secret.${name}`), 'utf8')),
    make: (...args: string[]) =>
      run('scripts/secrets', args, { env: { ...process.env, PATH: `${root}:${process.env.PATH}` } }),
  };
}

t.test('what is missing is made, random and long', async (t) => {
  const { make, secrets, read, root } = cluster(t);
  const { code, stdout, stderr } = await make('--namespace', 'shop');
  t.equal(code, 0, stderr);
  t.same(secrets(), ['Secret.mongodb-root', 'Secret.records-mongodb', 'Secret.records-upload']);
  const { metadata, stringData } = read('records-mongodb');
  t.equal(metadata.namespace, 'shop');
  t.match(stringData.password, /^[0-9a-f]{48}$/);
  t.equal(stringData.uri, `mongodb://records:${stringData.password}@mongodb:27017/records`);
  t.match(read('records-upload').stringData.token, /^[0-9a-f]{48}$/);
  t.not(read('mongodb-root').stringData.password, stringData.password);
  const namespace = parse(readFileSync(join(root, 'Namespace.shop'), 'utf8'));
  t.equal(namespace.metadata.labels['pod-security.kubernetes.io/enforce'], 'restricted');
  const said = stdout + stderr + readFileSync(join(root, 'arguments'), 'utf8');
  for (const name of ['mongodb-root', 'records-mongodb', 'records-upload']) {
    for (const [key, value] of Object.entries(read(name).stringData)) {
      if (key !== 'username')
        t.notOk(said.includes(String(value)), `${name} ${key} is neither printed nor an argument`);
    }
  }
});

t.test('a server without login has a connection string without one', async (t) => {
  const { make, read } = cluster(t);
  t.equal((await make('--without-login')).code, 0);
  t.equal(read('records-mongodb').stringData.uri, 'mongodb://mongodb:27017/records');
});

t.test('a second run, and one at the same time, change nothing', async (t) => {
  const { make, secrets, read } = cluster(t);
  await make();
  const before = secrets().map((name) => read(name.slice(7)));
  const again = await Promise.all([make(), make()]);
  t.same(
    again.map(({ code }) => code),
    [0, 0],
  );
  t.match(again[0]!.stdout, 'Secret records-mongodb is there');
  t.same(
    secrets().map((name) => read(name.slice(7))),
    before,
  );
});

t.test('a cluster that refuses ends it with its reason', async (t) => {
  const { make, secrets } = cluster(t, 'echo "Error from server (Forbidden): no" >&2; exit 1');
  const { code, stderr } = await make();
  t.equal(code, 1);
  t.match(stderr, 'namespace records could not be made: Error from server (Forbidden): no');
  t.same(secrets(), []);
});

t.test('an argument that it does not know is refused, --help is not', async (t) => {
  const { make, root } = cluster(t);
  t.match(await make('--namspace', 'a'), { code: 2, stderr: 'unknown argument --namspace' });
  t.match(await make('--help'), { code: 0, stdout: 'left alone' });
  t.notOk(existsSync(join(root, 'arguments')));
});
