import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import type { Format } from '../../../src/seed/arguments.ts';
import { openInput } from '../../../src/seed/readers/open.ts';

async function read(content: string | Buffer, name: string, format?: Format, size = 1) {
  const bytes = Buffer.from(content);
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += size) chunks.push(bytes.subarray(start, start + size));
  const input = await openInput(Readable.from(chunks), name, format);
  const found: string[] = [];
  for await (const records of input.records) {
    for (const record of records) {
      found.push('json' in record ? record.json.toString() : JSON.stringify(record));
    }
  }
  return { input, found };
}

t.test('the name tells the format, else the content does', async (t) => {
  const formatOf = async (content: string, name: string) => (await read(content, name)).input.format;
  t.equal(await formatOf('[1]', 'a.ndjson'), 'ndjson');
  t.equal(await formatOf('[1]', 'a.jsonl.gz'), 'ndjson');
  t.equal(await formatOf('{"a":1}', 'A.CSV'), 'csv');
  t.equal(await formatOf(' \n[1]', 'a.json'), 'json');
  t.equal(await formatOf('{"a":1}', 'a.json'), 'ndjson');
  t.equal(await formatOf('', 'a.json'), 'ndjson');
  t.equal(await formatOf('[1]', '-'), 'json');
  t.equal(await formatOf(' {"a":1}', '-'), 'ndjson');
  t.equal(await formatOf('a,b', '-'), 'csv');
  t.equal((await read('[1]', 'a.csv', 'json')).input.format, 'json');
});

t.test(
  'a gzipped file is known by its content, also of several members and with a byte order mark',
  async (t) => {
    const packed = Buffer.concat([gzipSync('\uFEFF{"a":1}\n'), gzipSync('{"b":2}\n')]);
    for (const size of [1, 7, 65_536]) {
      const { input, found } = await read(packed, 'plain.ndjson', undefined, size);
      t.strictSame(found, ['{"a":1}', '{"b":2}']);
      t.equal(input.bytesRead(), packed.length);
      t.equal(input.sha256(), createHash('sha256').update(packed).digest('hex'));
      t.equal(input.sha256(), input.sha256());
    }
  },
);

t.test('a byte order mark is dropped', async (t) => {
  t.strictSame((await read('\uFEFF[1]', '-')).found, ['1']);
  t.strictSame((await read('\uFEFFa\n1', '-')).found, ['{"number":2,"fields":{"a":1}}']);
});

t.test('a gzipped file that is cut or broken ends with 66', async (t) => {
  const packed = gzipSync('{"a":1}\n'.repeat(1000));
  await t.rejects(read(packed.subarray(0, -9), 'a', 'ndjson', 9), {
    exitStatus: 66,
    message: /unexpected end/,
  });
  const broken = Buffer.concat([packed.subarray(0, 10), Buffer.alloc(20, 0xff)]);
  await t.rejects(read(broken, 'a', 'ndjson', 65_536), { exitStatus: 66, message: /cannot be read/ });
});

t.test('a stream that fails ends with 66', async (t) => {
  const failing = new Readable({ read: () => failing.destroy(new Error('disk on fire')) });
  await t.rejects(openInput(failing, 'a'), { exitStatus: 66, message: /disk on fire/ });
});
