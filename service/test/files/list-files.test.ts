import type { LightMyRequestResponse } from 'fastify';
import { ObjectId } from 'mongodb';
import t from 'tap';
import { buildApp } from '../support/app.ts';
import { FILES, refusal, upload } from './support/forms.ts';

t.test('a list of no files answers an empty array', async (t) => {
  const { app } = await buildApp(t);
  const answer = await app.inject(FILES);
  t.match(answer, { statusCode: 200, body: '[]' });
  t.equal(answer.headers.link, undefined);
});

t.test('files are listed newest first, page by page, each exactly once', async (t) => {
  const { app } = await buildApp(t);
  const uploaded = [];
  for (const name of ['a.txt', 'b.txt', 'c.txt', 'd.txt', 'e.txt'])
    uploaded.unshift(await upload(app, name, name));

  const listed = [];
  let url: string | undefined = `${FILES}?limit=2`;
  let pages = 0;
  while (url) {
    const answer: LightMyRequestResponse = await app.inject(url);
    t.equal(answer.statusCode, 200);
    listed.push(...answer.json());
    url = /^<(.+)>; rel="next"$/.exec(String(answer.headers.link ?? ''))?.[1];
    // What is deleted or added meanwhile does not move the pages.
    if (pages++ === 0) {
      await app.inject({ method: 'DELETE', url: `${FILES}/${uploaded[1]!.id}` });
      await upload(app, 'new.txt', 'new');
    }
  }
  t.same(listed, uploaded);
  t.equal(pages, 3);
});

t.test('a page that ends with the last file has no next page', async (t) => {
  const { app } = await buildApp(t);
  await upload(app, 'a.txt', 'a');
  await upload(app, 'b.txt', 'b');
  const answer = await app.inject(`${FILES}?limit=2`);
  t.equal(answer.json().length, 2);
  t.equal(answer.headers.link, undefined);
});

t.test('a cursor that no list gave answers 400 with CURSOR_INVALID', async (t) => {
  const { app } = await buildApp(t);
  for (const cursor of ['x', '', 'a'.repeat(17), `${new ObjectId()}`]) {
    const answer = await app.inject(`${FILES}?cursor=${cursor}`);
    t.equal(answer.statusCode, 400, cursor);
    t.same(refusal(answer), {
      type: '/errors/CURSOR_INVALID',
      title: 'The cursor is not valid for this request',
      status: 400,
      detail: 'cursor: cannot be read',
      code: 'CURSOR_INVALID',
    });
  }
});

t.test('a limit out of bounds and an unknown parameter answer 400 with PARAMETER_INVALID', async (t) => {
  const { app } = await buildApp(t);
  for (const query of ['limit=0', 'limit=1001', 'limit=x', 'name=a.txt']) {
    t.match(
      (await app.inject(`${FILES}?${query}`)).json(),
      { status: 400, code: 'PARAMETER_INVALID' },
      query,
    );
  }
  t.equal((await app.inject(`${FILES}?limit=1000`)).statusCode, 200);
});
