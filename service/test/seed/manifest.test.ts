import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { checkManifest, findManifest, readManifest, stem } from '../../src/seed/manifest.ts';

const good = {
  name: 'restaurants',
  version: '1.0.0',
  file: 'restaurants.ndjson',
  sha256: 'a'.repeat(64),
  count: 2,
  indexes: ['name', 'rating,-name'],
};

t.test('a manifest that is right is taken as it is', async (t) => {
  t.strictSame(checkManifest(good, 'm.json'), good);
});

t.test('each rule of a manifest refuses with 65 and the field', async (t) => {
  const wrong: [object, RegExp][] = [
    [{ name: '' }, /m\.json: name must be a text/],
    [{ version: 1 }, /version must be a text/],
    [{ file: 'a/b' }, /file must be the name of a file/],
    [{ sha256: 'A'.repeat(64) }, /sha256 must be 64/],
    [{ count: -1 }, /count must be a whole number/],
    [{ count: undefined }, /count must be a whole number/],
    [{ indexes: 'name' }, /indexes must be a list/],
    [{ indexes: ['a', 'a'] }, /indexes must be a list of different texts/],
    [{ indexes: ['$a'] }, /indexes: .*must not start with \$/],
    [{ indexes: ['a,a'] }, /indexes: .*named twice/],
    [{ extra: 1 }, /extra is not a field/],
  ];
  for (const [change, message] of wrong) {
    t.throws(() => checkManifest({ ...good, ...change }, 'm.json'), { exitStatus: 65, message });
  }
  for (const value of [null, 1, []]) {
    t.throws(() => checkManifest(value, 'm.json'), { message: /not a JSON object/ });
  }
});

t.test('the stem of a name is what its suffixes leave', async (t) => {
  t.equal(stem('data/a.b.ndjson.gz'), 'a.b');
  t.equal(stem('a.csv'), 'a');
  t.equal(stem('a'), 'a');
  t.equal(stem('.json'), '.json');
});

t.test('a manifest is found beside its file only', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'seed-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const write = (content: string) => writeFile(join(folder, 'restaurants.json'), content);
  const find = (name: string) => findManifest(join(folder, name));

  t.equal(await find('restaurants.ndjson'), undefined, 'none there');
  await write(JSON.stringify(good));
  t.strictSame(await find('restaurants.ndjson'), good);
  t.equal(await find('restaurants.csv'), undefined, 'it is about another file');
  t.equal(await find('restaurants.json'), undefined, 'a file is not its own manifest');
  await write(JSON.stringify({ ...good, count: 'two' }));
  await t.rejects(find('restaurants.ndjson'), { exitStatus: 65, message: /count/ });
  for (const other of ['[{"a":1}]', '{"a":1}', 'no JSON', `[${'1,'.repeat(40_000)}1]`]) {
    await write(other);
    t.equal(await find('restaurants.ndjson'), undefined, 'another JSON file');
  }
});

t.test('a manifest that was named must be there', async (t) => {
  await t.rejects(readManifest('no-such-file.json'), {
    exitStatus: 66,
    message: /no-such-file\.json cannot be read/,
  });
});
