/**
 * Measures the start of the service's image, without a database, as root: `node tools/image/start-time.ts [ROUNDS]`. Prints
 * the minimum and the median of the time to the first answer of /livez, of the process alone (chroot) and of a container
 * (runc), beside those of the plainest server that the image's Node can run, since a busy machine slows all.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { asRoot, image, rootOf, run } from '../../test/images/support/container.ts';

const rounds = Number(process.argv[2] ?? 15);
const PORT = '18099';
const env = {
  HOST: '127.0.0.1',
  PORT,
  METRICS_PORT: '0',
  SHUTDOWN_DELAY_MS: '0',
  UPLOAD_TOKEN: 'start-time-0123456789',
  MONGODB_URI: 'mongodb://127.0.0.1:1/none',
  NODE_ENV: 'production',
};
const records = image('records');
const root = rootOf(records);
const plain = `require('node:http').createServer((q, r) => r.end()).listen(${PORT}, '127.0.0.1')`;
const servers = {
  service: records.config.config.Entrypoint!,
  plain: ['/usr/bin/node', '--eval', plain],
};

const answers = () =>
  new Promise<boolean>((resolve) => {
    request({ host: '127.0.0.1', port: PORT, path: '/livez', agent: false }, (response) => {
      response.resume().once('end', () => resolve(true));
    })
      .once('error', () => resolve(false))
      .end();
  });

/** Starts a server; gives what ends it. */
const ways: Record<string, (entrypoint: string[]) => () => Promise<unknown>> = {
  process: (entrypoint) => {
    const child: ChildProcess = spawn(...asRoot('/usr/sbin/chroot', root, ...entrypoint), {
      env,
      stdio: 'ignore',
    });
    return () => {
      child.kill('SIGKILL');
      return once(child, 'exit');
    };
  },
  container: (entrypoint) => {
    const { signal, exited } = run(t, records, { entrypoint, args: [], env });
    return () => {
      signal('KILL');
      return exited;
    };
  },
};

const times: Record<string, number[]> = {};
for (let round = 0; round < rounds; round++) {
  for (const [way, start] of Object.entries(ways)) {
    for (const [server, entrypoint] of Object.entries(servers)) {
      const started = performance.now();
      const end = start(entrypoint);
      while (!(await answers())) await delay(1);
      times[`${server}, ${way}`] ??= [];
      times[`${server}, ${way}`]!.push(performance.now() - started);
      await end();
    }
  }
}
for (const [name, all] of Object.entries(times)) {
  const sorted = all.toSorted((a, b) => a - b);
  const show = (value: number) => `${value.toFixed(0)} ms`;
  t.comment(`${name}: minimum ${show(sorted[0]!)}, median ${show(sorted[Math.floor(rounds / 2)]!)}`);
}
t.pass('measured');
