import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Value } from './values.ts';

/** The charts of this repository, by folder name. */
export function chartNames(): string[] {
  return readdirSync('charts').sort();
}

export interface Scenario {
  chart: string;
  name: string;
  file: string;
}

/** Every `ci/<name>-values.yaml` of every chart. */
export function scenarios(): Scenario[] {
  return chartNames().flatMap((chart) =>
    readdirSync(`charts/${chart}/ci`)
      .sort()
      .map((file) => ({ chart, name: file.replace('-values.yaml', ''), file: `charts/${chart}/ci/${file}` })),
  );
}

/** The folders of environments/, which are all that makes an environment. */
export function environments(): string[] {
  return readdirSync('environments', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'base')
    .map((entry) => entry.name)
    .sort();
}

/** The oldest and the newest Kubernetes that the charts support, from tools/versions. */
export function kubernetesVersions(): string[] {
  return [...readFileSync('tools/versions', 'utf8').matchAll(/^kubernetes\s+(\S+)/gm)].map(
    ([, version]) => version!,
  );
}

/** Where tools/install put a program. */
export function tool(name: string): string {
  return resolve('.cache/tools', name);
}

const [open, close] = ['<!-- generated from values.yaml: make generate -->', '<!-- end -->'];

/** A README with the table between its two marks written anew. */
export function readmeTable(readme: string, values: Value[]): string {
  const [head, rest] = readme.split(open);
  const tail = rest?.split(close)[1];
  if (tail === undefined) throw new Error(`a chart's README.md lacks the marks ${open} and ${close}`);
  const rows = leaves(values).map(
    (value) =>
      `| \`${value.path.join('.')}\` | ${cell(value.default)} | ${value.description.replaceAll('|', '\\|')} |`,
  );
  return `${head}${open}\n| Value | Default | Meaning |\n| --- | --- | --- |\n${rows.join('\n')}\n${close}${tail}`;
}

function leaves(values: Value[]): Value[] {
  return values.flatMap((value) => (value.children.length ? leaves(value.children) : [value]));
}

function cell(value: unknown): string {
  return value === '' ? 'empty' : `\`${JSON.stringify(value).replaceAll('|', '\\|')}\``;
}
