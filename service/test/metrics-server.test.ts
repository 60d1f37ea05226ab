import { once } from 'node:events';
import { Counter, Registry } from 'prom-client';
import t, { type Test } from 'tap';
import { createMetricsServer } from '../src/metrics-server.ts';

async function serve(t: Test, registry: Registry): Promise<string> {
  const server = createMetricsServer(registry).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

t.test('/metrics gives the registry in the text format of Prometheus', async (t) => {
  const registry = new Registry();
  new Counter({ name: 'eggs_total', help: 'Eggs.', registers: [registry] }).inc(3);
  const response = await fetch(`${await serve(t, registry)}/metrics?x=1`);
  t.equal(response.status, 200);
  t.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  t.equal(await response.text(), '# HELP eggs_total Eggs.\n# TYPE eggs_total counter\neggs_total 3\n');
});

t.test('any other path answers 404', async (t) => {
  const response = await fetch(`${await serve(t, new Registry())}/`);
  t.equal(response.status, 404);
  t.equal(await response.text(), 'Metrics are at /metrics.\n');
});

t.test('a collector that fails answers 500, and the next request is served', async (t) => {
  const registry = new Registry();
  let fail = true;
  new Counter({
    name: 'eggs_total',
    help: 'Eggs.',
    registers: [registry],
    collect() {
      if (fail) throw new Error('no eggs');
    },
  });
  const url = `${await serve(t, registry)}/metrics`;
  const failed = await fetch(url);
  t.equal(failed.status, 500);
  t.equal(await failed.text(), 'no eggs\n');
  fail = false;
  t.equal((await fetch(url)).status, 200);
});
