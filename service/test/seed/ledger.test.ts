import { PassThrough } from 'node:stream';
import t from 'tap';
import { until } from '../../../test/support/until.ts';
import { Exit } from '../../src/seed/exit-status.ts';
import { StopRequest } from '../../src/seed/run.ts';
import { ndjson, outcome, stopper, workshop } from './support.ts';

t.test('the same file again is no work, another file or another key is', async (t) => {
  const { file, seed, ledger } = await workshop(t);
  const path = await file('a.ndjson', ndjson(5));
  await seed([path]);
  const [before] = await ledger();
  const again = await seed([path]);
  t.equal(again.status, 0);
  t.match(again.messages, [`nothing to do: a ${before!.version} is complete in `]);
  t.strictSame(await ledger(), [before]);
  t.match((await seed([path, '--key', 'name'])).messages.at(-1), 'complete: 5 records');
  await file('a.ndjson', ndjson(6));
  t.match((await seed([path])).messages.at(-1), 'complete: 6 records: 1 inserted, 0 replaced, 5 unchanged');
  t.match(await ledger(), [{ version: /^(?!.*nothing)[0-9a-f]{12}$/, counts: { read: 6 } }]);
});

t.test('a collection that was dropped since is seeded again', async (t) => {
  const { db, file, seed } = await workshop(t);
  const path = await file('a.ndjson', ndjson(5));
  await seed([path]);
  await db.collection('records').drop();
  t.match((await seed([path])).messages.at(-1), 'complete: 5 records: 5 inserted');
});

t.test('two names, or two collections, are two entries', async (t) => {
  const { file, seed, ledger } = await workshop(t);
  const path = await file('a.ndjson', ndjson(5));
  await seed([path, '--name', 'x', '--version', '7']);
  await seed([path], { env: { MONGODB_COLLECTION: 'other' } });
  const entries = (await ledger()).map(({ _id }) => _id).sort();
  t.strictSame(entries, ['other/a', 'records/x']);
});

t.test('a seeding that is stopped goes on where it was', async (t) => {
  const { db, file, seed, ledger } = await workshop(t);
  const path = await file('a.ndjson', ndjson(20_000));
  const { signal, stop } = stopper(new StopRequest('SIGTERM'));
  const running = seed([path], { signal });
  await until(async () => (await db.collection('records').countDocuments()) >= 2000, 'some records');
  stop();
  const stopped = await running;
  t.equal(stopped.status, Exit.terminated);
  t.match(stopped.messages.at(-1), 'stopped by SIGTERM');
  const [entry] = await ledger();
  t.match(entry, { state: 'running', lease: null });
  t.equal(entry!.position, await db.collection('records').countDocuments());
  t.ok(entry!.position < 20_000, 'before the end');

  const resumed = await seed([path]);
  t.match(resumed.messages[0], `from record ${entry!.position + 1} on`);
  t.match(resumed.messages.at(-1), 'complete: 20,000 records: 20,000 inserted, 0 replaced, 0 unchanged');
  t.equal(await db.collection('records').countDocuments(), 20_000);
});

t.test('a seeding that is stopped before it has a record ends at once', async (t) => {
  const { seed, ledger } = await workshop(t);
  const { signal, stop } = stopper(new StopRequest('SIGINT'));
  const stdin = new PassThrough();
  stdin.write('{"_id":1}\n');
  const running = seed(['-', '--format', 'ndjson'], { signal, stdin });
  await until(async () => (await ledger()).length === 1, 'the entry');
  stop();
  t.equal((await running).status, Exit.interrupted);
  t.match(await ledger(), [{ state: 'running', lease: null }]);
});

t.test('of two at once one waits, and then finds it complete', async (t) => {
  const { db, file, start } = await workshop(t);
  const path = await file('a.ndjson', ndjson(20_000));
  const outcomes = await Promise.all([outcome(start([path])), outcome(start([path]))]);
  t.strictSame(
    outcomes.map(({ status }) => status),
    [0, 0],
  );
  const last = outcomes.map(({ messages }) => messages.at(-1)!.split(':')[0]).sort();
  t.strictSame(last, ['complete', 'nothing to do']);
  t.equal(await db.collection('records').countDocuments(), 20_000);
});
