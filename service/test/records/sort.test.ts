import t from 'tap';
import { parseSort, toMongoSort } from '../../src/records/sort.ts';

const ascending = (path: string) => ({ path, direction: 1 });
const descending = (path: string) => ({ path, direction: -1 });

t.test('without a specification the id is the order', async (t) => {
  t.strictSame(parseSort(), [ascending('_id')]);
  t.strictSame(parseSort(''), [ascending('_id')]);
});

t.test('the id ends every order', async (t) => {
  t.strictSame(parseSort('name,-rating'), [ascending('name'), descending('rating'), ascending('_id')]);
  t.strictSame(parseSort('-_id'), [descending('_id')]);
  t.strictSame(parseSort('name,-_id,ignored'), [ascending('name'), descending('_id')]);
});

t.test('names with spaces, dots and non-ASCII letters are names', async (t) => {
  t.strictSame(parseSort('-address line 2,né.à'), [
    descending('address line 2'),
    ascending('né.à'),
    ascending('_id'),
  ]);
});

t.test('the order of names that read as integers is kept', async (t) => {
  t.strictSame(
    [...toMongoSort(parseSort('b,-2,1'))],
    [
      ['b', 1],
      ['2', -1],
      ['1', 1],
      ['_id', 1],
    ],
  );
});

t.test('an order that cannot be meant is refused', async (t) => {
  const refused: [string, string][] = [
    ['a,-a', 'sort: a is named twice'],
    ['a,', 'sort: a field name is empty'],
    ['-', 'sort: a field name is empty'],
    ['$natural', 'sort: a field name must not start with $'],
    ['a,b,c,d,e,f,g,h,i', 'sort: at most 8 fields'],
  ];
  for (const [text, message] of refused)
    t.throws(() => parseSort(text), { code: 'PARAMETER_INVALID', message }, text);
  t.doesNotThrow(() => parseSort('a,b,c,d,e,f,g,h'));
});
