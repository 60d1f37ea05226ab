import { PassThrough } from 'node:stream';
import t from 'tap';
import { until } from '../../../test/support/until.ts';
import { Exit } from '../../src/seed/exit-status.ts';
import type { LedgerEntry } from '../../src/seed/ledger.ts';
import { ndjson, workshop } from './support.ts';

// Who lost a lease waits for ten seconds, to see that it stands still.
t.setTimeout(60_000);

t.test('who lost the lease stops writing, and comes back when the other one is dead', async (t) => {
  const { db, file, seed } = await workshop(t);
  const entries = db.collection<LedgerEntry>('seeds');
  const path = await file('a.ndjson', ndjson(60_000));
  const running = seed([path]);
  await until(() => db.collection('records').findOne({}), 'the first records');
  const { matchedCount } = await entries.updateOne(
    { state: 'running' },
    { $set: { lease: { owner: 'somebody else', beat: 0 } } },
  );
  t.equal(matchedCount, 1, 'taken before the end');
  const { status, messages } = await running;
  t.equal(status, 0);
  t.match(messages.slice(1, 3), [
    'this process stood still and somebody else took over',
    'somebody else seeds this dataset; waiting for them',
  ]);
  t.match(messages.at(-1), 'complete: 60,000 records');
  t.equal(await db.collection('records').countDocuments(), 60_000);
});

t.test('who lost the lease while reading a stream ends with 69', async (t) => {
  const { db, seed } = await workshop(t);
  const entries = db.collection<LedgerEntry>('seeds');
  const stdin = new PassThrough();
  const running = seed(['-'], { stdin });
  stdin.write(ndjson(1000));
  await until(() => entries.findOne({ position: 1000 }), 'a beat with a position');
  await entries.updateOne({}, { $set: { lease: { owner: 'somebody else', beat: 0 } } });
  let sent = 0;
  const feeding = setInterval(() => {
    sent += 1000;
    stdin.write(ndjson(1000));
  }, 100);
  const { status, messages } = await running;
  clearInterval(feeding);
  t.equal(status, Exit.unavailable);
  t.match(messages.at(-1), 'a stream cannot be read again');
  t.match(await entries.findOne({}), { lease: { owner: 'somebody else' } });
  t.ok(sent > 0);
});
