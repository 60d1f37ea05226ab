/** The images as they run in a cluster: read-only, as nobody in particular, without a capability. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { MongoClient } from 'mongodb';
import t, { type Test } from 'tap';
import { databaseName, mongodbUri } from '../../service/test/support/mongodb.ts';
import { until } from '../support/until.ts';
import { type ContainerOptions, image, noContainers, run, statusOf } from './support/container.ts';

const skip = noContainers;
const token = 'image-test-token-0123456789';
const defaults = {
  HOST: '127.0.0.1',
  PORT: '0',
  METRICS_PORT: '0',
  SHUTDOWN_DELAY_MS: '100',
  UPLOAD_TOKEN: token,
};

/** Starts the service's image and waits until it listens. */
async function startService(t: Test, env: Record<string, string> = {}) {
  const container = run(t, image('records'), { env: { ...defaults, MONGODB_URI: mongodbUri(), ...env } });
  const listening = () => /listening on (http:[^"]+)/.exec(container.stdout())?.[1];
  await until(() => listening() ?? container.process.exitCode !== null, 'the service listening', 30_000);
  const url = listening();
  if (!url) throw new Error(`the image does not start: ${container.stderr()}`);
  return { ...container, url };
}

const seed = (t: Test, options: ContainerOptions) => run(t, image('records-mongo-seed'), options);

t.test('a seeded database is served', { skip }, async (t) => {
  const MONGODB_DATABASE = databaseName();
  const env = { MONGODB_URI: mongodbUri(), MONGODB_DATABASE };
  t.teardown(async () => {
    const client = await MongoClient.connect(mongodbUri());
    await client.db(MONGODB_DATABASE).dropDatabase();
    await client.close();
  });

  t.equal(await seed(t, { env }).exited, 0);
  const again = seed(t, { env });
  t.equal(await again.exited, 0, 'seeding again ends well');
  t.match(
    again.stdout() + again.stderr(),
    /nothing|already|up to date/i,
    'and says that there was nothing to do',
  );

  const { url } = await startService(t, { MONGODB_DATABASE });
  await until(async () => (await fetch(`${url}/readyz`)).status === 200, 'readiness');
  const { count } = JSON.parse(readFileSync(new URL('../../data/restaurants.json', import.meta.url), 'utf8'));
  const response = await fetch(`${url}/api/v1/records?limit=3&count=true`);
  t.equal(response.headers.get('x-total-count'), `${count}`);
  const records = (await response.json()) as { _id: string }[];
  t.equal(records.length, 3);
  const one = await fetch(`${url}/api/v1/records/${records[0]!._id}`);
  t.strictSame(await one.json(), records[0]);
});

t.test('the documentation is served with all of its files, as the package has them', { skip }, async (t) => {
  const { url } = await startService(t);
  const page = await (await fetch(`${url}/docs/`)).text();
  const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(
    ([, path]) => new URL(path!, `${url}/docs/`),
  );
  t.ok(assets.length >= 6, `${assets.length} files`);
  for (const asset of assets) {
    const response = await fetch(asset);
    const body = Buffer.from(await response.arrayBuffer());
    t.equal(response.status, 200, asset.pathname);
    const file = asset.pathname.split('/').at(-1)!;
    if (file === 'swagger-initializer.js') continue;
    const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    const shipped = readFileSync(
      new URL(`../../node_modules/@fastify/swagger-ui/static/${file}`, import.meta.url),
    );
    t.equal(hash(body), hash(shipped), asset.pathname);
  }
});

t.test('the process has no privilege and cannot write', { skip }, async (t) => {
  const service = await startService(t);
  const status = statusOf(service.pid());
  t.match(status.Uid, /^10001\t10001\t10001\t10001$/);
  t.equal(status.NoNewPrivs, '1');
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    t.equal(status[set], '0000000000000000', set);
  const write = run(t, image('records'), {
    args: [],
    entrypoint: ['/usr/bin/node', '-e', 'require("node:fs").writeFileSync("/app/x", "")'],
  });
  t.not(await write.exited, 0);
  t.match(write.stderr(), /EROFS/);
});

t.test('SIGTERM ends it in order, also as process 1', { skip }, async (t) => {
  const service = await startService(t);
  t.match(statusOf(service.pid()).NSpid, /\t1$/, 'it is process 1');
  service.signal('TERM');
  t.equal(await service.exited, 0);
  t.match(service.stdout(), /"msg":"stopped"/);
  t.equal(service.stderr(), '', 'nothing on standard error, no warning of a cache that cannot be written');
});

t.test('the health check tells an answering service from one that is away', { skip }, async (t) => {
  const { url } = await startService(t);
  const check = (port: string) =>
    run(t, image('records'), {
      args: [],
      entrypoint: ['/usr/bin/node', '/app/healthcheck.mjs'],
      env: { PORT: port },
    });
  t.equal(await check(new URL(url).port).exited, 0);
  t.equal(await check('1').exited, 1);
});

t.test('a missing setting stops the start with its name', { skip }, async (t) => {
  const service = run(t, image('records'), { env: { ...defaults, UPLOAD_TOKEN: '' } });
  t.equal(await service.exited, 78);
  t.match(service.stderr(), /^UPLOAD_TOKEN: .*\n$/);
});
