/** What is in the images, and what is not. */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { type Entry, entriesOf } from '../../tools/image/oci-layout.ts';
import { image } from './support/container.ts';

const service = image('records');
const seed = image('records-mongo-seed');
const entries = service.layers.flatMap((layer) => [...entriesOf(layer)]);
const seedEntries = seed.layers.flatMap((layer) => [...entriesOf(layer)]);
const files = (all: Entry[]) =>
  all.filter(({ type }) => type === '0').map(({ path }) => `/${path.replace(/^\.?\//, '')}`);

t.test('the service image holds Node, its libraries, the bundle and nothing else', async (t) => {
  const libraries = /^\/usr\/lib(64)?\/(ld-linux-[\w-]+|lib(atomic|c|dl|gcc_s|m|pthread|stdc\+\+))\.so\.\d$/;
  const bundle =
    /^\/app\/(start\.cjs|healthcheck\.mjs|(service|seed)\.cjs\.zst|service\.cjs\.code\.zst|static\/[\w.-]+)$/;
  const status = /^\/var\/lib\/dpkg\/status\.d\/lib(atomic1|c6|gcc-s1|stdc\+\+6)$/;
  const other = files(entries).filter(
    (path) => ![libraries, bundle, status].some((known) => known.test(path)),
  );
  const settings = ['/etc/group', '/etc/nsswitch.conf', '/etc/os-release', '/etc/passwd'];
  t.strictSame(other.sort(), [...settings, '/usr/bin/node']);
});

t.test('the seed image adds the dataset and its manifest as they are in git', async (t) => {
  const added = files(seedEntries).filter((path) => !files(entries).includes(path));
  t.strictSame(added.sort(), ['/data/restaurants.json', '/data/restaurants.ndjson']);
  for (const path of added) {
    const entry = seedEntries.find((candidate) => candidate.path === path.slice(1));
    t.ok(entry?.content.equals(readFileSync(new URL(`../..${path}`, import.meta.url))), path);
  }
});

t.test('every file belongs to root, and only /tmp can be written', async (t) => {
  for (const { path, uid, gid, mode, type } of seedEntries) {
    t.strictSame([uid, gid], [0, 0], path);
    t.equal(mode & 0o7000, path.replaceAll('/', '') === 'tmp' ? 0o1000 : 0, `${path} has no set-id bit`);
    if (type !== '2' && path.replaceAll('/', '') !== 'tmp')
      t.equal(mode & 0o022, 0, `${path} is writable by root alone`);
  }
});

t.test('no secret is inside', async (t) => {
  const secret =
    /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[\w+/=]{20}|\bnpm_[A-Za-z0-9]{36}\b|\bAKIA[0-9A-Z]{16}\b|_authToken=|mongodb(\+srv)?:\/\/[^\s:@/"'`$]+:[^\s:@/"'`$]+@/;
  for (const { path, content } of seedEntries) {
    if (/^(app|data|etc)\//.test(path)) t.notMatch(content.toString('latin1'), secret, path);
    t.notMatch(path, /\.(npmrc|env|pem|key|crt|map)$|(^|\/)\.git/);
  }
  for (const { config } of [service, seed]) {
    const names = config.config.Env?.map((variable) => variable.split('=')[0]).sort();
    t.strictSame(names, ['NODE_ENV', 'PATH']);
  }
});

t.test('the images say who they are and how to run them', async (t) => {
  const { config } = service.config;
  t.equal(config.User, '10001:10001');
  t.equal(config.StopSignal, 'SIGTERM');
  t.strictSame(config.Entrypoint, ['/usr/bin/node', '--min-semi-space-size=32', '/app/start.cjs', 'service']);
  t.strictSame(Object.keys(config.ExposedPorts ?? {}), ['8080/tcp', '9090/tcp']);
  t.match(config.Labels?.['org.opencontainers.image.revision'], /^[0-9a-f]{40}$/);
  t.equal(config.Labels?.['org.opencontainers.image.licenses'], 'Apache-2.0');
  t.equal(seed.config.config.User, '10001:10001');
  t.strictSame(seed.config.config.Entrypoint, ['/usr/bin/node', '/app/start.cjs', 'seed']);
  t.equal(seed.config.config.Labels?.['org.opencontainers.image.title'], 'records-mongo-seed');
});

t.test('the service image is smaller than the limits', async (t) => {
  const sum = (size: (layer: (typeof service.layers)[number]) => number) =>
    service.layers.reduce((total, layer) => total + size(layer), 0) / 1e6;
  const unpacked = entries.reduce((total, { content }) => total + content.length, 0) / 1e6;
  const gzip = sum(({ tar }) => gzipSync(tar).length);
  const zstd = sum(({ size }) => size);
  t.comment(`MB: ${unpacked.toFixed(1)} unpacked, ${gzip.toFixed(1)} gzip, ${zstd.toFixed(1)} zstd`);
  t.ok(unpacked < 125, 'below 125 MB unpacked');
  t.ok(gzip < 48.5, 'below 48.5 MB in gzip layers');
  t.ok(zstd < 38, 'below 38 MB in zstd layers');
});

t.test('every page of the documentation is there, except those that the service makes itself', async (t) => {
  const there = files(entries).flatMap((path) => /^\/app\/static\/(.*)\.br$/.exec(path)?.[1] ?? []);
  const shipped = readdirSync(new URL('../../node_modules/@fastify/swagger-ui/static', import.meta.url));
  const missing = shipped.filter((file) => !there.includes(file));
  t.strictSame(missing, ['csp.json', 'index.html', 'swagger-ui.js']);
});
