import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { installEmbedded } from '../../tools/embedded-mongodb/install.ts';
import { findProgram } from '../../tools/programs.ts';
import { bareEnvironment, processesWith, startScript } from '../support/processes.ts';
import { until } from '../support/until.ts';

const path = (name: string) => fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url));
const noMongodb = await installEmbedded().then(
  () => false,
  (error: Error) => error.message,
);
const skip = findProgram('mongod') ? false : noMongodb;
const linux = process.platform === 'linux';
// Each run starts a JVM and two Nodes, and other tests run beside it.
t.setTimeout(240_000);

/** Starts a run that keeps its data in a folder of the test; `left` finds what is left of it. */
function startRun(t: Test, directory: string, more: NodeJS.ProcessEnv = {}) {
  const env = bareEnvironment({
    RUN_DIRECTORY: directory,
    PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: 'warn',
    // A busy machine is not what is tested.
    OVERLOAD_EVENT_LOOP_DELAY_MS: '0',
    ...more,
  });
  const run = startScript(t, [path('run.ts')], env);
  const address = () => run.printed(/Records +(http:.*)\/api\/v1\/records[\s\S]*make stop/);
  const left = () => (linux ? processesWith(`RUN_DIRECTORY=${directory}`) : []);
  return { ...run, address, left };
}

t.test('a dataset is served, and Ctrl-C leaves no process behind', { skip }, async (t) => {
  const directory = t.testdir();
  const run = startRun(t, directory);
  const address = await run.address();
  t.match(run.output(), /^MongoDB: .*\d+\.\d+\.\d+/);
  const answer = await fetch(`${address}/api/v1/records?limit=2&count=true`);
  t.equal(answer.status, 200);
  t.equal(answer.headers.get('x-total-count'), '3000');
  t.equal(((await answer.json()) as unknown[]).length, 2);
  for (const route of ['/docs', '/openapi.json']) t.equal((await fetch(address + route)).status, 200);
  const metrics = await run.printed(/Metrics +(http:.*)/);
  t.equal((await fetch(metrics)).status, 200);

  run.signal('SIGINT');
  t.equal(await run.ended, 0);
  t.match(run.output(), /SIGINT: stopping\n$/);
  t.same(run.left(), []);
});

t.test('what was written is there in the next run', { skip }, async (t) => {
  const directory = t.testdir();
  const first = startRun(t, directory);
  const form = new FormData();
  form.append('file', new File(['kept'], 'note.txt', { type: 'text/plain' }));
  const upload = await fetch(`${await first.address()}/api/v1/files`, { method: 'POST', body: form });
  t.equal(upload.status, 201, await upload.text());
  first.signal('SIGTERM');
  t.equal(await first.ended, 0);

  const second = startRun(t, directory);
  const address = await second.address();
  const location = new URL(upload.headers.get('location')!, address);
  t.equal(await (await fetch(location)).text(), 'kept');
  const answer = await fetch(`${address}/api/v1/records?limit=1&count=true`);
  t.equal(answer.headers.get('x-total-count'), '3000');
  second.signal('SIGINT');
  t.equal(await second.ended, 0);
});

t.test('files of the same name in two folders do not mix', { skip }, async (t) => {
  const directory = t.testdir({ a: {}, b: {}, run: {} });
  for (const [folder, count] of [
    ['a', 1],
    ['b', 2],
  ] as const) {
    const file = join(directory, folder, 'items.csv');
    writeFileSync(file, `name\n${'x\ny\n'.slice(0, 2 * count)}`);
    const run = startRun(t, join(directory, 'run'), { DATASET: file });
    const answer = await fetch(`${await run.address()}/api/v1/records`);
    t.equal(((await answer.json()) as unknown[]).length, count);
    run.signal('SIGINT');
    t.equal(await run.ended, 0);
  }
});

t.test('a second run says that the first one runs, and make stop ends that', { skip }, async (t) => {
  const directory = t.testdir();
  const first = startRun(t, directory);
  await first.address();
  const second = startRun(t, directory);
  t.equal(await second.ended, 1);
  t.equal(second.output(), `it runs already (process ${first.process.pid}); to stop it: make stop\n`);

  const stop = () => startScript(t, [path('stop.ts')], bareEnvironment({ RUN_DIRECTORY: directory }));
  const stopping = stop();
  t.equal(await stopping.ended, 0);
  t.equal(stopping.output(), 'stopped\n');
  t.equal(await first.ended, 0);
  t.same(first.left(), []);
  const again = stop();
  t.equal(await again.ended, 0);
  t.equal(again.output(), 'nothing is running\n');
});

t.test('a run that is killed leaves no process behind', { skip: skip || !linux }, async (t) => {
  const run = startRun(t, t.testdir());
  await run.address();
  t.ok(run.left().length > 1);
  run.signal('SIGKILL');
  await until(() => run.left().length === 0, 'the end of its processes');
});

t.test('when the service or the database dies, everything stops', { skip: skip || !linux }, async (t) => {
  for (const [name, pattern] of [
    ['the service', /src\/main\.ts/],
    ['MongoDB', /EmbeddedMongodb|mongod/],
  ] as const) {
    const run = startRun(t, t.testdir());
    await run.address();
    const victim = run.left().filter(({ command }) => pattern.test(command) && !/guard\.sh/.test(command));
    for (const { pid } of victim) process.kill(pid, 'SIGKILL');
    t.equal(await run.ended, 1);
    t.match(run.output(), `${name} ended by itself`);
    t.same(run.left(), []);
  }
});

t.test('a port that is taken is named, and nothing is started', async (t) => {
  const server = createServer().listen(0, '0.0.0.0');
  t.teardown(() => server.close());
  await until(() => server.listening, 'a taken port');
  const { port } = server.address() as { port: number };
  for (const name of ['PORT', 'METRICS_PORT']) {
    const run = startRun(t, t.testdir(), { [name]: `${port}` });
    t.equal(await run.ended, 1);
    t.equal(
      run.output(),
      `${name}: port ${port} is already in use; choose another: make run ${name}=${port + 1}\n`,
    );
  }
});

t.test('wrong settings are refused with one line', async (t) => {
  const refusals = [
    [{ DATASET: 'no/such/file.csv' }, 66, /^DATASET: .*no\/such\/file\.csv is not a file\n$/],
    [{ PORT: 'many' }, 64, /^PORT: must be a number from 0 to 65535\n$/],
  ] as const;
  for (const [env, status, message] of refusals) {
    const run = startRun(t, t.testdir(), env);
    t.equal(await run.ended, status);
    t.match(run.output(), message);
  }
});

t.test('a dataset that is not seeded stops the run with the status of the seeder', { skip }, async (t) => {
  const directory = t.testdir({ 'broken.ndjson': 'no JSON\n' });
  const run = startRun(t, directory, { DATASET: join(directory, 'broken.ndjson') });
  t.equal(await run.ended, 65);
  t.match(run.output(), /the dataset was not seeded \(exit status 65, see above\)\n$/);
  t.same(run.left(), []);
});
