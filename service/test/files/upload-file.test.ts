import { hash } from 'node:crypto';
import { GridFSBucket, ObjectId } from 'mongodb';
import t from 'tap';
import { buildApp } from '../support/app.ts';
import {
  BOUNDARY,
  bucketCounts,
  EMPTY,
  FILES,
  formBytes,
  formHeaders,
  longText,
  type Part,
  postForm,
  refusal,
  samples,
  upload,
} from './support/forms.ts';

t.test('an allowed file is stored and answers 201 with Location and its metadata', async (t) => {
  const { app } = await buildApp(t);
  const answer = await postForm(app, { filename: 'grüße.txt', content: 'hallo' });

  const { id, uploadedAt, ...rest } = answer.json();
  t.equal(answer.statusCode, 201);
  t.equal(answer.headers.location, `${FILES}/${id}`);
  t.match(id, /^[0-9a-f]{24}$/);
  t.ok(Math.abs(Date.parse(uploadedAt) - Date.now()) < 60_000, 'uploadedAt is now');
  t.same(rest, {
    name: 'grüße.txt',
    length: 5,
    contentType: 'text/plain; charset=utf-8',
    sha256: hash('sha256', 'hallo'),
  });
  t.same(await bucketCounts(app), { files: 1, chunks: 1, unfinished: 0 });
  t.match(await app.metrics.registry.getSingleMetricAsString('records_files_uploaded_total'), / 1$/m);
});

t.test("a file of several chunks is stored as the driver's own GridFS reads it", async (t) => {
  const { app } = await buildApp(t);
  const content = longText(3 * 261_120 + 17);
  const { id, length } = await upload(app, 'long.txt', content);

  const read = [];
  for await (const chunk of new GridFSBucket(app.mongo.db!, { bucketName: 'files' }).openDownloadStream(
    new ObjectId(id),
  )) {
    read.push(chunk);
  }
  t.equal(length, content.length);
  t.ok(Buffer.concat(read).equals(Buffer.from(content)), 'every byte');
  t.same(await bucketCounts(app), { files: 1, chunks: 4, unfinished: 0 });
});

t.test(
  'a file as long as the limit is stored, and one byte more answers 413 with FILE_TOO_LARGE',
  async (t) => {
    const { app } = await buildApp(t, { UPLOAD_MAX_BYTES: '300000' });
    t.equal((await upload(app, 'a.txt', longText(300_000))).length, 300_000);
    const before = await bucketCounts(app);

    for (const length of [300_001, 310_000, 900_000]) {
      const answer = await postForm(app, { filename: 'b.txt', content: longText(length) });
      t.equal(answer.statusCode, 413, `${length} bytes`);
      t.same(refusal(answer), {
        type: '/errors/FILE_TOO_LARGE',
        title: 'The file is too large',
        status: 413,
        detail: 'The file has more than 300000 bytes',
        code: 'FILE_TOO_LARGE',
      });
    }
    t.same(await bucketCounts(app), before);
  },
);

t.test(
  'a form that is not one file named `file` answers 400 with BODY_INVALID and leaves nothing',
  async (t) => {
    const { app } = await buildApp(t);
    const file = { filename: 'a.txt', content: 'a' };
    const cases: [string, ...Part[]][] = [
      ['The form is empty; send one part named `file`, with a file name'],
      ['The part `other` is unknown; send one named `file`', { ...file, field: 'other' }],
      ['The part `title` is unknown; send one named `file`', { field: 'title', content: 'x' }, file],
      ['The part `file` needs a file name and content', { content: 'a' }],
      ['The form has a second part; send one file a request', file, file],
      ['The form has a second part; send one file a request', file, { field: 'title', content: 'x' }],
      [
        'The form cannot be read: prototype property is not allowed as field name',
        { ...file, field: 'constructor' },
      ],
    ];
    for (const [detail, ...parts] of cases) {
      const answer = await postForm(app, ...parts);
      t.equal(answer.statusCode, 400, detail);
      t.same(refusal(answer), {
        type: '/errors/BODY_INVALID',
        title: 'The request body cannot be read',
        status: 400,
        detail,
        code: 'BODY_INVALID',
      });
    }
    t.equal(
      (await postForm(app, { filename: '', content: '' })).json().code,
      'BODY_INVALID',
      'no file chosen',
    );
    t.same(await bucketCounts(app), EMPTY);
  },
);

t.test('a form that breaks off answers 400 with BODY_INVALID and leaves nothing', async (t) => {
  const { app } = await buildApp(t);
  const whole = formBytes({ filename: 'a.txt', content: longText(600_000) });
  for (const length of [0, 10, 60, 100_000, 550_000, whole.length - BOUNDARY.length - 8]) {
    const payload = whole.subarray(0, length);
    const answer = await app.inject({ method: 'POST', url: FILES, headers: formHeaders, payload });
    t.match(answer.json(), { status: 400, code: 'BODY_INVALID' }, `${length} of ${whole.length} bytes`);
  }
  t.same(await bucketCounts(app), EMPTY);
});

t.test('a body that is no form answers 415 with MEDIA_TYPE_UNSUPPORTED', async (t) => {
  const { app } = await buildApp(t);
  for (const type of ['application/json', 'text/plain', 'multipart/mixed; boundary=x', 'nonsense']) {
    const answer = await app.inject({
      method: 'POST',
      url: FILES,
      headers: { 'content-type': type },
      payload: '{',
    });
    t.equal(answer.statusCode, 415, type);
    t.same(refusal(answer), {
      type: '/errors/MEDIA_TYPE_UNSUPPORTED',
      title: 'The content type is not supported',
      status: 415,
      detail: 'Send multipart/form-data with one part named `file`',
      code: 'MEDIA_TYPE_UNSUPPORTED',
    });
  }
  t.equal((await app.inject({ method: 'POST', url: FILES })).statusCode, 415, 'no body at all');
  const headers = { 'content-type': 'multipart/form-data' };
  const unbound = await app.inject({ method: 'POST', url: FILES, headers, payload: 'x' });
  t.match(unbound.json(), { status: 400, code: 'BODY_INVALID' }, 'no boundary');
});

t.test('an extension that is not allowed answers 415 with FILE_TYPE_NOT_ALLOWED and the list', async (t) => {
  const { app } = await buildApp(t, { UPLOAD_TYPES: 'txt,png' });
  for (const filename of ['a.exe', 'a.pdf', 'txt', '.txt', 'a.txt.exe', 'a.', 'a.constructor']) {
    const answer = await postForm(app, { filename, content: 'a' });
    t.equal(answer.statusCode, 415, filename);
    t.same(refusal(answer), {
      type: '/errors/FILE_TYPE_NOT_ALLOWED',
      title: 'Files of this type are not allowed',
      status: 415,
      detail: "The file's extension must be one of txt, png",
      code: 'FILE_TYPE_NOT_ALLOWED',
    });
  }
  t.same(await bucketCounts(app), EMPTY);
  t.equal((await upload(app, 'A.TXT', 'a')).name, 'A.TXT', 'case does not matter');
});

t.test('content of another type than the extension answers 415 and leaves nothing', async (t) => {
  const { app } = await buildApp(t);
  const answer = await postForm(app, { filename: 'a.txt', content: samples.png });
  t.equal(answer.statusCode, 415);
  t.same(refusal(answer), {
    type: '/errors/FILE_CONTENT_MISMATCH',
    title: "The file's content does not match its extension",
    status: 415,
    detail: "The content does not match the file's extension: it is not UTF-8 text",
    code: 'FILE_CONTENT_MISMATCH',
  });
  const late = Buffer.concat([Buffer.from(longText(900_000)), Buffer.from([0xff])]);
  t.equal((await postForm(app, { filename: 'a.txt', content: late })).statusCode, 415, 'its last byte alone');
  t.same(await bucketCounts(app), EMPTY);
});

t.test('a name that could harm is stored without what harms', async (t) => {
  const { app } = await buildApp(t);
  t.equal((await upload(app, '../../etc/passwd.txt', 'a')).name, 'passwd.txt');
  t.equal((await upload(app, 'x\u202etxt.a.txt', 'a')).name, 'xtxt.a.txt');
});
