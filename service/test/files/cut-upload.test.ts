import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { until } from '../../../test/support/until.ts';
import { buildApp } from '../support/app.ts';
import { bucketCounts, EMPTY, FILES, formHeaders, longText, partBytes, upload } from './support/forms.ts';

async function listen(t: Test, env: Record<string, string> = {}) {
  const { app } = await buildApp(t, env);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as { port: number };
  return { app, port };
}

/** Opens a connection and sends the beginning of an upload that promises `length` bytes. */
async function begin(t: Test, port: number, length: number, headers = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.write(
    `POST ${FILES} HTTP/1.1\r\nHost: test\r\nContent-Type: ${formHeaders['content-type']}\r\n` +
      `${headers}Content-Length: ${length}\r\n\r\n`,
  );
  return socket;
}

/** All that the server says until it closes the connection or `enough` was seen. */
async function answerOf(socket: Socket, enough: RegExp): Promise<string> {
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  await until(() => enough.test(text) || socket.destroyed, 'an answer');
  return text;
}

const megabyte = partBytes({ filename: 'a.txt', content: longText(1_000_000) });

t.test('an upload whose client vanishes in the middle leaves nothing behind', async (t) => {
  const { app, port } = await listen(t);
  const socket = await begin(t, port, 5_000_000);
  socket.write(megabyte);
  await until(async () => (await bucketCounts(app)).chunks >= 3, 'chunks of the upload');

  socket.destroy();
  await until(async () => (await bucketCounts(app)).unfinished === 0, 'the upload being cleared');
  t.same(await bucketCounts(app), EMPTY);
  t.equal((await upload(app, 'a.txt', 'a')).length, 1, 'the next upload succeeds');
});

t.test('an upload that stalls is cut off by the request timeout and leaves nothing behind', async (t) => {
  const { app, port } = await listen(t, { REQUEST_TIMEOUT_MS: '1000', HEADERS_TIMEOUT_MS: '900' });
  const socket = await begin(t, port, 5_000_000);
  socket.write(megabyte);
  await until(async () => (await bucketCounts(app)).chunks >= 3, 'chunks of the upload');

  t.match(await answerOf(socket, /"code":"REQUEST_TIMEOUT"/), /^HTTP\/1.1 408 /);
  await until(() => socket.destroyed, 'the connection being closed');
  await until(async () => (await bucketCounts(app)).unfinished === 0, 'the upload being cleared');
  t.same(await bucketCounts(app), EMPTY);
});

t.test(
  'a client that only writes gets to see why it is refused, and its connection stays usable',
  async (t) => {
    const { app, port } = await listen(t, {
      UPLOAD_TOKEN: 'a-token-of-the-test',
      UPLOAD_MAX_BYTES: '4000000',
    });
    const cases = [
      { status: 401, headers: '', length: 3_000_000, filename: 'a.txt' },
      {
        status: 413,
        headers: 'Authorization: Bearer a-token-of-the-test\r\n',
        length: 7_000_000,
        filename: 'a.txt',
      },
      {
        status: 415,
        headers: 'Authorization: Bearer a-token-of-the-test\r\n',
        length: 3_000_000,
        filename: 'a.exe',
      },
      {
        status: 415,
        headers: 'Authorization: Bearer a-token-of-the-test\r\n',
        length: 3_000_000,
        filename: 'a.png',
      },
    ];
    for (const { status, headers, length, filename } of cases) {
      const body = partBytes({ filename, content: longText(length) });
      const socket = await begin(t, port, body.length, headers);
      const answer = answerOf(socket, /"code":"\w+"\}/);
      await new Promise((resolve) => socket.write(body, resolve));
      t.match(await answer, new RegExp(`^HTTP/1.1 ${status} `), `${filename}: ${status}`);

      const next = answerOf(socket, /"code":"ROUTE_NOT_FOUND"/);
      socket.write('GET /unknown HTTP/1.1\r\nHost: test\r\n\r\n');
      t.match(await next, /^HTTP\/1.1 404 /, 'the next request on the same connection is answered');
    }
    t.same(await bucketCounts(app), EMPTY);
  },
);

t.test('a refused client that goes on for more than the largest upload is cut off', async (t) => {
  const { port } = await listen(t, { UPLOAD_MAX_BYTES: '1000' });
  const socket = await begin(t, port, 50_000_000);
  t.match(await answerOf(socket, /"code":"FILE_TOO_LARGE"/), /^HTTP\/1.1 413 /);
  for (let sent = 0; sent < 50 && !socket.destroyed; sent++) {
    await new Promise((resolve) => socket.write(megabyte, resolve));
  }
  await until(() => socket.destroyed, 'the connection being closed');
});
