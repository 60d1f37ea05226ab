/** The README's own commands, run as a newcomer would: copied from the page into a shell. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { freePort } from '../../tools/free-port.ts';
import { until } from '../support/until.ts';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const commands = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block]) =>
  block!.trim().split('\n'),
);

// A newcomer has no MONGODB_URI: `make run` brings a database.
const { MONGODB_URI: _, ...fresh } = process.env;

/** Types `make run` in a terminal of its own, with a folder of its own. */
async function makeRun(t: Test, variables: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const [port, metricsPort] = [String(await freePort()), String(await freePort())];
  const env = { ...fresh, PORT: port, METRICS_PORT: metricsPort, RUN_DIRECTORY: folder, ...variables };
  const run = spawn('make', ['run'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => run.kill());
  let printed = '';
  for (const stream of [run.stdout, run.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
    });
  const ended = once(run, 'exit');
  await until(() => /^ +Docs +http/m.test(printed), 'the printed addresses', 90_000);
  return { port, env, run, ended };
}

t.test('every link of the README leads somewhere', async (t) => {
  const links = [...readme.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link]) => link!);
  t.ok(links.length > 5);
  for (const link of links.filter((link) => !/^https?:/.test(link))) t.ok(existsSync(join(root, link)), link);
  const files = [...readme.matchAll(/`((?:service|data|scripts|docs|charts|argocd)\/[\w./-]*)`/g)].map(
    ([, file]) => file!,
  );
  for (const file of files) t.ok(existsSync(join(root, file)), file);
});

t.test('every make command of the README names a target that exists', async (t) => {
  const targets = commands.filter((command) => command.startsWith('make '));
  t.ok(targets.length >= 4);
  for (const command of targets)
    await t.resolves(execute('make', ['-n', ...command.split(' ').slice(1)], { cwd: root }), command);
});

t.test('`make run` serves, every curl of the README answers, `make stop` ends it', async (t) => {
  const { port, env, ended } = await makeRun(t);
  const curls = commands.filter((command) => command.startsWith('curl '));
  t.equal(curls.length, 7);
  const answers: string[] = [];
  for (const command of curls) {
    const here = command.replaceAll('localhost:8080', `127.0.0.1:${port}`);
    const { stdout } = await execute('bash', ['-c', `${here} --silent --show-error --max-time 20`], {
      cwd: root,
    });
    answers.push(stdout);
  }
  const [list, filtered, head, csv, unknown, file, home] = answers as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  t.equal(JSON.parse(list).length, 2);
  const found: { name: string; rating: number }[] = JSON.parse(filtered);
  t.ok(found.length > 0 && found.every(({ rating }) => rating >= 5), 'the filters hold');
  t.strictSame(
    found.map(({ rating }) => rating),
    found.map(({ rating }) => rating).toSorted((a, b) => b - a),
    'in order',
  );
  t.match(head, /^HTTP\/1.1 200 OK/);
  t.match(head, /x-total-count: [1-9]\d*/);
  t.match(csv, /^_id,name,rating\r\n/);
  t.equal(JSON.parse(unknown).code, 'RECORD_NOT_FOUND');
  t.equal(JSON.parse(file).name, 'readme.txt');
  t.match(JSON.parse(home), { timestamp: Number, hostname: String });

  await execute('make', ['stop'], { cwd: root, env });
  await ended;
  await t.rejects(fetch(`http://127.0.0.1:${port}/`), 'nothing listens any more');
});

t.test("`make run DATASET=...` serves a file of one's own", async (t) => {
  t.ok(commands.includes('make run DATASET=path/to/file.csv'));
  const dataset = join(t.testdir(), 'my cities.csv');
  writeFileSync(dataset, 'name,population,née\nYork,141685,x\n"Leeds, City",812000,\n');
  const { port, run, ended } = await makeRun(t, { DATASET: dataset });
  const records = await fetch(`http://127.0.0.1:${port}/api/v1/records?sort=population`).then((response) =>
    response.json(),
  );
  t.match(records, [
    { name: 'York', population: 141685, née: 'x' },
    { name: 'Leeds, City', population: 812000 },
  ]);
  run.kill('SIGTERM');
  await ended;
});
