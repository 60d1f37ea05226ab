import { gzipSync } from 'node:zlib';
import t from 'tap';
import { knownTypes } from '../../src/files/allowed-types.ts';
import { checked } from '../../src/files/content-check.ts';
import { samples } from './support/forms.ts';

async function* pieces(content: Buffer, size: number) {
  for (let start = 0; start < content.length; start += size) yield content.subarray(start, start + size);
}

async function check(extension: string, content: string | Buffer, size = 3): Promise<Buffer> {
  const passed = [];
  for await (const chunk of checked(pieces(Buffer.from(content), size), knownTypes[extension]!))
    passed.push(chunk);
  return Buffer.concat(passed);
}

const long = 'ä€😀\n'.repeat(2000);

t.test('content that matches its extension passes unchanged, in any pieces', async (t) => {
  const cases: [string, string | Buffer][] = [
    ...Object.entries(samples),
    ['jpeg', samples.jpg],
    ['gz', gzipSync('a')],
    ['png', Buffer.concat([samples.png, Buffer.alloc(10_000)])],
    ['txt', ''],
    ['txt', long],
    ['txt', '\ufeffwith a byte order mark'],
    ['txt', '<?xml version="1.0"?><a/>'],
    ['csv', 'a,b\r\n1,"x"\r\n'],
    ['json', '{"a": 1}'],
    ['json', ` \n[${'1,'.repeat(5000)}2]\r\n`],
    ...['"text"', '-1.5', '0', 'true', 'false', 'null'].map((json): [string, string] => ['json', json]),
  ];
  for (const [extension, content] of cases) {
    for (const size of [1, 3, 5000]) {
      const passed = await check(extension, content, size);
      t.ok(
        passed.equals(Buffer.from(content)),
        `${extension}: ${JSON.stringify(Buffer.from(content).toString('latin1', 0, 10))} by ${size}`,
      );
    }
  }
});

t.test('content that does not match its extension is refused with what it is', async (t) => {
  const cases: [string, string | Buffer, string][] = [
    ['png', samples.gif, 'it is gif'],
    ['jpg', samples.png, 'it is png'],
    ['pdf', 'plain text', 'it is of no known type'],
    ['png', '', 'it is of no known type'],
    ['txt', samples.pdf, 'it is pdf'],
    ['txt', samples.png, 'it is not UTF-8 text'],
    ['csv', gzipSync('a'), 'it is not UTF-8 text'],
    ['txt', Buffer.from('grün', 'latin1'), 'it is not UTF-8 text'],
    ['txt', Buffer.from('UTF-16', 'utf16le'), 'text has no NUL characters'],
    ['txt', `${long}\0`, 'text has no NUL characters'],
    ['txt', Buffer.from('cut in a character €').subarray(0, -1), 'it is not UTF-8 text'],
    ['json', '', 'it is not JSON'],
    ['json', 'hello', 'it is not JSON'],
    ['json', '{"cut": [1, 2', 'it is not JSON'],
    ['json', '<html></html>', 'it is not JSON'],
  ];
  for (const [extension, content, why] of cases) {
    await t.rejects(
      check(extension, content),
      { code: 'FILE_CONTENT_MISMATCH', message: `The content does not match the file's extension: ${why}` },
      `${extension}: ${JSON.stringify(Buffer.from(content).toString('latin1', 0, 10))}`,
    );
  }
});

t.test('nothing is passed on before the beginning was looked at', async (t) => {
  const content = checked(pieces(Buffer.alloc(10_000, samples.gif), 1000), knownTypes.png!);
  await t.rejects(content.next(), { code: 'FILE_CONTENT_MISMATCH' });
});
