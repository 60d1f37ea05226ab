import t from 'tap';
import { buildApp } from '../support/app.ts';
import { bucketCounts, FILES, formBytes, formHeaders, postForm, refusal } from './support/forms.ts';

const UPLOAD_TOKEN = 'a-token-of-the-test';
const payload = formBytes({ filename: 'a.txt', content: 'a' });

t.test('with a token configured, writing needs it and reading does not', async (t) => {
  const { app } = await buildApp(t, { UPLOAD_TOKEN });
  const authorization = `Bearer ${UPLOAD_TOKEN}`;
  const headers = { ...formHeaders, authorization };
  const uploaded = await app.inject({ method: 'POST', url: FILES, headers, payload });
  t.equal(uploaded.statusCode, 201);
  const url = String(uploaded.headers.location);

  for (const wrong of [
    '',
    'Bearer',
    `Basic ${UPLOAD_TOKEN}`,
    UPLOAD_TOKEN,
    'Bearer wrong',
    `${authorization}x`,
  ]) {
    const requests = [
      { method: 'POST', url: FILES, headers: { ...formHeaders, authorization: wrong }, payload },
      { method: 'DELETE', url, headers: { authorization: wrong } },
    ] as const;
    for (const request of requests) {
      const answer = await app.inject(request);
      const guessed = /^Bearer \S/.test(wrong);
      t.equal(answer.statusCode, 401, `${request.method} with "${wrong}"`);
      t.equal(answer.headers['www-authenticate'], guessed ? 'Bearer error="invalid_token"' : 'Bearer');
      t.same(refusal(answer), {
        type: '/errors/TOKEN_REQUIRED',
        title: 'Writing needs a token',
        status: 401,
        detail: guessed
          ? 'The token is not the one of this installation'
          : 'Send `Authorization: Bearer <token>`',
        code: 'TOKEN_REQUIRED',
      });
    }
  }
  t.same(await bucketCounts(app), { files: 1, chunks: 1, unfinished: 0 });
  t.equal((await app.inject(FILES)).statusCode, 200);
  t.equal((await app.inject(url)).statusCode, 200);
  const lowerCase = { authorization: `bearer ${UPLOAD_TOKEN}` };
  t.equal((await app.inject({ method: 'DELETE', url, headers: lowerCase })).statusCode, 204);
});

t.test('without a token configured, everybody writes, and the document says so', async (t) => {
  const open = await buildApp(t);
  t.equal((await postForm(open.app, { filename: 'a.txt', content: 'a' })).statusCode, 201);
  const guarded = await buildApp(t, { UPLOAD_TOKEN });
  const security = async ({ app }: typeof open) =>
    (await app.inject('/openapi.json')).json().paths[FILES].post.security;
  t.same(await security(open), []);
  t.same(await security(guarded), [{ bearerAuth: [] }]);
});
