import t from 'tap';
import { readJsonArray } from '../../../src/seed/readers/json-array.ts';
import { MAX_RECORD_BYTES } from '../../../src/seed/readers/raw-record.ts';
import { readAll } from './read.ts';

const trimmed = async (content: string, size?: number) =>
  ((await readAll(readJsonArray, content, size)) as [number, string][]).map(([n, json]) => [n, json.trim()]);

t.test('elements are cut at the commas of the first level only', async (t) => {
  const content = ' \n[{"a":[1,{"b":2}]}, {"c":"],[\\"\\\\"},\n 5 ,"x,y" ]\n';
  const expected = [
    [1, '{"a":[1,{"b":2}]}'],
    [2, '{"c":"],[\\"\\\\"}'],
    [3, '5'],
    [4, '"x,y"'],
  ];
  for (const size of [1, 2, 3, 5, 65_536]) t.strictSame(await trimmed(content, size), expected);
});

t.test('an empty array has no elements', async (t) => {
  t.strictSame(await trimmed('[]'), []);
  t.strictSame(await trimmed('[ \n ]\n'), []);
});

t.test('a missing element stays visible as an empty text', async (t) => {
  t.strictSame(await trimmed('[1,,2,]'), [
    [1, '1'],
    [2, ''],
    [3, '2'],
    [4, ''],
  ]);
});

t.test('an array that is not closed is a reject after its elements', async (t) => {
  t.strictSame(await trimmed('[1,{"a":'), [
    [1, '1'],
    [2, 'the file ends before the array does'],
  ]);
});

t.test('text after the array is a reject', async (t) => {
  for (const size of [1, 65_536]) {
    t.strictSame(await trimmed('[1] [2]', size), [
      [1, '1'],
      [2, 'something follows after the array'],
    ]);
  }
});

t.test('an element that is too long is a reject and the next is read', async (t) => {
  t.strictSame(await trimmed(`["${'x'.repeat(MAX_RECORD_BYTES)}",2]`), [
    [1, 'longer than 16 MiB'],
    [2, '2'],
  ]);
});

t.test('a file that does not start as an array is refused', async (t) => {
  for (const content of ['', ' ', '{"a":1}', 'x[1]']) {
    await t.rejects(readAll(readJsonArray, content), { exitStatus: 65, message: /does not start with \[/ });
  }
});
