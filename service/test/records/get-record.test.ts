import { ObjectId } from 'mongodb';
import t from 'tap';
import { buildAppWith } from '../support/records.ts';

const oid = new ObjectId('65a1b2c3d4e5f60718293a4b');
const records = [
  { _id: oid, name: 'by ObjectId' },
  { _id: 'gb/leeds 1', name: 'by string' },
  { _id: 42, name: 'by integer', deep: { a: 1, b: 2 } },
  { _id: '0042', name: 'by digits' },
  { _id: 'ffffffffffffffffffffffff', name: 'by 24 hex digits as a string' },
];

t.test('a record is found by an id of any kind', async (t) => {
  const app = await buildAppWith(t, records);
  const cases: [string, string][] = [
    ['65a1b2c3d4e5f60718293a4b', 'by ObjectId'],
    ['65A1B2C3D4E5F60718293A4B', 'by ObjectId'],
    ['gb%2Fleeds%201', 'by string'],
    ['42', 'by integer'],
    ['0042', 'by digits'],
    ['ffffffffffffffffffffffff', 'by 24 hex digits as a string'],
  ];
  for (const [id, name] of cases) {
    const response = await app.inject({ url: `/api/v1/records/${id}` });
    t.equal(response.statusCode, 200, id);
    t.equal(response.json().name, name, id);
    t.equal(response.headers['content-type'], 'application/json; charset=utf-8');
    t.equal(response.headers['cache-control'], 'no-cache');
  }
});

t.test('a projection gives the named fields and the id', async (t) => {
  const app = await buildAppWith(t, records);
  const response = await app.inject({ url: '/api/v1/records/42?fields=deep.b' });
  t.strictSame(response.json(), { _id: 42, deep: { b: 2 } });
});

t.test('a record that the caller has already answers 304', async (t) => {
  const app = await buildAppWith(t, records);
  const first = await app.inject({ url: '/api/v1/records/42' });
  const again = await app.inject({
    url: '/api/v1/records/42',
    headers: { 'if-none-match': String(first.headers.etag) },
  });
  t.equal(again.statusCode, 304);
  t.equal(again.body, '');
  const other = await app.inject({
    url: '/api/v1/records/0042',
    headers: { 'if-none-match': String(first.headers.etag) },
  });
  t.equal(other.statusCode, 200);
});

t.test('an unknown id answers 404 with RECORD_NOT_FOUND', async (t) => {
  const app = await buildAppWith(t, records);
  for (const id of ['65a1b2c3d4e5f60718293a4c', 'nobody', '43', '-1', '99999999999999999999']) {
    const response = await app.inject({ url: `/api/v1/records/${id}` });
    t.equal(response.statusCode, 404);
    t.equal(response.headers['content-type'], 'application/problem+json');
    t.strictSame(response.json(), {
      type: '/errors/RECORD_NOT_FOUND',
      title: 'No record has this id',
      status: 404,
      detail: `No record has the id ${id}`,
      instance: response.headers['x-request-id'],
      code: 'RECORD_NOT_FOUND',
    });
  }
});

t.test('an unknown id answers an empty 204 where RECORD_NOT_FOUND_STATUS says so', async (t) => {
  const app = await buildAppWith(t, records, { RECORD_NOT_FOUND_STATUS: '204' });
  const response = await app.inject({ url: '/api/v1/records/nobody' });
  t.equal(response.statusCode, 204);
  t.equal(response.body, '');
  t.equal(response.headers['content-type'], undefined);
  t.equal((await app.inject({ url: '/api/v1/records/42' })).statusCode, 200);
});

t.test('a parameter that has no meaning here is refused', async (t) => {
  const app = await buildAppWith(t, records);
  const response = await app.inject({ url: '/api/v1/records/42?sort=name' });
  t.equal(response.statusCode, 400);
  t.equal(response.json().code, 'PARAMETER_INVALID');
});
