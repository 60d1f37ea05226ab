import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { until } from '../../test/support/until.ts';
import { type Forwarder, startForwarder } from './support/forwarder.ts';
import { UNREACHABLE } from './support/offline-app.ts';
import { spawnService, startService } from './support/service-process.ts';

t.jobs = 4;

const RECORDS = '/api/v1/records';
const has = (service: { log: () => { msg: string }[] }, text: string) =>
  service.log().some(({ msg }) => msg.includes(text));

/** Starts a request that the database does not answer until the forwarder is restored. */
async function inFlight(service: Awaited<ReturnType<typeof startService>>, forwarder: Forwarder) {
  await until(async () => (await fetch(`${service.url}/readyz`)).ok, 'readiness');
  await until(async () => (await fetch(service.url + RECORDS)).ok, 'an answer');
  forwarder.hold();
  const request = get(service.url + RECORDS, { agent: new Agent({ keepAlive: true }) });
  request.on('error', () => undefined);
  const answer = once(request, 'response').catch(() => []);
  const active = async () => /active_requests 1\n/.test(await (await fetch(service.metricsUrl)).text());
  await until(active, 'the request in flight');
  return () => answer;
}

t.test(
  'without a database it answers within half a second or so, metrics on their own port only',
  async (t) => {
    const started = performance.now();
    const { url, metricsUrl, log } = await startService(t);
    t.equal((await fetch(`${url}/livez`)).status, 200);
    const ms = Math.round(performance.now() - started);
    t.comment(`first answer after ${ms} ms; ${log().find(({ startMs }) => startMs)?.startMs} ms in the log`);
    t.ok(ms < 20_000);
    t.equal((await fetch(`${url}/readyz`)).status, 503);
    t.equal((await fetch(`${url}/metrics`)).status, 404);
    t.match(await (await fetch(metricsUrl)).text(), /http_route="\/livez"/);
  },
);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} fails readiness, goes on serving, closes connections and exits with 0`, async (t) => {
    const service = await startService(t, { SHUTDOWN_DELAY_MS: '700' });
    const agent = new Agent({ keepAlive: true });
    const ask = async (path: string) => {
      const [response] = await once(get(service.url + path, { agent }), 'response');
      response.resume();
      await once(response, 'end');
      return { status: response.statusCode, connection: response.headers.connection };
    };
    t.strictSame(await ask('/livez'), { status: 200, connection: 'keep-alive' });
    service.child.kill(signal);
    await until(() => has(service, 'stopping: serving on for 700 ms'), 'the stop');
    t.strictSame(await ask('/readyz'), { status: 503, connection: 'close' });
    t.strictSame(await ask('/livez'), { status: 200, connection: 'close' });
    t.equal(await service.ended, 0);
    t.equal(service.log().at(-1)?.msg, 'stopped');
    await t.rejects(fetch(`${service.url}/livez`));
  });
}

t.test(
  'a request in flight is completed before the stop, on a connection that is closed after it',
  async (t) => {
    const forwarder = await startForwarder(t);
    const service = await startService(t, { MONGODB_URI: forwarder.uri });
    const answer = await inFlight(service, forwarder);
    service.child.kill('SIGTERM');
    await until(() => has(service, 'stopping'), 'the stop');
    await t.rejects(
      until(() => has(service, 'stopped'), 'the end', 300),
      'it waits',
    );
    await forwarder.restore();
    const [response] = await answer();
    t.equal(response.statusCode, 200);
    t.equal(response.headers.connection, 'close');
    response.resume();
    t.equal(await service.ended, 0);
  },
);

t.test('idle connections do not hold up the stop', async (t) => {
  const service = await startService(t, { KEEP_ALIVE_TIMEOUT_MS: '60000' });
  const idle = connect(Number(new URL(service.url).port), '127.0.0.1');
  await once(idle, 'connect');
  await (await fetch(`${service.url}/livez`)).text();
  const started = performance.now();
  service.child.kill('SIGTERM');
  t.equal(await service.ended, 0);
  t.ok(performance.now() - started < 3000);
  idle.destroy();
});

t.test('--help lists the settings and exits with 0', async (t) => {
  const { ended, stdout, stderr } = spawnService(t, { PORT: 'wrong' }, ['--help']);
  t.equal(await ended, 0);
  t.match(stdout(), /^Serves the records[\s\S]+\n {2}MONGODB_URI \(mongodb:[\s\S]+Exit status: 0/);
  t.equal(stderr(), '');
});

t.test('an unknown argument is refused in one line with exit 64', async (t) => {
  const { ended, stdout, stderr } = spawnService(t, {}, ['--port=80']);
  t.equal(await ended, 64);
  t.equal(stderr(), '--port=80: unknown argument; everything is set by the environment, see --help\n');
  t.equal(stdout(), '');
});

const wrongSettings: [Record<string, string>, RegExp][] = [
  [{ PORT: 'eighty' }, /^PORT: must be integer[^\n]*\n$/],
  [{ NODE_ENV: 'production' }, /^UPLOAD_TOKEN: must be set in production[^\n]*\n$/],
  [{ MONGODB_URI: 'mongodb://bob:hun/ter2@h/x' }, /^MONGODB_URI: is not a connection string[^\n]*\n$/],
  [{ MONGODB_URI: 'mongodb://h/?tls=maybe' }, /^MONGODB_URI: is not a connection string[^\n]*tls[^\n]*\n$/],
];
for (const [env, line] of wrongSettings) {
  t.test(`${JSON.stringify(env)} is refused in one line with exit 78`, async (t) => {
    const { ended, stdout, stderr } = spawnService(t, env);
    t.equal(await ended, 78);
    t.match(stderr(), line);
    t.notMatch(stderr() + stdout(), /hun|ter2/);
  });
}

for (const setting of ['PORT', 'METRICS_PORT']) {
  t.test(`a ${setting} that is taken is named in one line with exit 1`, async (t) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => server.close());
    const { port } = server.address() as { port: number };
    const { ended, stderr } = spawnService(t, { [setting]: String(port) });
    t.equal(await ended, 1);
    t.equal(stderr(), `${setting}: cannot listen on 127.0.0.1:${port} (EADDRINUSE)\n`);
  });
}

t.test('a request that never ends is cut off after SHUTDOWN_TIMEOUT_MS with exit 1', async (t) => {
  const forwarder = await startForwarder(t);
  const service = await startService(t, { MONGODB_URI: forwarder.uri, SHUTDOWN_TIMEOUT_MS: '500' });
  await inFlight(service, forwarder);
  service.child.kill('SIGTERM');
  t.equal(await service.ended, 1);
  t.ok(has(service, 'killed by timeout (500ms)'));
});

t.test('a second signal stops at once with exit 1', async (t) => {
  const service = await startService(t, { SHUTDOWN_DELAY_MS: '15000' });
  service.child.kill('SIGTERM');
  await until(() => has(service, 'stopping'), 'the stop');
  service.child.kill('SIGTERM');
  t.equal(await service.ended, 1);
  t.ok(has(service, 'second SIGTERM'));
});

const faults = {
  'an error': 'throw new Error("lost for mongodb://bob:hunter2@h/x")',
  'a rejection': 'Promise.reject(new Error("lost"))',
};
for (const [what, statement] of Object.entries(faults)) {
  t.test(`${what} that nobody handles is logged and stops at once with exit 1`, async (t) => {
    const preload = join(
      t.testdir({ 'fault.mjs': `process.on('SIGWINCH', () => { ${statement} });` }),
      'fault.mjs',
    );
    const service = await startService(t, { SHUTDOWN_DELAY_MS: '15000' }, [], ['--import', preload]);
    service.child.kill('SIGWINCH');
    t.equal(await service.ended, 1);
    const line = service.log().find(({ level }) => level === 'fatal');
    t.match(line, { msg: /nobody caught/, err: { message: /^lost/, stack: String } });
    t.ok(has(service, 'stopped'));
    t.notMatch(JSON.stringify(line), /hunter2@/);
  });
}

t.test('no credential of the connection string is in the output, at any level', async (t) => {
  const uri = UNREACHABLE.replace('://', '://bob:hunter2@');
  const service = await startService(t, {
    MONGODB_URI: uri,
    LOG_LEVEL: 'trace',
    MONGODB_SELECTION_TIMEOUT_MS: '100',
  });
  await until(() => has(service, 'not reachable yet'), 'an attempt to connect');
  service.child.kill('SIGTERM');
  t.equal(await service.ended, 0);
  t.notMatch(service.stdout() + service.stderr(), /hunter2/);
});

t.test('on a terminal the log is for people', async (t) => {
  const preload = join(t.testdir({ 'terminal.mjs': 'process.stdout.isTTY = true;' }), 'terminal.mjs');
  const service = spawnService(t, {}, [], ['--import', preload]);
  await until(() => service.stdout().includes('metrics on port'), 'the service listening', 30_000);
  t.match(service.stdout(), /INFO.*listening on http:/);
  t.notMatch(service.stdout(), /"level"/);
});
