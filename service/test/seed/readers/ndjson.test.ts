import t from 'tap';
import { readNdjson } from '../../../src/seed/readers/ndjson.ts';
import { MAX_RECORD_BYTES } from '../../../src/seed/readers/raw-record.ts';
import { readAll } from './read.ts';

const text = '{"a":1}\r\n\n  \t\r\n{"b":"é"}\n{"c":3}';

t.test('lines keep their numbers, blank ones are skipped, the last needs no line end', async (t) => {
  const expected = [
    [1, '{"a":1}\r'],
    [4, '{"b":"é"}'],
    [5, '{"c":3}'],
  ];
  for (const size of [1, 2, 3, 7, 65_536]) t.strictSame(await readAll(readNdjson, text, size), expected);
});

t.test('an empty file has no records', async (t) => {
  t.strictSame(await readAll(readNdjson, ''), []);
  t.strictSame(await readAll(readNdjson, '\n\n'), []);
});

t.test('a line that is too long is a reject and the next line is read', async (t) => {
  const content = `${'x'.repeat(MAX_RECORD_BYTES + 1)}\n{"a":1}\n`;
  t.strictSame(await readAll(readNdjson, content), [
    [1, 'longer than 16 MiB'],
    [2, '{"a":1}'],
  ]);
  const [atLimit] = (await readAll(readNdjson, 'x'.repeat(MAX_RECORD_BYTES))) as [number, string][];
  t.equal(atLimit![1].length, MAX_RECORD_BYTES);
});
