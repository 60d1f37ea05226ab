import { ObjectId } from 'mongodb';
import t from 'tap';
import { buildApp } from '../support/app.ts';
import { FILES, longText, refusal, samples, upload } from './support/forms.ts';

const CHUNK = 261_120;

t.test('a file is downloaded whole, with headers that keep browsers from running it', async (t) => {
  const { app } = await buildApp(t);
  const content = `${longText(CHUNK * 2 + 5)}\n`;
  const { id, sha256 } = await upload(app, "grüße 'x'.txt", content);
  const answer = await app.inject({
    url: `${FILES}/${id}`,
    headers: { 'accept-encoding': 'gzip, br, zstd' },
  });

  t.equal(answer.statusCode, 200);
  t.ok(answer.body === content, 'every byte, not compressed');
  const {
    date,
    connection,
    vary,
    'last-modified': lastModified,
    'x-request-id': _,
    ...headers
  } = answer.headers;
  t.same(headers, {
    etag: `"${sha256}"`,
    'cache-control': 'private, no-cache',
    'accept-ranges': 'bytes',
    'content-disposition': `attachment; filename="gr??e 'x'.txt"; filename*=UTF-8''gr%C3%BC%C3%9Fe%20%27x%27.txt`,
    'content-type': 'text/plain; charset=utf-8',
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'content-length': String(content.length),
  });
  t.match(lastModified, / GMT$/);
});

t.test('each allowed kind of content comes back as it was, with the type of its extension', async (t) => {
  const { app } = await buildApp(t);
  const types = {
    gif: 'image/gif',
    jpg: 'image/jpeg',
    pdf: 'application/pdf',
    png: 'image/png',
    webp: 'image/webp',
  };
  for (const [extension, type] of Object.entries(types)) {
    const content = samples[extension as keyof typeof samples];
    const { id } = await upload(app, `a.${extension}`, content);
    const answer = await app.inject(`${FILES}/${id}`);
    t.equal(answer.headers['content-type'], type);
    t.same(answer.rawPayload, content);
  }
});

t.test('an empty file is downloaded as nothing, and no range of it can be had', async (t) => {
  const { app } = await buildApp(t);
  const { id } = await upload(app, 'a.txt', '');
  const answer = await app.inject(`${FILES}/${id}`);
  t.match(answer, { statusCode: 200, body: '', headers: { 'content-length': '0' } });
  t.equal((await app.inject({ url: `${FILES}/${id}`, headers: { range: 'bytes=0-' } })).statusCode, 416);
});

t.test('a range answers 206 with these bytes alone, across chunks too', async (t) => {
  const { app } = await buildApp(t);
  const content = longText(CHUNK * 2 + 100);
  const { id, length } = await upload(app, 'a.txt', content);
  const ranges: Record<string, [number, number]> = {
    'bytes=0-0': [0, 0],
    'bytes=5-9': [5, 9],
    'bytes=-7': [length - 7, length - 1],
    [`bytes=${length - 1}-`]: [length - 1, length - 1],
    [`bytes=${CHUNK - 1}-${CHUNK}`]: [CHUNK - 1, CHUNK],
    [`bytes=${CHUNK}-${2 * CHUNK - 1}`]: [CHUNK, 2 * CHUNK - 1],
    [`bytes=10-${length + 1000}`]: [10, length - 1],
    [`bytes=-${length + 1000}`]: [0, length - 1],
  };
  for (const [range, [start, end]] of Object.entries(ranges)) {
    const answer = await app.inject({ url: `${FILES}/${id}`, headers: { range } });
    t.equal(answer.statusCode, 206, range);
    t.equal(answer.headers['content-range'], `bytes ${start}-${end}/${length}`);
    t.equal(answer.headers['content-length'], String(end - start + 1));
    t.ok(answer.body === content.slice(start, end + 1), 'the bytes');
  }
});

t.test('a range outside of the file answers 416 with the length', async (t) => {
  const { app } = await buildApp(t);
  const { id } = await upload(app, 'a.txt', 'hallo');
  const answer = await app.inject({ url: `${FILES}/${id}`, headers: { range: 'bytes=5-' } });
  t.match(answer, { statusCode: 416, headers: { 'content-range': 'bytes */5' } });
  t.same(refusal(answer), {
    type: '/errors/RANGE_NOT_SATISFIABLE',
    title: 'The range lies outside of the file',
    status: 416,
    detail: 'The file has 5 bytes, counted from 0',
    code: 'RANGE_NOT_SATISFIABLE',
  });
});

t.test('a range of content that has changed, by If-Range, answers 200 with the whole file', async (t) => {
  const { app } = await buildApp(t);
  const { id, sha256 } = await upload(app, 'a.txt', 'hallo');
  const url = `${FILES}/${id}`;
  const range = 'bytes=0-1';
  const fresh = await app.inject({ url, headers: { range, 'if-range': `"${sha256}"` } });
  t.match(fresh, { statusCode: 206, body: 'ha' });
  const stale = await app.inject({ url, headers: { range, 'if-range': '"other"' } });
  t.match(stale, { statusCode: 200, body: 'hallo' });
  t.equal(stale.headers['content-range'], undefined);
});

t.test('a copy that is still good answers 304 without a body', async (t) => {
  const { app } = await buildApp(t);
  const { id, sha256 } = await upload(app, 'a.txt', 'hallo');
  const url = `${FILES}/${id}`;
  const modified = String((await app.inject(url)).headers['last-modified']);
  for (const headers of [{ 'if-none-match': `"x", W/"${sha256}"` }, { 'if-modified-since': modified }]) {
    const answer = await app.inject({ url, headers });
    t.match(answer, { statusCode: 304, body: '', headers: { etag: `"${sha256}"` } });
    t.equal(answer.headers['content-type'], undefined);
  }
  const other = await app.inject({ url, headers: { 'if-none-match': '"x"', 'if-modified-since': modified } });
  t.match(other, { statusCode: 200, body: 'hallo' });
});

t.test('HEAD answers as GET does without reading the content', async (t) => {
  const { app } = await buildApp(t);
  const { id, sha256 } = await upload(app, 'a.txt', 'hallo');
  await app.mongo.db!.collection('files.chunks').deleteMany({});
  const answer = await app.inject({ method: 'HEAD', url: `${FILES}/${id}`, headers: { range: 'bytes=0-1' } });
  t.match(answer, {
    statusCode: 200,
    body: '',
    headers: { 'content-length': '5', etag: `"${sha256}"`, 'accept-ranges': 'bytes' },
  });
});

t.test('an id that no file has answers 404 with FILE_NOT_FOUND', async (t) => {
  const { app } = await buildApp(t);
  for (const id of [new ObjectId().toHexString(), 'unknown', '%00', '0'.repeat(25)]) {
    const answer = await app.inject(`${FILES}/${id}`);
    t.equal(answer.statusCode, 404);
    t.same(refusal(answer), {
      type: '/errors/FILE_NOT_FOUND',
      title: 'No file has this id',
      status: 404,
      detail: `No file has the id ${decodeURIComponent(id)}`,
      code: 'FILE_NOT_FOUND',
    });
  }
});
