import t from 'tap';
import { until } from '../../../test/support/until.ts';
import { bridge, ndjson, workshop } from './support.ts';

t.test('MongoDB that does not answer within the timeout ends with 69, without the password', async (t) => {
  const { file, seed } = await workshop(t);
  const path = await file('a.ndjson', ndjson(1));
  const startedAt = performance.now();
  const env = { MONGODB_URI: 'mongodb://user:hunter2@127.0.0.1:1/' };
  const { status, stdout, stderr, messages } = await seed([path, '--timeout', '3'], { env });
  const elapsed = performance.now() - startedAt;
  t.equal(status, 69);
  t.match(messages.at(-1), 'MongoDB could not be used for 3 s');
  t.notMatch(stdout + stderr, 'hunter2');
  t.ok(elapsed < 8000, `${elapsed} ms`);
});

t.test('MongoDB that comes later is waited for', async (t) => {
  const { file, seed } = await workshop(t);
  const { uri, open } = await bridge(t, false);
  let isOpen = false;
  const running = seed([await file('a.ndjson', ndjson(3))], { env: { MONGODB_URI: uri } });
  // The first attempt fails after the selection timeout of 2 s.
  const opening = setTimeout(() => {
    isOpen = true;
    open();
  }, 2500);
  const { status, messages } = await running;
  clearTimeout(opening);
  t.ok(isOpen);
  t.equal(status, 0);
  t.match(messages[0], 'MongoDB does not answer yet, trying again: ');
  t.match(messages.at(-1), 'complete: 3 records: 3 inserted');
});

t.test('MongoDB that goes during the import and returns loses and doubles nothing', async (t) => {
  const { db, file, seed } = await workshop(t);
  const { uri, cut, open, bytes } = await bridge(t, true);
  const running = seed([await file('a.ndjson', ndjson(30_000))], { env: { MONGODB_URI: uri } });
  for (const megabyte of [0.5, 1, 1.5]) {
    await until(() => bytes() > megabyte * 1_000_000, `${megabyte} MB over the bridge`);
    cut();
    open();
  }
  const { status, messages } = await running;
  t.equal(status, 0, messages.join('\n'));
  t.match(messages.at(-1), 'complete: 30,000 records');
  t.equal(await db.collection('records').countDocuments(), 30_000);
});

t.test('MongoDB that goes during the import and stays away ends with 69', async (t) => {
  const { file, seed, ledger } = await workshop(t);
  const { uri, cut, bytes } = await bridge(t, true);
  const path = await file('a.ndjson', ndjson(30_000));
  const running = seed([path, '--timeout', '3'], { env: { MONGODB_URI: uri } });
  await until(() => bytes() > 500_000, 'half a megabyte over the bridge');
  cut();
  const { status, messages } = await running;
  t.equal(status, 69);
  t.match(messages.at(-1), 'MongoDB could not be used for 3 s');
  t.match(await ledger(), [{ state: 'running' }]);
});
