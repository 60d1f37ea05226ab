/** Asks the registry about known vulnerabilities and signatures of the dependencies, and judges by a policy. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const HELP = `Runs npm audit and npm audit signatures, and judges the findings by audit-policy.json.

Usage: node scripts/audit.ts [REPORT]     REPORT: the output of \`npm audit --json\`, instead of asking

audit-policy.json: \`failFrom\` is the least severity that fails; \`accepted\` are advisories that do not, each with a
reason and the day until when (YYYY-MM-DD); one that is over, or that no dependency has, fails.
Exit status: 0 nothing to do; 1 findings; 2 the registry gives no answer: nothing was checked.
`;
if (process.argv.includes('--help')) {
  process.stdout.write(HELP);
  process.exit(0);
}

const SEVERITIES = ['info', 'low', 'moderate', 'high', 'critical'];
interface Policy {
  failFrom: string;
  accepted: { advisory: string; reason: string; until: string }[];
}
interface Advisory {
  url: string;
  name: string;
  title: string;
  severity: string;
}

const policy = JSON.parse(readFileSync('audit-policy.json', 'utf8')) as Policy;

/** npm's exit status says that there are findings; what it printed is the report all the same. */
function npm(...args: string[]): string {
  try {
    return execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

const [file] = process.argv.slice(2);
const report = JSON.parse(file ? readFileSync(file, 'utf8') : npm('audit', '--json', '--audit=true'));
if (!report.vulnerabilities) {
  process.stdout.write(
    `nothing was checked: ${report.message ?? report.error?.summary ?? 'npm audit gives no report'}\n`,
  );
  process.exit(2);
}

const found = new Map<string, Advisory>();
for (const { via } of Object.values(report.vulnerabilities) as { via: (Advisory | string)[] }[]) {
  for (const advisory of via) if (typeof advisory !== 'string') found.set(advisory.url, advisory);
}
const today = new Date().toISOString().slice(0, 10);
const accepted = policy.accepted.filter(({ until }) => until >= today).map(({ advisory }) => advisory);
const problems = [...found.values()]
  .filter(({ severity }) => SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(policy.failFrom))
  .filter(({ url }) => !accepted.some((advisory) => url.endsWith(advisory)))
  .map(({ name, severity, title, url }) => `${name}: ${severity}: ${title} (${url})`);
for (const { advisory, until } of policy.accepted) {
  if (until < today) problems.push(`${advisory}: accepted until ${until}, which is over`);
  if (![...found.keys()].some((url) => url.endsWith(advisory)))
    problems.push(`${advisory}: accepted, but not found`);
}
if (!file) {
  const signatures = JSON.parse(npm('audit', 'signatures', '--json') || '{"invalid": [], "missing": []}');
  for (const kind of ['invalid', 'missing']) {
    for (const { name, version } of signatures[kind]) problems.push(`${name}@${version}: signature ${kind}`);
  }
}
process.stdout.write(problems.length ? `${problems.join('\n')}\n` : 'no known vulnerability that counts\n');
process.exitCode = problems.length ? 1 : 0;
