import { once } from 'node:events';
import t from 'tap';
import { until } from '../../../test/support/until.ts';
import { ndjson, workshop } from './support.ts';

// The next run waits for ten seconds, to see that the lease stands still.
t.setTimeout(60_000);

t.test(
  'killed half-way, the next run waits for the lease to die and ends with exactly the right records',
  async (t) => {
    const { db, file, seed, start } = await workshop(t);
    const records = db.collection('records');
    const path = await file('a.ndjson', ndjson(60_000));
    const child = start([path]);
    await until(async () => (await records.countDocuments()) >= 5000, 'some records', 30_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    t.ok((await records.countDocuments()) < 60_000, 'killed before the end');

    const resumed = await seed([path]);
    t.equal(resumed.status, 0);
    t.equal(resumed.messages[0], 'somebody else seeds this dataset; waiting for them');
    t.match(resumed.messages.at(-1), 'complete: 60,000 records');
    t.equal(await records.countDocuments(), 60_000);
    const ids = (await records.find().project({ _id: 1 }).toArray()).map(({ _id }) => Number(_id));
    t.equal(new Set(ids).size, 60_000);
    t.equal(Math.max(...ids), 59_999);
  },
);
