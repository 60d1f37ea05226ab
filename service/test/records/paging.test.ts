import { Binary, Decimal128, type Document, Long, ObjectId, Timestamp } from 'mongodb';
import t from 'tap';
import { buildAppWith, collection, list, listAll } from '../support/records.ts';

/** A value of every type that a sort can meet, some missing, some arrays; NaN is left out (docs/api.md says why). */
const awkward: unknown[] = [
  undefined,
  null,
  -1,
  0,
  4.5,
  5,
  5,
  Long.fromString('9007199254740993'),
  Decimal128.fromString('4.75'),
  Number.POSITIVE_INFINITY,
  '',
  '5',
  'Not yet rated',
  'not yet rated',
  'Étoile',
  '🍕',
  {},
  { a: 1 },
  { a: 'x' },
  new Binary(Buffer.from('bytes')),
  new ObjectId('65a1b2c3d4e5f60718293a4b'),
  false,
  true,
  new Date(0),
  new Date('2026-11-21T00:00:00Z'),
  new Timestamp({ t: 1, i: 1 }),
  [],
  [1, 9],
  [9, 1],
  [5],
  ['a', 2],
  [null, 3],
  [true, 'z', 0],
];

const SORTS = ['', 'v', '-v', 'v,-w', '-v,w', 'w,v', '-w,-v', 'd.v', '-d.v', 'd.v,v', 'missing,-v', '-_id'];

function documents(): Document[] {
  // The embedded server does not fall back to the next key between two empty arrays: one of them only.
  const copies = awkward.flatMap((value, index) =>
    (Array.isArray(value) && value.length === 0 ? [0] : [0, 1]).map((copy) => ({
      value,
      w: (index + copy) % 3,
    })),
  );
  return copies.map(({ value, w }, index) => ({
    _id:
      index % 3 === 0
        ? index
        : index % 3 === 1
          ? `id-${index}`
          : new ObjectId(index.toString(16).padStart(24, '0')),
    w,
    ...(value !== undefined && { v: value, d: { v: value } }),
  }));
}

t.test(
  'with any order and any limit every record is seen once, in the order of one single page',
  async (t) => {
    const app = await buildAppWith(t, documents());
    for (const sort of SORTS) {
      const whole = (await list(app, { sort, limit: '1000', fields: '_id' })).json<Document[]>();
      t.equal(whole.length, documents().length, `all are there sorted by ${sort}`);
      for (const limit of ['1', '2', '7', '50']) {
        t.strictSame(
          await listAll(app, { sort, limit, fields: '_id' }),
          whole,
          `sorted by ${sort}, ${limit} a page`,
        );
      }
    }
  },
);

t.test('while records come and go, every record that stays is seen once', async (t) => {
  const app = await buildAppWith(t, documents());
  for (const sort of SORTS) {
    const stored = collection(app);
    await stored.deleteMany({});
    await stored.insertMany(documents());
    const leaving = new Set<unknown>();
    let round = 0;
    const seen = await listAll(app, { sort, limit: '5', fields: '_id' }, async (page) => {
      // The last record of the page, which the cursor stands on, goes; so does one that may not have been seen yet.
      const last = await stored.findOne(
        { w: { $exists: true }, new: { $exists: false } },
        { sort: { w: round % 2 ? 1 : -1 } },
      );
      if (last) {
        leaving.add(String(last._id));
        await stored.deleteOne({ _id: last._id });
      }
      const standsOn = page.at(-1)!._id;
      const forms = [standsOn, ...(ObjectId.isValid(standsOn) ? [new ObjectId(standsOn)] : [])];
      leaving.add(String(standsOn));
      await stored.deleteOne({ _id: { $in: forms } });
      const value = awkward[round++ % awkward.length];
      await stored.insertOne({ w: 1, new: true, ...(value !== undefined && { v: value }) });
    });
    const ids = seen.map(({ _id }) => String(_id));
    t.equal(new Set(ids).size, ids.length, `sorted by ${sort} none is seen twice`);
    const stayed = documents()
      .map(({ _id }) => String(_id))
      .filter((id) => !leaving.has(id));
    t.strictSame(
      stayed.filter((id) => !ids.includes(id)),
      [],
      `sorted by ${sort} none is missed`,
    );
    t.ok(stayed.length > 20, 'enough stayed for this to mean something');
  }
});

t.test('a cursor reaches past a record whose value changed behind it', async (t) => {
  const app = await buildAppWith(
    t,
    Array.from({ length: 6 }, (_, index) => ({ _id: index, v: index })),
  );
  const seen = await listAll(app, { sort: 'v', limit: '2' }, async (page) => {
    await collection(app).updateOne({ _id: page[0]!._id }, { $set: { v: -1 } });
  });
  t.strictSame(
    seen.map(({ _id }) => _id),
    [0, 1, 2, 3, 4, 5],
  );
});

t.test('a sort value that no cursor can hold is refused', async (t) => {
  const app = await buildAppWith(t, [{ v: 'x'.repeat(9000) }, { v: 'y' }]);
  t.equal((await list(app, { sort: 'v', limit: '1' })).json().code, 'SORT_VALUE_TOO_LONG');
  t.equal((await list(app, { sort: 'v', limit: '2' })).statusCode, 200);
});
