import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import t, { type Test } from 'tap';
import { folder, run } from './support.ts';

/** A data folder and an entrypoint that, like the image's, makes a file of the server and says what it was given. */
function machine(t: Test, files: string[] = []) {
  const root = folder(t);
  const [data, bin] = [join(root, 'data'), join(root, 'bin')];
  mkdirSync(data);
  mkdirSync(bin);
  for (const file of files) writeFileSync(join(data, file), '');
  writeFileSync(
    join(bin, 'docker-entrypoint.sh'),
    '#!/bin/bash\ntouch "$DATA/WiredTiger"\necho "entrypoint: $*"\n',
  );
  chmodSync(join(bin, 'docker-entrypoint.sh'), 0o755);
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, DATA: data };
  return {
    data,
    mark: join(data, '.first-start'),
    start: () => run('bash', ['charts/mongodb/files/start.sh', '--bind_ip_all'], { env }),
  };
}

t.test('the first start is marked until the users are made', async (t) => {
  const { start, mark } = machine(t);
  const { code, stdout } = await start();
  t.equal(code, 0);
  t.match(stdout, 'first start: the users will be made\nentrypoint: mongod --bind_ip_all');
  t.ok(existsSync(mark));
});

t.test('a first start that was cut short begins anew', async (t) => {
  const { start, data, mark } = machine(t, ['.first-start', 'WiredTiger', 'collection-0.wt']);
  const { stdout } = await start();
  t.match(stdout, 'cut short: beginning anew');
  t.notOk(existsSync(join(data, 'collection-0.wt')));
  t.ok(existsSync(mark));
});

t.test('a server with its users keeps its data', async (t) => {
  const { start, data, mark } = machine(t, ['WiredTiger', 'collection-0.wt']);
  const { stdout } = await start();
  t.equal(stdout, 'entrypoint: mongod --bind_ip_all\n');
  t.ok(existsSync(join(data, 'collection-0.wt')));
  t.notOk(existsSync(mark));
});

t.test(
  'the application user may read and write its database and nothing else, and the mark goes',
  async (t) => {
    const { data, mark } = machine(t, ['.first-start', 'username', 'password']);
    writeFileSync(join(data, 'username'), 'records\n');
    writeFileSync(join(data, 'password'), `a"b'$c\n`);
    const made: object[] = [];
    const db = {
      getSiblingDB: (name: string) => ({ createUser: (user: object) => made.push({ name, ...user }) }),
    };
    const env = { APPLICATION_SECRET: data, APPLICATION_DATABASE: 'catalogue', DATA: data };
    const script = readFileSync('charts/mongodb/files/users.js', 'utf8');
    runInNewContext(script, { require: createRequire(import.meta.url), process: { env }, db });
    const roles = [{ role: 'readWrite', db: 'catalogue' }];
    t.same(made, [{ name: 'catalogue', user: 'records', pwd: `a"b'$c`, roles }]);
    t.notOk(existsSync(mark));
  },
);

t.test('while a user cannot be made the mark stays', async (t) => {
  const { data, mark } = machine(t, ['.first-start']);
  const env = { APPLICATION_SECRET: data, APPLICATION_DATABASE: 'catalogue', DATA: data };
  const script = readFileSync('charts/mongodb/files/users.js', 'utf8');
  const db = { getSiblingDB: () => ({ createUser: () => t.fail('no user') }) };
  t.throws(() => runInNewContext(script, { require: createRequire(import.meta.url), process: { env }, db }), {
    code: 'ENOENT',
  });
  t.ok(existsSync(mark));
});
