import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { until } from '../../../test/support/until.ts';
import { buildApp } from '../support/app.ts';
import { BOUNDARY, FILES, formHeaders } from './support/forms.ts';

const MEGABYTE = 2 ** 20;
const LENGTH = 64 * MEGABYTE;
/** How often memory is looked at. Bytes. */
const STEP = 8 * MEGABYTE;
/** What may be held at a time, by both ends of the connection, which are in this process. Bytes. */
const BOUND = 8 * MEGABYTE;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** What is held now: without garbage, whose amount is the collector's choice. */
function held(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

t.test('a file of 64 MiB goes up and down in bounded memory', async (t) => {
  const { app } = await buildApp(t);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as { port: number };
  const host = '127.0.0.1';
  const before = held();
  // Asked again for a while, since buffers are given back in the background.
  const measure = (when: string) =>
    until(() => held() - before < BOUND, `less than ${BOUND} bytes held ${when}`);

  const block = Buffer.from(randomBytes(MEGABYTE / 2).toString('hex'));
  const sent = createHash('sha256');
  async function* form() {
    yield `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n`;
    for (let bytes = 0; bytes < LENGTH; bytes += block.length) {
      if (bytes % STEP === 0) await measure(`after ${bytes} bytes sent`);
      sent.update(block);
      yield block;
    }
    yield `\r\n--${BOUNDARY}--\r\n`;
  }
  const post = request({ host, port, path: FILES, method: 'POST', headers: formHeaders });
  const response = once(post, 'response') as Promise<[IncomingMessage]>;
  await pipeline(Readable.from(form(), { objectMode: false }), post);
  const [uploaded] = await response;
  const { id, length, sha256 } = JSON.parse(String(Buffer.concat(await uploaded.toArray())));
  t.equal(uploaded.statusCode, 201);
  t.equal(length, LENGTH);
  t.equal(sha256, sent.digest('hex'));

  const [download] = (await once(get({ host, port, path: `${FILES}/${id}` }), 'response')) as [
    IncomingMessage,
  ];
  const received = createHash('sha256');
  let bytes = 0;
  for await (const chunk of download) {
    const step = Math.floor(bytes / STEP);
    bytes += chunk.length;
    if (Math.floor(bytes / STEP) > step) await measure(`after ${bytes} bytes received`);
    received.update(chunk);
  }
  t.equal(received.digest('hex'), sha256);
});
