/** Compares the licence of every dependency with an allow-list. */
import { readFileSync } from 'node:fs';

const HELP = `Compares the licence of every package in package-lock.json with licences.json.

Usage: node scripts/licences.ts [LOCKFILE]

licences.json: \`shipped\` are licences that may be in an image, \`tools\` those that development may use besides, and
\`packages\` the licence of each package that does not say its own, with where it was read.
Exit status: 0 all are allowed; 1 some are not, which are listed.
`;
if (process.argv.includes('--help')) {
  process.stdout.write(HELP);
  process.exit(0);
}

interface Policy {
  shipped: string[];
  tools: string[];
  packages: Record<string, { licence: string; readIn: string }>;
}
interface Locked {
  version: string;
  license?: string;
  dev?: boolean;
}

const policy = JSON.parse(readFileSync('licences.json', 'utf8')) as Policy;
const lock = JSON.parse(readFileSync(process.argv[2] ?? 'package-lock.json', 'utf8'));

/** `(MIT OR GPL-3.0)` is a choice, `MIT AND Zlib` are both. */
function isAllowed(expression: string, allowed: string[]): boolean {
  const alternatives = expression.replaceAll(/[()]/g, '').split(' OR ');
  return alternatives.some((all) => all.split(' AND ').every((one) => allowed.includes(one)));
}

const problems: string[] = [];
const used = new Set<string>();
for (const [path, locked] of Object.entries(lock.packages as Record<string, Locked>)) {
  if (!path) continue;
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  if (!locked.license) used.add(name);
  const licence = locked.license ?? policy.packages[name]?.licence ?? 'none';
  const allowed = locked.dev ? [...policy.shipped, ...policy.tools] : policy.shipped;
  if (!isAllowed(licence, allowed))
    problems.push(`${name}@${locked.version}: ${licence}${locked.dev ? '' : ', shipped'}`);
}
for (const name of Object.keys(policy.packages)) {
  if (!used.has(name)) problems.push(`${name}: is in licences.json, but not needed there`);
}
process.stdout.write(
  problems.length ? `not allowed:\n  ${problems.join('\n  ')}\n` : 'every licence is allowed\n',
);
process.exitCode = problems.length ? 1 : 0;
