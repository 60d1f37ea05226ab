import { Decimal128, Long, ObjectId } from 'mongodb';
import t from 'tap';
import { buildAppWith, list, listAll, nextPage } from '../support/records.ts';

const id = (n: number) => new ObjectId(n.toString(16).padStart(24, '0'));
const hex = (n: number) => id(n).toHexString();

const restaurants = [
  { _id: id(1), name: 'Aroma', rating: 4.5, 'address line 2': 'Leeds', address: 12, tags: ['a', 'b'] },
  { _id: id(2), name: 'Bombay', rating: 'Not yet rated', 'address line 2': 'York', address: 'High St' },
  {
    _id: id(3),
    name: 'Café Été',
    rating: 5,
    'address line 2': 'Leeds',
    'né.x': 1,
    né: { à: { b: 7, c: 8 } },
  },
  {
    _id: id(4),
    name: 'Dosa',
    rating: '5',
    'address line 2': '',
    open: true,
    since: new Date('2020-01-02T03:04:05Z'),
  },
  { _id: id(5), name: 'Étoile', 'address line 2': null, big: Long.fromString('9007199254740993') },
];
const names = (body: string) => (JSON.parse(body) as { name: string }[]).map(({ name }) => name);

t.test('a list is a JSON array of whole records in the order of their ids', async (t) => {
  const app = await buildAppWith(t, restaurants.slice(0, 2));
  const response = await list(app);
  t.equal(response.statusCode, 200);
  t.equal(response.headers['content-type'], 'application/json; charset=utf-8');
  t.equal(response.headers['cache-control'], 'no-cache');
  t.equal(response.headers.link, undefined);
  t.equal(response.headers['x-total-count'], undefined);
  t.strictSame(response.json(), [
    { _id: hex(1), name: 'Aroma', rating: 4.5, 'address line 2': 'Leeds', address: 12, tags: ['a', 'b'] },
    { _id: hex(2), name: 'Bombay', rating: 'Not yet rated', 'address line 2': 'York', address: 'High St' },
  ]);
});

t.test('an empty collection, and one that is not there, is an empty array', async (t) => {
  const app = await buildAppWith(t, []);
  const response = await list(app, { count: 'true' });
  t.equal(response.body, '[]');
  t.equal(response.headers['x-total-count'], '0');
});

t.test('filters', async (t) => {
  const app = await buildAppWith(t, restaurants);
  const cases: [Record<string, string>, string[]][] = [
    [{ rating: '5' }, ['Café Été', 'Dosa']],
    [{ rating: '"5"' }, ['Dosa']],
    [{ 'rating[ne]': '5' }, ['Aroma', 'Bombay', 'Étoile']],
    [{ 'rating[gte]': '4.5' }, ['Aroma', 'Café Été']],
    [{ 'rating[gt]': '4.5' }, ['Café Été']],
    [{ 'rating[lt]': '5' }, ['Aroma']],
    [{ 'rating[lte]': '5' }, ['Aroma', 'Café Été']],
    [{ 'rating[in]': '4.5,Not yet rated' }, ['Aroma', 'Bombay']],
    [{ 'rating[nin]': '4.5,Not yet rated' }, ['Café Été', 'Dosa', 'Étoile']],
    [{ 'rating[exists]': 'false' }, ['Étoile']],
    [{ 'name[prefix]': 'É' }, ['Étoile']],
    [{ 'name[gte]': 'C', 'name[lt]': 'E' }, ['Café Été', 'Dosa']],
    [{ 'address line 2': 'Leeds' }, ['Aroma', 'Café Été']],
    [{ 'address line 2': '' }, ['Dosa']],
    [{ address: '12' }, ['Aroma']],
    [{ open: 'true' }, ['Dosa']],
    [{ 'since[gte]': '2020-01-02T00:00:00Z' }, ['Dosa']],
    [{ since: '2020-01-02T03:04:05Z' }, ['Dosa']],
    [{ big: '9007199254740993' }, ['Étoile']],
    [{ big: '9007199254740992' }, []],
    [{ tags: 'b' }, ['Aroma']],
    [{ 'né.à.b': '7' }, ['Café Été']],
    [{ _id: hex(4) }, ['Dosa']],
    [{ '_id[gt]': hex(4) }, ['Étoile']],
  ];
  for (const [query, expected] of cases) {
    const response = await list(app, query);
    t.strictSame(names(response.body), expected, JSON.stringify(query));
  }
});

t.test('a projection gives the named fields and the id', async (t) => {
  const app = await buildAppWith(t, restaurants);
  const query = { fields: 'address line 2,né.à.b', sort: '-rating', limit: '2', 'rating[gte]': '4' };
  t.strictSame((await list(app, query)).json(), [
    { _id: hex(3), 'address line 2': 'Leeds', né: { à: { b: 7 } } },
    { _id: hex(1), 'address line 2': 'Leeds' },
  ]);
});

t.test('what only the cursor needs does not show, and paging works all the same', async (t) => {
  const app = await buildAppWith(t, restaurants);
  const records = await listAll(app, { fields: 'name,né.à.b', sort: 'né.à.c,-rating', limit: '1' });
  t.strictSame(records, [
    { _id: hex(2), name: 'Bombay' },
    { _id: hex(4), name: 'Dosa' },
    { _id: hex(1), name: 'Aroma' },
    { _id: hex(5), name: 'Étoile' },
    { _id: hex(3), name: 'Café Été', né: { à: { b: 7 } } },
  ]);
});

t.test('the link to the next page keeps the parameters and is absent on the last page', async (t) => {
  const app = await buildAppWith(t, restaurants);
  const first = await list(app, { limit: '3', 'address line 2[exists]': 'true' });
  const next = nextPage(first.headers);
  t.match(next, /^\/api\/v1\/records\?limit=3&address\+line\+2%5Bexists%5D=true&cursor=[\w-]+$/);
  const second = await app.inject({ url: next! });
  t.strictSame(names(second.body), ['Dosa', 'Étoile']);
  t.equal(second.headers.link, undefined);
});

t.test('a page that ends with the last record has no next page', async (t) => {
  const app = await buildAppWith(t, restaurants);
  t.equal((await list(app, { limit: '5' })).headers.link, undefined);
  t.match((await list(app, { limit: '4' })).headers.link, /rel="next"/);
});

t.test('the total counts what the filters leave, not the page', async (t) => {
  const app = await buildAppWith(t, restaurants);
  t.equal((await list(app, { count: 'true', limit: '1' })).headers['x-total-count'], '5');
  t.equal(
    (await list(app, { count: 'true', limit: '1', 'rating[exists]': 'true' })).headers['x-total-count'],
    '4',
  );
});

t.test('NDJSON is the whole result, one record a line', async (t) => {
  const many = Array.from({ length: 2500 }, (_, index) => ({ _id: index, n: index % 7 }));
  const app = await buildAppWith(t, many);
  const response = await list(
    app,
    { sort: '-n', 'n[gte]': '3', fields: 'n', count: 'true' },
    { accept: 'application/x-ndjson' },
  );
  t.equal(response.headers['content-type'], 'application/x-ndjson');
  t.equal(response.headers.vary, 'accept, accept-encoding');
  const expected = many.filter(({ n }) => n >= 3).sort((a, b) => b.n - a.n || a._id - b._id);
  t.equal(response.headers['x-total-count'], String(expected.length));
  t.equal(response.body, expected.map((record) => `${JSON.stringify(record)}\n`).join(''));
});

t.test(
  'an empty result is empty as NDJSON, and a header line as CSV where the columns are known',
  async (t) => {
    const app = await buildAppWith(t, []);
    t.equal((await list(app, {}, { accept: 'application/x-ndjson' })).body, '');
    t.equal((await list(app, { fields: 'a b,c' }, { accept: 'text/csv' })).body, '_id,a b,c\r\n');
  },
);

t.test('CSV has a column for every field that occurs, quoted as RFC 4180 says', async (t) => {
  const app = await buildAppWith(t, [
    { _id: 1, name: 'a "b", c', lines: 'x\r\ny' },
    { _id: 2, deep: { x: [1] }, flag: true, nothing: null, price: Decimal128.fromString('1.50') },
  ]);
  const response = await list(app, {}, { accept: 'text/csv' });
  t.equal(response.headers['content-type'], 'text/csv; charset=utf-8; header=present');
  t.equal(
    response.body,
    '_id,name,lines,deep,flag,nothing,price\r\n' +
      '1,"a ""b"", c","x\r\ny",,,,\r\n' +
      '2,,,"{""x"":[1]}",true,,1.50\r\n',
  );
});

t.test('CSV of named fields has these columns, at any depth', async (t) => {
  const app = await buildAppWith(t, [
    { _id: 1, a: { b: 2 }, l: [{ m: 3 }, { m: 4 }] },
    { _id: 2, a: 5 },
  ]);
  const response = await list(app, { fields: 'l.m,a.b' }, { accept: 'text/csv' });
  t.equal(response.body, '_id,l.m,a.b\r\n1,"[3,4]",2\r\n2,,\r\n');
});

t.test('CSV with more columns than can be held is refused', async (t) => {
  const wide = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`f${index}`, 1]));
  const app = await buildAppWith(t, [wide]);
  t.equal((await list(app, {}, { accept: 'text/csv' })).json().code, 'COLUMNS_TOO_MANY');
  t.equal((await list(app, { fields: 'f1' }, { accept: 'text/csv' })).statusCode, 200);
});

t.test('HEAD answers as GET without a body, in every media type', async (t) => {
  const app = await buildAppWith(t, restaurants);
  for (const accept of ['application/json', 'application/x-ndjson', 'text/csv']) {
    const response = await app.inject({
      method: 'HEAD',
      url: '/api/v1/records?limit=2',
      headers: { accept },
    });
    t.equal(response.statusCode, 200, accept);
    t.equal(response.body, '', accept);
    t.match(response.headers['content-type'], accept);
  }
});

t.test('a media type that cannot be given is refused, and anything goes by default', async (t) => {
  const app = await buildAppWith(t, []);
  const refused = await list(app, {}, { accept: 'text/html' });
  t.equal(refused.statusCode, 406);
  t.equal(refused.json().code, 'NOT_ACCEPTABLE');
  for (const accept of ['*/*', 'text/html,*/*;q=0.8', 'application/*']) {
    t.equal(
      (await list(app, {}, { accept })).headers['content-type'],
      'application/json; charset=utf-8',
      accept,
    );
  }
});

t.test('a wrong parameter is refused by name', async (t) => {
  const app = await buildAppWith(t, restaurants);
  const cases: [Record<string, string>, string, string][] = [
    [{ limit: '0' }, 'PARAMETER_INVALID', 'querystring/limit must be >= 1'],
    [{ limit: '1001' }, 'PARAMETER_INVALID', 'querystring/limit must be <= 1000'],
    [{ limit: 'ten' }, 'PARAMETER_INVALID', 'querystring/limit must be integer'],
    [{ count: 'yes' }, 'PARAMETER_INVALID', 'querystring/count must be boolean'],
    [{ sort: '$where' }, 'PARAMETER_INVALID', 'sort: a field name must not start with $'],
    [{ fields: 'a,$b' }, 'PARAMETER_INVALID', 'fields: a field name must not start with $'],
    [{ cursor: 'x' }, 'CURSOR_INVALID', 'cursor: cannot be read'],
  ];
  for (const [query, code, detail] of cases) {
    const response = await list(app, query);
    t.equal(response.statusCode, 400, detail);
    t.strictSame(response.json(), {
      type: `/errors/${code}`,
      title:
        code === 'CURSOR_INVALID' ? 'The cursor is not valid for this request' : 'A parameter is not valid',
      status: 400,
      detail,
      instance: response.headers['x-request-id'],
      code,
    });
  }
  const cursor = await list(app, { cursor: 'x' }, { accept: 'text/csv' });
  t.equal(cursor.json().detail, 'cursor: only pages of application/json have one');
});
