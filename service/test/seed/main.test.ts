import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { until } from '../../../test/support/until.ts';
import { ndjson, outcome, workshop } from './support.ts';

t.test('the program reads standard input and ends with the status of the run', async (t) => {
  const { db, start } = await workshop(t);
  const child = start(['-', '--name', 'piped']);
  child.stdin!.end(gzipSync(ndjson(2500)));
  const { status, stderr, messages } = await outcome(child);
  t.equal(status, 0, stderr);
  t.match(messages.at(-1), 'complete: 2,500 records: 2,500 inserted');
  t.equal(await db.collection('records').countDocuments(), 2500);
});

t.test('SIGINT and SIGTERM stop it with 130 and 143, and the next run needs no wait', async (t) => {
  const { db, file, start, ledger } = await workshop(t);
  const path = await file('a.ndjson', ndjson(60_000));
  let before = 0;
  for (const [signal, expected] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const child = start([path]);
    const ended = outcome(child);
    const target = before + 3000;
    await until(
      async () => (await db.collection('records').countDocuments()) >= target,
      'some records',
      30_000,
    );
    child.kill(signal);
    const { status, messages } = await ended;
    t.equal(status, expected, messages.join('\n'));
    const [entry] = await ledger();
    t.match(entry, { state: 'running', lease: null });
    t.ok(entry!.position > before);
    before = entry!.position;
  }
  const { status, messages } = await outcome(start([path]));
  t.equal(status, 0);
  t.match(messages.at(-1), 'complete: 60,000 records: 60,000 inserted');
});

t.test('a second signal ends it at once', async (t) => {
  const { start } = await workshop(t);
  const child = start(['-'], {
    MONGODB_URI: 'mongodb://127.0.0.1:1/',
    MONGODB_SELECTION_TIMEOUT_MS: '60000',
  });
  child.stdin!.end(ndjson(1));
  // The handlers are there before the first line of code that waits.
  await until(() => child.pid !== undefined, 'the process');
  const exited = once(child, 'exit');
  const signals = setInterval(() => child.kill('SIGTERM'), 500);
  await exited;
  clearInterval(signals);
  t.equal(child.signalCode, 'SIGTERM');
});
