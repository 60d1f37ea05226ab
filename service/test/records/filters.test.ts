import { Decimal128, Long, ObjectId } from 'mongodb';
import t from 'tap';
import { parseFilters } from '../../src/records/filters.ts';

t.test('without parameters the filter is empty', async (t) => {
  t.strictSame(parseFilters({}), {});
});

t.test('a value matches every form that it can be read as', async (t) => {
  const id = '65a1b2c3d4e5f60718293a4b';
  const cases: [string, unknown[]][] = [
    ['4.5', ['4.5', 4.5]],
    ['-3', ['-3', -3]],
    ['1e3', ['1e3', 1000]],
    ['true', ['true', true]],
    ['false', ['false', false]],
    ['9007199254740993', ['9007199254740993', Long.fromString('9007199254740993')]],
    ['92233720368547758079', ['92233720368547758079', Decimal128.fromString('92233720368547758079')]],
    [id, [id, new ObjectId(id)]],
    ['2026-11-21T10:00:00Z', ['2026-11-21T10:00:00Z', new Date('2026-11-21T10:00:00Z')]],
  ];
  for (const [text, forms] of cases) t.strictSame(parseFilters({ f: text }), { f: { $in: forms } }, text);
});

t.test('a value that reads as nothing else matches as the string that it is', async (t) => {
  for (const text of [
    'Leeds',
    '',
    '007',
    '1.',
    '.5',
    '1e999',
    '2026-11-21',
    '2026-99-99T00:00:00Z',
    `1${'0'.repeat(40)}`,
    '"',
  ]) {
    t.strictSame(parseFilters({ f: text }), { f: { $eq: text } }, text);
  }
});

t.test('a value in double quotes is that string only', async (t) => {
  t.strictSame(parseFilters({ f: '"4.5"' }), { f: { $eq: '4.5' } });
  t.strictSame(parseFilters({ 'f[gte]': '"4"' }), { f: { $gte: '4' } });
  t.strictSame(parseFilters({ 'f[prefix]': '"4"' }), { f: { $regex: '^4' } });
});

t.test('an order operator compares numbers with numbers only', async (t) => {
  t.strictSame(parseFilters({ 'rating[gte]': '4' }), { rating: { $gte: 4 } });
  t.strictSame(parseFilters({ 'rating[lt]': '4' }), { rating: { $lt: 4 } });
});

t.test('an order operator compares dates and ids in both forms', async (t) => {
  const date = '2026-11-21T10:00:00Z';
  t.strictSame(parseFilters({ 'd[gt]': date }), {
    $or: [{ d: { $gt: date } }, { d: { $gt: new Date(date) } }],
  });
  t.strictSame(parseFilters({ 'name[lte]': 'M' }), { name: { $lte: 'M' } });
});

t.test('lists are split at commas outside of quotes', async (t) => {
  t.strictSame(parseFilters({ 'f[in]': 'a,b' }), { f: { $in: ['a', 'b'] } });
  t.strictSame(parseFilters({ 'f[in]': '1,"b,c"' }), { f: { $in: ['1', 1, 'b,c'] } });
  t.strictSame(parseFilters({ 'f[nin]': 'a,' }), { f: { $nin: ['a', ''] } });
  t.strictSame(parseFilters({ 'f[in]': '' }), { f: { $in: [''] } });
  t.strictSame(parseFilters({ 'f[ne]': 'x' }), { f: { $nin: ['x'] } });
});

t.test('a prefix is taken literally, and stays a prefix that an index can serve', async (t) => {
  t.strictSame(parseFilters({ 'name[prefix]': 'St. (A)' }), { name: { $regex: '^St\\. \\(A\\)' } });
});

t.test('existence is asked for by true and false only', async (t) => {
  t.strictSame(parseFilters({ 'f[exists]': 'true' }), { f: { $exists: true } });
  t.strictSame(parseFilters({ 'f[exists]': 'false' }), { f: { $exists: false } });
  t.throws(() => parseFilters({ 'f[exists]': 'yes' }), {
    code: 'PARAMETER_INVALID',
    message: 'f[exists]: must be true or false',
  });
});

t.test('several filters must all hold, also several for one field', async (t) => {
  t.strictSame(parseFilters({ a: 'x', 'b[gte]': ['1', '2'] }), {
    $and: [{ a: { $eq: 'x' } }, { b: { $gte: 1 } }, { b: { $gte: 2 } }],
  });
});

t.test('awkward field names are taken as they are', async (t) => {
  t.strictSame(parseFilters({ 'address line 2': 'x' }), { 'address line 2': { $eq: 'x' } });
  t.strictSame(parseFilters({ 'né.à[gt]': 'x' }), { 'né.à': { $gt: 'x' } });
  t.strictSame(parseFilters({ 'limit[eq]': 'x' }), { limit: { $eq: 'x' } });
  t.strictSame(Object.keys(parseFilters(JSON.parse('{"__proto__":"x"}'))), ['__proto__']);
});

t.test('what MongoDB would read as an operator is refused', async (t) => {
  const refused: [string, string][] = [
    ['$where', '$where: a field name must not start with $'],
    ['a.$b', 'a.$b: a field name must not start with $'],
    ['a..b', 'a..b: a field path has an empty part'],
    ['', ': a field name is empty'],
    ['a\0', 'a\0: a field name must not contain NUL'],
    [
      'f[regex]',
      'f[regex]: regex is none of the operators eq, ne, gt, gte, lt, lte, in, nin, exists, prefix',
    ],
    ['f[]', 'f[]:  is none of the operators eq, ne, gt, gte, lt, lte, in, nin, exists, prefix'],
    [
      'f[constructor]',
      'f[constructor]: constructor is none of the operators eq, ne, gt, gte, lt, lte, in, nin, exists, prefix',
    ],
    ['x'.repeat(257), `${'x'.repeat(257)}: a field name is longer than 256 characters`],
  ];
  for (const [name, message] of refused)
    t.throws(() => parseFilters({ [name]: '1' }), { code: 'PARAMETER_INVALID', message }, name);
});

t.test('the number of filters and of values is bounded', async (t) => {
  t.throws(() => parseFilters({ f: Array(51).fill('x') }), { code: 'PARAMETER_INVALID' });
  t.doesNotThrow(() => parseFilters({ f: Array(50).fill('x') }));
  t.throws(() => parseFilters({ 'f[in]': Array(1001).fill('x').join() }), { code: 'PARAMETER_INVALID' });
  t.doesNotThrow(() => parseFilters({ 'f[in]': Array(1000).fill('x').join() }));
});
