import t from 'tap';
import { parseFields, projectFields } from '../../src/records/fields.ts';
import { parseSort } from '../../src/records/sort.ts';

t.test('without a projection whole records are read', async (t) => {
  t.equal(parseFields(), undefined);
  t.strictSame(projectFields(undefined, parseSort('a')), { projection: undefined, omit: undefined });
});

t.test('the id is always given, and no path together with one below it', async (t) => {
  t.strictSame(parseFields('name,name'), ['_id', 'name']);
  t.strictSame(parseFields('address,address.city'), ['_id', 'address']);
  t.strictSame(parseFields('addr,address.city'), ['_id', 'addr', 'address.city']);
});

t.test('what only the cursor needs is read and left out of the answer', async (t) => {
  t.strictSame(projectFields(['_id', 'name'], parseSort('-rating')), {
    projection: { _id: 1, name: 1, rating: 1 },
    omit: new Map([['rating', true]]),
  });
  t.strictSame(projectFields(['_id', 'name'], parseSort('a.b.c')).omit, new Map([['a', true]]));
  t.strictSame(
    projectFields(['_id', 'a.x'], parseSort('a.b,a.c')).omit,
    new Map([
      [
        'a',
        new Map([
          ['b', true],
          ['c', true],
        ]),
      ],
    ]),
  );
});

t.test('what is asked for and sorted by is not left out', async (t) => {
  t.strictSame(projectFields(['_id', 'a'], parseSort('a.b')), {
    projection: { _id: 1, a: 1 },
    omit: undefined,
  });
});

t.test('an order by a whole of which a part is asked for is refused', async (t) => {
  const message = 'fields: name a itself, since the result is sorted by it';
  t.throws(() => projectFields(['_id', 'a.b'], parseSort('a')), { code: 'PARAMETER_INVALID', message });
});

t.test('bad names and too many are refused', async (t) => {
  t.throws(() => parseFields('a,$b'), { code: 'PARAMETER_INVALID' });
  t.throws(() => parseFields('a,,b'), { code: 'PARAMETER_INVALID' });
  const names = (count: number) => Array.from({ length: count }, (_, index) => `f${index}`).join();
  t.throws(() => parseFields(names(101)), {
    code: 'PARAMETER_INVALID',
    message: 'fields: at most 100 fields',
  });
  t.equal(parseFields(names(100))?.length, 101);
});
