import { ObjectId } from 'mongodb';
import t from 'tap';
import { buildApp } from '../support/app.ts';
import { bucketCounts, EMPTY, FILES, longText, refusal, upload } from './support/forms.ts';

t.test('a deleted file is gone with all of its content, and only it', async (t) => {
  const { app } = await buildApp(t);
  const { id } = await upload(app, 'a.txt', longText(600_000));
  const other = await upload(app, 'b.txt', 'b');

  const answer = await app.inject({ method: 'DELETE', url: `${FILES}/${id}` });
  t.match(answer, { statusCode: 204, body: '' });
  t.equal((await app.inject(`${FILES}/${id}`)).statusCode, 404);
  t.same(await bucketCounts(app), { files: 1, chunks: 1, unfinished: 0 });
  t.equal((await app.inject(`${FILES}/${other.id}`)).body, 'b');
  t.equal((await app.inject({ method: 'DELETE', url: `${FILES}/${id}` })).statusCode, 404, 'a second time');
});

t.test('deletions of one file at once leave nothing behind', async (t) => {
  const { app } = await buildApp(t);
  const { id } = await upload(app, 'a.txt', 'a');
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => app.inject({ method: 'DELETE', url: `${FILES}/${id}` })),
  );
  const statuses = answers.map(({ statusCode }) => statusCode).sort();
  t.same(statuses, [204, 404, 404, 404, 404]);
  t.same(await bucketCounts(app), EMPTY);
});

t.test('an id that no file has answers 404 with FILE_NOT_FOUND', async (t) => {
  const { app } = await buildApp(t);
  for (const id of [new ObjectId().toHexString(), 'unknown']) {
    const answer = await app.inject({ method: 'DELETE', url: `${FILES}/${id}` });
    t.equal(answer.statusCode, 404);
    t.same(refusal(answer), {
      type: '/errors/FILE_NOT_FOUND',
      title: 'No file has this id',
      status: 404,
      detail: `No file has the id ${id}`,
      code: 'FILE_NOT_FOUND',
    });
  }
  t.same(await bucketCounts(app), EMPTY, 'nothing was noted either');
});
