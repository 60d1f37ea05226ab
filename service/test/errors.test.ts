import t from 'tap';
import { catalogue, Problem, problemBody, reasonPhrase } from '../src/errors.ts';

t.test(
  'every entry of the catalogue has a code in capitals, a 4xx or 5xx status, a title and a fix',
  async (t) => {
    for (const [code, { status, title, fix }] of Object.entries(catalogue)) {
      t.match(code, /^[A-Z]+(_[A-Z]+)*$/);
      t.ok(status >= 400 && status < 600, code);
      t.match(title, /^[A-Z].*[^.]$/, code);
      t.match(fix, /^[A-Z].*\.$/, code);
    }
  },
);

t.test('a problem without detail tells its title', async (t) => {
  t.strictSame(problemBody(new Problem('ROUTE_NOT_FOUND'), 'id'), {
    type: '/errors/ROUTE_NOT_FOUND',
    title: 'Nothing is here',
    status: 404,
    detail: 'Nothing is here',
    instance: 'id',
    code: 'ROUTE_NOT_FOUND',
  });
});

t.test('a problem carries its detail, its headers and its cause', async (t) => {
  const cause = new Error('inner');
  const problem = new Problem('METHOD_NOT_ALLOWED', 'not here', { headers: { allow: 'GET' }, cause });
  t.match(problem, {
    name: 'Problem',
    message: 'not here',
    statusCode: 405,
    headers: { allow: 'GET' },
    cause,
  });
});

t.test('a status that Node does not know has a phrase all the same', async (t) => {
  t.equal(reasonPhrase(431), 'Request Header Fields Too Large');
  t.equal(reasonPhrase(599), 'Error');
});
