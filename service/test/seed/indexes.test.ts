import t from 'tap';
import { ensureIndexes, parseIndex } from '../../src/seed/indexes.ts';
import { workshop } from './support.ts';

t.test('a specification is that of a sort, ended by _id', async (t) => {
  t.strictSame(parseIndex('rating,-address line 2'), [
    { path: 'rating', direction: 1 },
    { path: 'address line 2', direction: -1 },
    { path: '_id', direction: 1 },
  ]);
});

t.test('indexes are made once, and that on _id is there already', async (t) => {
  const { db } = await workshop(t);
  const collection = db.collection('records');
  await collection.insertOne({ name: 'a' });
  const specifications = ['name', '-_id', 'name', '-rating,name', '_id'];
  t.strictSame(await ensureIndexes(collection, specifications), ['name_1__id_1', 'rating_-1_name_1__id_1']);
  t.strictSame(await ensureIndexes(collection, specifications), ['name_1__id_1', 'rating_-1_name_1__id_1']);
  t.equal((await collection.indexes()).length, 3);
});
