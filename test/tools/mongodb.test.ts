import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { installEmbedded } from '../../tools/embedded-mongodb/install.ts';
import { findProgram } from '../../tools/programs.ts';
import { bareEnvironment, isListening, startScript } from '../support/processes.ts';
import { until } from '../support/until.ts';

const script = fileURLToPath(new URL('../../scripts/with-mongodb.ts', import.meta.url));
const command = (...args: string[]) => [script, '--', process.execPath, '-e', ...args];
const printUri = 'console.log(process.env.MONGODB_URI)';
const printAndStay = `${printUri}; setInterval(() => {}, 1000)`;
const port = (uri: string) => Number(new URL(uri).port);
const embedded = await installEmbedded().catch(() => undefined);
const skip = embedded ? false : 'no JDK or no Maven';
const skipEmbedded = findProgram('mongod') ? 'a mongod is on PATH' : skip;
/** No download that was made before is found either. */
const environment = () => bareEnvironment({ MONGOMS_DOWNLOAD_DIR: t.testdir({}) });

/** A mongod that is the embedded one with mongod's options. */
function fakeMongod(folder: string): string {
  const launch = `exec ${embedded!.java} -cp '${embedded!.classpath}' EmbeddedMongodb --detached`;
  writeFileSync(
    join(folder, 'mongod'),
    `#!/bin/sh\nwhile [ $# -gt 0 ]; do case $1 in\n--port) port=$2 ;; --dbpath) echo "$2" >&2 ;; esac; shift; done\n` +
      `${launch} --port "$port"\n`,
  );
  chmodSync(join(folder, 'mongod'), 0o755);
  return folder;
}

t.test('MONGODB_URI goes before everything, and nothing is started', { skip }, async (t) => {
  const outer = startScript(t, command(printAndStay), environment());
  const uri = await outer.printed(/^(mongodb:.*)$/m);
  const env = {
    ...environment(),
    MONGODB_URI: uri,
    PATH: `${fakeMongod(t.testdir())}:${process.env.PATH}`,
  };
  const inner = startScript(t, command(printUri), env);
  t.equal(await inner.ended, 0);
  t.match(inner.output(), `MongoDB: 4.4.0 at MONGODB_URI, ${uri}`);
  t.match(inner.output(), new RegExp(`^${uri}$`, 'm'));
  t.ok(await isListening(port(uri)), 'it is not ours to stop');
  outer.signal('SIGTERM');
});

t.test('a MONGODB_URI that does not answer is refused without its password', async (t) => {
  const env = { ...environment(), MONGODB_URI: 'mongodb://someone:hidden@127.0.0.1:1/records' };
  const run = startScript(t, command(printUri), env);
  t.equal(await run.ended, 69);
  t.match(run.output(), /^MONGODB_URI: mongodb:\/\/<redacted>@127\.0\.0\.1:1\/records cannot be used/);
  t.notMatch(run.output(), 'hidden');
});

t.test('a mongod on PATH goes before the embedded one, and leaves nothing behind', { skip }, async (t) => {
  const env = { ...environment(), PATH: `${fakeMongod(t.testdir())}:${process.env.PATH}` };
  const run = startScript(t, command(printUri), env);
  t.equal(await run.ended, 0);
  t.match(run.output(), 'MongoDB: mongod 4.4.0 from PATH');
  const folder = /^(.*records-mongod-[^/\n]*)/m.exec(run.output())![1]!;
  t.notOk(existsSync(folder), 'its folder is gone');
  t.notOk(await isListening(port(/^(mongodb:.*)$/m.exec(run.output())![1]!)));
});

t.test('a mongod ends when its starter is killed', { skip }, async (t) => {
  const env = { ...environment(), PATH: `${fakeMongod(t.testdir())}:${process.env.PATH}` };
  const run = startScript(t, command(printAndStay), env);
  const uri = await run.printed(/^(mongodb:.*)$/m);
  run.signal('SIGKILL');
  await until(async () => !(await isListening(port(uri))), 'the end of the mongod');
});

t.test('the embedded one ends when its starter is killed', { skip: skipEmbedded }, async (t) => {
  const run = startScript(t, command(printAndStay), environment());
  const uri = await run.printed(/^(mongodb:.*)$/m);
  t.match(
    run.output(),
    /MongoDB: embedded, for development only: mongo-java-server [\d.]+, as MongoDB 4\.4\.0/,
  );
  run.signal('SIGKILL');
  await until(async () => !(await isListening(port(uri))), 'the end of the embedded MongoDB');
});

t.test(
  'a download site that does not answer costs seconds, not minutes',
  { skip: skipEmbedded },
  async (t) => {
    const silent = createServer().listen(0, '127.0.0.1');
    t.teardown(() => silent.close());
    await until(() => silent.listening, 'a server that says nothing');
    const { port } = silent.address() as { port: number };
    const env = { ...environment(), MONGOMS_DOWNLOAD_MIRROR: `https://127.0.0.1:${port}` };
    const run = startScript(t, command(printUri), env);
    t.equal(await run.ended, 0);
    t.match(run.output(), 'MongoDB: embedded');
  },
);

t.test('without any MongoDB one line says what to install or to set', async (t) => {
  const env = { ...environment(), PATH: t.testdir(), JAVA_HOME: '' };
  const run = startScript(t, command(printUri), env);
  t.equal(await run.ended, 69);
  t.match(run.output(), /^no MongoDB: set MONGODB_URI, or install mongod, or .*no JDK: install a JDK.*\n$/);
});
