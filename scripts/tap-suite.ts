/** Runs test files with tap and closes with one plain line of counts, so that suites can be added up. */
import { spawn } from 'node:child_process';
import { createWriteStream, globSync, mkdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const HELP = `Runs test files with tap; closes with the line "N passed, N failed, N skipped".

Usage: node scripts/tap-suite.ts [--lines PERCENT] [--help] FILE|FOLDER...
  FOLDER            stands for every *.test.ts below it
  --lines PERCENT   measure coverage, and fail below this share of the lines; the report for Codecov is
                    coverage/lcov.info
  --help            print this

Each skipped test is named with its reason. Exit status: 0 all passed, 1 something failed or nothing ran.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { lines: { type: 'string' }, help: { type: 'boolean' } },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

/** The share of lines that ran, percent, from an lcov report. */
function lineCoverage(report: string): number {
  const sum = (tag: string) =>
    [...report.matchAll(new RegExp(`^${tag}:(\\d+)$`, 'gm'))].reduce(
      (total, [, count]) => total + Number(count),
      0,
    );
  return (100 * sum('LH')) / sum('LF');
}

/** Runs a program, shows what it prints, and gives it back. */
function run(command: string, args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    mkdirSync('.run', { recursive: true });
    const log = createWriteStream('.run/tap.log');
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      log.write(chunk);
    });
    child.once('close', (code) => log.end(() => resolve({ code: code ?? 1, output })));
  });
}

/** Prints which files ran, and of those that failed the tests that did. */
function show(output: string): void {
  for (const file of output.split(/^(?=# Subtest: )/m).slice(1)) {
    const [, result = 'not ok', name = '?'] = /^(ok|not ok) \d+ - (.*)$/m.exec(file) ?? [];
    process.stdout.write(`  ${result === 'ok' ? 'ok' : 'FAILED'} ${name}\n`);
    if (result === 'ok') continue;
    const tests = file.split(/^(?= {4}# Subtest: )/m);
    process.stdout.write(tests.filter((test) => /^ +not ok|^not ok/m.test(test)).join(''));
  }
}

const files = positionals.flatMap((place) =>
  place.endsWith('.ts') ? [place] : globSync(`${place}/**/*.test.ts`).sort(),
);
process.stdout.write(`tap: ${files.length} files, in full in .run/tap.log\n`);
const coverage = values.lines
  ? ['--coverage-report=lcovonly', '--allow-incomplete-coverage']
  : ['--disable-coverage', '--allow-empty-coverage'];
await run('tap', ['build']);
const { code, output } = await run('tap', ['--reporter=tap', ...coverage, ...files]);
show(output);

const skips = [...output.matchAll(/^ +ok \d+ - (.*?) # SKIP ?(.*)$/gm)];
for (const [, title, reason] of skips)
  process.stdout.write(`  skipped: ${title}: ${reason || 'no reason given'}\n`);

const totals =
  /^# \{ (.*) \}$/m.exec(
    output
      .split('\n')
      .toReversed()
      .find((line) => line.startsWith('# {')) ?? '',
  )?.[1] ?? '';
const count = (name: string) => Number(new RegExp(`\\b${name}: (\\d+)`).exec(totals)?.[1] ?? 0);
const passed = count('pass');
let failed = count('fail');
if (code !== 0 && failed === 0) failed = 1;
if (passed === 0 && failed === 0) {
  process.stdout.write('  no test ran\n');
  failed = 1;
}
if (values.lines) {
  const report = readFileSync('.tap/report/lcov.info', 'utf8');
  mkdirSync('coverage', { recursive: true });
  createWriteStream('coverage/lcov.info').end(report);
  const lines = lineCoverage(report);
  process.stdout.write(`coverage: ${lines.toFixed(1)} % of lines (at least ${values.lines} % wanted)\n`);
  if (!(lines >= Number(values.lines))) failed++;
}
process.stdout.write(`${passed} passed, ${failed} failed, ${skips.length} skipped\n`);
process.exitCode = failed === 0 ? 0 : 1;
