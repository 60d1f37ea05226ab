// Writes what is derived of the charts: values.schema.json and the table in README.md from the comments of values.yaml,
// the helpers that every chart has a copy of, and the golden render of each scenario in ci/.
//   node scripts/generate-charts.ts [--check]     --check writes nothing and fails when something would change
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { chartNames, kubernetesVersions, readmeTable, scenarios, tool } from './charts/charts.ts';
import { readValues, toSchema } from './charts/values.ts';

const check = process.argv.includes('--check');
if (process.argv.includes('--help')) {
  console.log('usage: node scripts/generate-charts.ts [--check]');
  process.exit();
}

const files = new Map<string, string>();
for (const chart of chartNames()) {
  const folder = `charts/${chart}`;
  const values = readValues(`${folder}/values.yaml`);
  files.set(`${folder}/values.schema.json`, `${JSON.stringify(toSchema(chart, values), null, 2)}\n`);
  files.set(`${folder}/README.md`, readmeTable(readFileSync(`${folder}/README.md`, 'utf8'), values));
  files.set(`${folder}/templates/_common.tpl`, readFileSync('charts/records/templates/_common.tpl', 'utf8'));
}

// The renders need the schemas and helpers in place; on --check a difference above is reported before them.
let wrong = settle(files);
if (!(check && wrong.length)) {
  const goldens = new Map<string, string>();
  for (const { chart, name, file } of scenarios())
    goldens.set(`charts/${chart}/tests/golden/${name}.yaml`, golden(chart, file));
  wrong = [...wrong, ...settle(goldens), ...orphans(goldens)];
}
if (wrong.length) {
  console.error(
    `generate-charts: not up to date: ${wrong.join(', ')}\nrun: make generate, read the diff, commit it`,
  );
  process.exit(1);
}

function golden(chart: string, file: string): string {
  const render = execFileSync(
    tool('helm4'),
    [
      'template',
      chart,
      `charts/${chart}`,
      '--namespace',
      'records',
      '--kube-version',
      kubernetesVersions().at(-1)!,
      '-f',
      file,
    ],
    { encoding: 'utf8' },
  );
  return `# Generated from ${file} by scripts/generate-charts.ts: what this scenario renders to.\n${render}`;
}

/** Writes the files that differ, or names them when only checking. */
function settle(wanted: Map<string, string>): string[] {
  const changed = [...wanted].filter(
    ([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text,
  );
  if (check) return changed.map(([path]) => path);
  for (const [path, text] of changed) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
  }
  return [];
}

/** Goldens of scenarios that are no more. */
function orphans(goldens: Map<string, string>): string[] {
  const found = chartNames()
    .map((chart) => `charts/${chart}/tests/golden`)
    .flatMap((folder) =>
      existsSync(folder) ? readdirSync(folder).map((file) => `${folder}/${basename(file)}`) : [],
    )
    .filter((path) => !goldens.has(path));
  if (check) return found;
  for (const path of found) rmSync(path);
  return [];
}
