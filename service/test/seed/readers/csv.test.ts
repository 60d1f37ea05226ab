import { ObjectId } from 'mongodb';
import t from 'tap';
import { readCsv } from '../../../src/seed/readers/csv.ts';
import { MAX_RECORD_BYTES } from '../../../src/seed/readers/raw-record.ts';
import { readAll } from './read.ts';

const rows = (content: string | Buffer, size?: number) => readAll(readCsv, content, size);

t.test('quotes, commas, line ends in cells and CRLF are read whatever the chunks', async (t) => {
  const content = 'name,note\r\n"a ""b"", c","line 1\r\nline 2"\r\n\r\n5" disk,"x"\r\n';
  const expected = [
    [2, { name: 'a "b", c', note: 'line 1\r\nline 2' }],
    [5, { name: '5" disk', note: 'x' }],
  ];
  for (const size of [1, 2, 3, 5, 65_536]) t.strictSame(await rows(content, size), expected);
});

t.test('only a number in its canonical form becomes one, and an empty cell is left out', async (t) => {
  const cells = [
    '4.5',
    '-3',
    '0',
    '007',
    '1.10',
    '1e3',
    '+1',
    'NaN',
    'Infinity',
    ' 1',
    '-0',
    '9007199254740992',
  ];
  const content = `n,e\n${cells.join(',\n')},\n`;
  const expected = [4.5, -3, 0, ...cells.slice(3)];
  t.strictSame(
    await rows(content),
    expected.map((n, index) => [index + 2, { n }]),
  );
});

t.test('names with spaces, dots and letters of any script survive, __proto__ too', async (t) => {
  const [record] = (await rows('address line 2,a.b,ключ,__proto__\n1,2,3,4\n')) as [number, object][];
  t.strictSame(Object.entries(record![1]), [
    ['address line 2', 1],
    ['a.b', 2],
    ['ключ', 3],
    ['__proto__', 4],
  ]);
});

t.test('an _id of 24 hex digits becomes an ObjectId, in no other column', async (t) => {
  const id = '55f14312c7447c3da7051b26';
  t.strictSame(await rows(`_id,other\n${id},${id}\n7,8\n`), [
    [2, { _id: new ObjectId(id), other: id }],
    [3, { _id: 7, other: 8 }],
  ]);
});

t.test('rows that are malformed are rejects with their lines, and the others are read', async (t) => {
  const content = Buffer.concat([
    Buffer.from('a,b\n1\n1,2,3\n"x"y,1\n'),
    Buffer.from([0xff, 0x2c, 0x31, 0x0a]),
    Buffer.from('1,2\n1,"open\n'),
  ]);
  t.strictSame(await rows(content), [
    [2, '1 cells where the header has 2'],
    [3, '3 cells where the header has 2'],
    [4, 'a closing quote is not followed by a comma'],
    [5, 'not UTF-8'],
    [6, { a: 1, b: 2 }],
    [7, 'a quote is not closed'],
  ]);
});

t.test('a quote that is never closed costs what is too long, not the rest of the file', async (t) => {
  const line = `${'x'.repeat(1023)}\n`;
  const found = await rows(`a\n"${line.repeat(MAX_RECORD_BYTES / 1024 + 200)}last\n`);
  t.strictSame(found[0], [2, 'longer than 16 MiB']);
  t.strictSame((found.at(-1) as unknown[])[1], { a: 'last' });
});

t.test('a header that does not name each field once is refused', async (t) => {
  const refuse = (content: string, message: RegExp) =>
    t.rejects(rows(content), { exitStatus: 65, message }, message.source);
  await refuse('', /has no header/);
  await refuse('a,,c\n', /column 2 has no name/);
  await refuse('a,b,a\n', /columns 1 and 3 have the same name/);
  await refuse('a,$b\n', /column 2 starts with \$/);
  await refuse('a,b\0\n', /column 2 contains NUL/);
  await refuse('a,"b\n', /a quote is not closed/);
});
