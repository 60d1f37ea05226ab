import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import t from 'tap';
import { until } from '../../../test/support/until.ts';
import { buildApp } from '../support/app.ts';
import { FILES, longText, upload } from './support/forms.ts';

const CHUNK = 261_120;

t.test('a file whose content is missing is never passed off as whole', async (t) => {
  const { app, log } = await buildApp(t);
  const { id } = await upload(app, 'a.txt', longText(CHUNK * 12));
  const chunks = app.mongo.db!.collection('files.chunks');
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as { port: number };

  await chunks.deleteOne({ n: 11 });
  const request = get({ port, host: '127.0.0.1', path: `${FILES}/${id}` });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  t.equal(answer.statusCode, 200);
  await t.rejects(answer.toArray(), { code: 'ECONNRESET' }, 'the connection is cut');
  await until(
    () => log.some((line) => line.includes(`chunk 11 of file ${id} is missing`)),
    'the line in the log',
  );

  await chunks.deleteOne({ n: 0 });
  const refused = await app.inject(`${FILES}/${id}`);
  t.match(refused.json(), { status: 500, code: 'INTERNAL_ERROR' }, 'before the first byte it is an answer');
  t.notMatch(refused.body, /chunk/, 'without a detail');
});

t.test('a download whose client vanishes stops reading from the database', async (t) => {
  const { app } = await buildApp(t);
  const { id } = await upload(app, 'a.txt', longText(CHUNK * 60));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as { port: number };
  let operations = 0;
  app.mongo.client.on('connectionCheckedOut', () => operations++);

  const request = get({ port, host: '127.0.0.1', path: `${FILES}/${id}` });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  answer.destroy();
  const connections = () =>
    new Promise<number>((resolve) => app.server.getConnections((_error, count) => resolve(count)));
  await until(async () => (await connections()) === 0, 'the connection being gone');
  const before = operations;
  await app.inject({ method: 'HEAD', url: `${FILES}/${id}` });
  t.ok(before < 60, `${before} operations for a file of 60 chunks`);
  t.ok(operations <= before + 2, 'at most one read was under way');
});
