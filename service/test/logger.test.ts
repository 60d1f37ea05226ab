import { PassThrough } from 'node:stream';
import t from 'tap';
import { createLogger, redact } from '../src/logger.ts';

const URI = 'mongodb://bob:hunter2@db.example:27017/records';

async function lines(write: (log: Awaited<ReturnType<typeof createLogger>>) => void, level = 'trace') {
  let text = '';
  const destination = new PassThrough();
  destination.on('data', (chunk) => {
    text += chunk;
  });
  write(await createLogger(level, destination));
  return text;
}

t.test('a line is one JSON object with the level as text and the time in RFC 3339', async (t) => {
  const text = await lines((log) => log.warn({ port: 1 }, 'hello'));
  t.match(text, /^\{[^\n]*\}\n$/);
  t.match(JSON.parse(text), {
    level: 'warn',
    time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
    port: 1,
    msg: 'hello',
  });
  t.strictSame(Object.keys(JSON.parse(text)), ['level', 'time', 'port', 'msg']);
});

t.test('a line below the level is not written, and one at the level is', async (t) => {
  t.equal(await lines((log) => log.info('no'), 'warn'), '');
  t.match(await lines((log) => log.warn('yes'), 'warn'), /yes/);
  t.equal(await lines((log) => log.fatal('no'), 'silent'), '');
});

t.test('credentials of a connection string are redacted wherever they stand', async (t) => {
  const cause = new Error(`no route to ${URI}`);
  const error = new Error(`cannot connect to ${URI}`, { cause });
  const text = await lines((log) => {
    log.error({ err: error }, 'failed');
    log.info({ deep: { uri: URI }, list: [URI] }, `to ${URI}`);
    log.child({ uri: URI }).trace('child');
    log.warn({ err: new AggregateError([error], URI) }, 'all failed');
    log.error(error);
    log.error({ err: URI }, 'no error at all');
    log.info({ uri: 'mongodb://bob:p\\"w:hunter2@db.example' }, 'a quote in it');
  });
  t.notMatch(text, /bob|hunter2/);
  const written = text.trimEnd().split('\n');
  t.equal(written.length, 7);
  for (const line of written) t.match(JSON.stringify(JSON.parse(line)), /:\/\/<redacted>@db\.example/);
});

t.test('text without credentials stays as it is', async (t) => {
  const text = 'mongodb://db.example/records is at bob@example.org, http://a/b@c';
  t.equal(redact(text), text);
});

t.test('redacting a long word takes no time', async (t) => {
  const started = performance.now();
  redact('a'.repeat(100_000));
  redact('://'.repeat(30_000));
  redact(`://${'a'.repeat(100_000)}`);
  t.ok(performance.now() - started < 1000);
});

t.test('an error is logged with its chain of causes and none of its other properties', async (t) => {
  const cause = Object.assign(new TypeError('inner'), { code: 'E_INNER', document: { name: 'Ada' } });
  const text = await lines((log) => log.error({ err: new Error('outer', { cause }) }, 'failed'));
  t.match(JSON.parse(text).err, {
    type: 'Error',
    message: 'outer',
    stack: /^Error: outer\n/,
    cause: { type: 'TypeError', message: 'inner', code: 'E_INNER', stack: /^TypeError: inner\n/ },
  });
  t.notMatch(text, /Ada/);
});

t.test('an error whose cause leads back to it is logged once in a while, not for ever', async (t) => {
  const error = new Error('loop');
  error.cause = error;
  Object.assign(error, { big: 1n });
  t.match(JSON.parse(await lines((log) => log.error({ err: error }, 'failed'))).err, { message: 'loop' });
});

t.test('what is thrown but no error is logged as text', async (t) => {
  const text = await lines((log) => log.error({ err: null }, 'failed'));
  t.strictSame(JSON.parse(text).err, { type: 'object', message: 'null' });
});
