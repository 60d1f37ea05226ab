import t from 'tap';
import { isFresh, parseRange } from '../../src/files/range.ts';

const etag = '"abc"';
const lastModified = 'Sat, 21 Nov 2026 10:00:00 GMT';
const validators = { etag, lastModified };

t.test('a single range of bytes is read, open at either end', async (t) => {
  const cases: Record<string, [number, number]> = {
    'bytes=0-0': [0, 0],
    'bytes=2-5': [2, 5],
    'bytes=2-': [2, 9],
    'bytes=2-99': [2, 9],
    'bytes=-3': [7, 9],
    'bytes=-99': [0, 9],
    'Bytes= 2-5 ': [2, 5],
    [`bytes=0-${'9'.repeat(400)}`]: [0, 9],
  };
  for (const [range, [start, end]] of Object.entries(cases)) {
    t.same(parseRange({ range }, 10, validators), { start, end }, range);
  }
});

t.test('a range that is malformed, multiple or of other units is ignored', async (t) => {
  const ranges = [
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=5-2',
    'bytes=0-1,3-4',
    'lines=0-1',
    'bytes=1',
  ];
  for (const range of ranges) t.equal(parseRange({ range }, 10, validators), undefined, range);
  t.equal(parseRange({}, 10, validators), undefined, 'none');
});

t.test('a range outside of the file is refused with its length', async (t) => {
  for (const [range, length] of [
    ['bytes=10-', 10],
    ['bytes=10-20', 10],
    ['bytes=-0', 10],
    ['bytes=0-', 0],
  ] as const) {
    const refusal = { code: 'RANGE_NOT_SATISFIABLE', headers: { 'content-range': `bytes */${length}` } };
    t.throws(() => parseRange({ range }, length, validators), refusal, range);
  }
});

t.test('If-Range lets a range through only for exactly this content', async (t) => {
  const range = 'bytes=0-1';
  for (const same of [etag, lastModified]) {
    t.same(parseRange({ range, 'if-range': same }, 10, validators), { start: 0, end: 1 });
  }
  for (const other of ['"other"', 'W/"abc"', 'Sat, 21 Nov 2026 10:00:01 GMT', '']) {
    t.equal(parseRange({ range, 'if-range': other }, 10, validators), undefined, other);
  }
  t.equal(parseRange({ range: 'bytes=10-', 'if-range': '"other"' }, 10, validators), undefined);
});

t.test('a copy is fresh by its tag, or without one by its date', async (t) => {
  for (const tags of ['"abc"', 'W/"abc"', '"x", "abc"', '*'])
    t.ok(isFresh({ 'if-none-match': tags }, validators), tags);
  t.notOk(
    isFresh({ 'if-none-match': '"x"', 'if-modified-since': lastModified }, validators),
    'the tag prevails',
  );
  t.ok(isFresh({ 'if-modified-since': lastModified }, validators));
  t.ok(isFresh({ 'if-modified-since': 'Sun, 22 Nov 2026 10:00:00 GMT' }, validators));
  t.notOk(isFresh({ 'if-modified-since': 'Fri, 20 Nov 2026 10:00:00 GMT' }, validators));
  t.notOk(isFresh({ 'if-modified-since': 'yesterday' }, validators));
  t.notOk(isFresh({}, validators));
});
