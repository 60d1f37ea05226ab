/**
 * Measures the start of the service's image: from runc to the first answer of /livez, without a database, as root:
 * `node tools/image/start-time.ts [ROUNDS]`. Prints the minimum and the median beside those of the plainest server that
 * the image's Node can run, since a busy machine slows both.
 */
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { image, run } from '../../test/images/support/container.ts';

const rounds = Number(process.argv[2] ?? 15);
const PORT = '18099';
const env = {
  HOST: '127.0.0.1',
  PORT,
  METRICS_PORT: '0',
  SHUTDOWN_DELAY_MS: '0',
  UPLOAD_TOKEN: 'start-time-0123456789',
};
const plain = `require('node:http').createServer((q, r) => r.end()).listen(${PORT}, '127.0.0.1')`;
const variants = {
  service: { env: { ...env, MONGODB_URI: 'mongodb://127.0.0.1:1/none' } },
  plain: { entrypoint: ['/usr/bin/node', '--eval', plain], args: [] },
};

const answers = () =>
  new Promise<boolean>((resolve) => {
    request({ host: '127.0.0.1', port: PORT, path: '/livez', agent: false }, (response) => {
      response.resume().once('end', () => resolve(true));
    })
      .once('error', () => resolve(false))
      .end();
  });

const times: Record<string, number[]> = { service: [], plain: [] };
for (let round = 0; round < rounds; round++) {
  for (const [name, options] of Object.entries(variants)) {
    const container = image('records');
    const started = performance.now();
    const { signal, exited } = run(t, container, options);
    while (!(await answers())) await delay(1);
    times[name]!.push(performance.now() - started);
    signal('KILL');
    await exited;
  }
}
for (const [name, all] of Object.entries(times)) {
  const sorted = all.toSorted((a, b) => a - b);
  const show = (value: number) => `${value.toFixed(0)} ms`;
  t.comment(`${name}: minimum ${show(sorted[0]!)}, median ${show(sorted[Math.floor(rounds / 2)]!)}`);
}
t.pass('measured');
