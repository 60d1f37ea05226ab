import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { Restaurant } from '../../data/restaurants.ts';

const script = fileURLToPath(new URL('../../data/generate.ts', import.meta.url));
const read = (name: string) => readFileSync(new URL(`../../data/${name}`, import.meta.url));
const generate = (...args: string[]) =>
  execFileSync(process.execPath, [script, ...args], { maxBuffer: 64 * 1024 * 1024 });
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

t.test('generating again gives the bytes that the manifest names', async (t) => {
  const manifest = JSON.parse(read('restaurants.json').toString());
  const generated = generate();
  t.equal(sha256(generated), manifest.sha256);
  t.equal(sha256(read(manifest.file)), manifest.sha256);
  t.equal(generated.toString().trimEnd().split('\n').length, manifest.count);
});

t.test('a count gives as many records, each with an id of its own', async (t) => {
  const records: Restaurant[] = generate('--count', '20001')
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.equal(records.length, 20_001);
  t.equal(new Set(records.map(({ _id }) => _id.$oid)).size, 20_001);
  t.ok(records.every(({ _id }) => /^[0-9a-f]{24}$/.test(_id.$oid)));
});

t.test('the sample has the values that real data has', async (t) => {
  const records: Restaurant[] = read('restaurants.ndjson')
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const some = (condition: (record: Restaurant) => boolean) => records.some(condition);
  t.ok(some(({ rating }) => rating === 4.5));
  t.ok(some(({ rating }) => rating === 'Not yet rated'));
  t.ok(some(({ rating }) => rating === null));
  t.ok(some((record) => !('rating' in record)));
  t.ok(some(({ address }) => typeof address === 'number'));
  t.ok(some((record) => record['address line 2'] === ''));
  t.ok(some((record) => !('address line 2' in record)));
  t.ok(some(({ name }) => /[^\p{ASCII}]/u.test(name)));
  t.ok(some(({ name }) => name.includes('"')));
});

t.test('a count that is no number is refused', async (t) => {
  const { status, stderr } = spawnSync(process.execPath, [script, '--count', 'many'], { encoding: 'utf8' });
  t.equal(status, 64);
  t.equal(stderr, '--count: must be a whole number up to 999999999; see --help\n');
});
