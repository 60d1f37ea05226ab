import t from 'tap';
import { parseArguments } from '../../src/seed/arguments.ts';

const refusal = (...argv: string[]) => {
  try {
    parseArguments(argv);
    return 'accepted';
  } catch (error) {
    const { exitStatus, message } = error as { exitStatus: number; message: string };
    return `${exitStatus} ${message}`;
  }
};

t.test('a file alone gets the defaults', async (t) => {
  t.strictSame(parseArguments(['a.csv']), { file: 'a.csv', key: [], allowRejects: 0, timeoutMs: 120_000 });
});

t.test('every option is read, and a key named twice counts once', async (t) => {
  const argv =
    '- --manifest m.json --format csv --key a --key b --key a --name n --version v --allow-rejects 3 --timeout 9';
  t.strictSame(parseArguments(argv.split(' ')), {
    file: '-',
    manifest: 'm.json',
    format: 'csv',
    key: ['a', 'b'],
    name: 'n',
    version: 'v',
    allowRejects: 3,
    timeoutMs: 9000,
  });
});

t.test('--help wins over what else is there', async (t) => {
  t.equal(parseArguments(['--help']), 'help');
  t.equal(parseArguments(['a', 'b', '-h']), 'help');
});

t.test('wrong arguments are refused with 64 and what is wrong', async (t) => {
  t.equal(refusal(), '64 name one file, or - for standard input; see --help');
  t.equal(refusal('a', 'b'), '64 name one file, or - for standard input; see --help');
  t.equal(refusal('a', '--format', 'xml'), '64 --format: one of ndjson, json, csv is needed; see --help');
  t.equal(refusal('a', '--name='), '64 --name: must not be empty; see --help');
  t.equal(refusal('a', '--key='), '64 --key: must not be empty; see --help');
  t.match(refusal('a', '--allow-rejects', '1.5'), '64 --allow-rejects: a whole number from 0 to');
  t.match(refusal('a', '--allow-rejects=-1'), '64 --allow-rejects: a whole number');
  t.match(refusal('a', '--timeout', '0'), '64 --timeout: a whole number from 1 to');
  t.match(refusal('a', '--colour'), "64 Unknown option '--colour'");
});
