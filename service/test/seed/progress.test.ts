import t from 'tap';
import { type Counts, noCounts } from '../../src/seed/ledger.ts';
import { type Output, Progress, terminalOutput } from '../../src/seed/progress.ts';

const counts = (read: number): Counts => ({ ...noCounts, read, inserted: read });

/** An output that keeps what it gets. */
function recorder() {
  const lines: unknown[][] = [];
  const shown: unknown[][] = [];
  const output: Output = {
    line: (...line) => void lines.push(line),
    progress: (...state) => void shown.push(state),
  };
  return { output, lines, shown };
}

t.test('a log gets no line within the first seconds, a terminal gets one at once and then few', async (t) => {
  for (const [isTerminal, expected] of [
    [false, 0],
    [true, 1],
  ] as const) {
    const { output, shown } = recorder();
    const progress = new Progress(output, isTerminal);
    progress.start(noCounts);
    for (let read = 1; read <= 5; read += 1) {
      progress.update(counts(read), { bytesRead: read, bytesTotal: 10 });
    }
    t.equal(shown.length, expected);
  }
});

t.test('the share is that of the bytes, and the speed is of this run alone', async (t) => {
  const { output, shown } = recorder();
  const progress = new Progress(output, true);
  progress.start(counts(1_000_000));
  progress.update(counts(1_000_000), { bytesRead: 25, bytesTotal: 100 });
  const [share, text, fields] = shown[0]!;
  t.equal(share, 0.25);
  t.equal(text, '25 %, 1,000,000 records, 0/s, 0 s');
  t.match(fields, { percent: 25, perSecond: 0, read: 1_000_000 });
});

t.test('the length of a stream is unknown, so that it has no share', async (t) => {
  const { output, shown } = recorder();
  const progress = new Progress(output, true);
  progress.update({ ...counts(7), rejected: 2 }, { bytesRead: 25, bytesTotal: null });
  t.match(shown[0], [null, /^7 records, [\d,]+\/s, 0 s, 2 rejected$/]);
});

t.test('a line on a terminal takes the place of the bar', async (t) => {
  let text = '';
  const output = terminalOutput({ write: (part) => (text += part) });
  output.progress(0.5, '50 %', {});
  output.line('warn', 'careful');
  t.equal(text, `\r\u001b[K${'█'.repeat(12)}${'░'.repeat(12)} 50 %\r\u001b[Kcareful\n`);
});
