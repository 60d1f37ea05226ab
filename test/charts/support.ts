import { type ExecFileOptions, execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { parseAllDocuments } from 'yaml';
import { kubernetesVersions, tool } from '../../scripts/charts/charts.ts';
import type { Manifest } from '../../scripts/charts/immutable.ts';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

export const newest = kubernetesVersions().at(-1)!;
export const helms = ['helm3', 'helm4'];

/** Runs a program to its end, whatever its exit code. */
export function run(file: string, args: string[], options: ExecFileOptions = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(file, args, { maxBuffer: 64 << 20, encoding: 'utf8', ...options }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
      resolve({
        code,
        stdout: String(stdout),
        stderr: String(stderr) || (error && !stdout ? error.message : ''),
      });
    });
  });
}

/** Like run, but an exit code other than 0 throws with what the program said. */
export async function output(file: string, args: string[], options: ExecFileOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(file, args, options);
  if (code !== 0)
    throw new Error(
      `${file} ${args.join(' ')} ended with ${code}\n${stdout.slice(-3000)}${stderr.slice(-3000)}`,
    );
  return stdout;
}

/** Renders a chart as it would be released under its own name. */
export function template(helm: string, chart: string, ...args: string[]): Promise<Outcome> {
  const fixed = ['--namespace', 'records', '--kube-version', newest];
  return run(tool(helm), ['template', chart.split('/').at(-1)!, chart, ...fixed, ...args]);
}

export function helmfile(
  environment: string,
  args: string[],
  options: ExecFileOptions = {},
): Promise<Outcome> {
  return run(tool('helmfile'), ['--helm-binary', tool('helm4'), '-e', environment, ...args], options);
}

/** Every manifest of an environment. */
export async function renderEnvironment(environment: string, helm = 'helm4', cwd = '.'): Promise<string> {
  const args = ['--helm-binary', tool(helm), '-e', environment, '-q', 'template', '--kube-version', newest];
  return output(tool('helmfile'), args, { cwd });
}

export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document) => {
      if (document.errors[0]) throw document.errors[0];
      return document.toJSON() as Manifest | null;
    })
    .filter((manifest) => manifest !== null);
}

export function nameOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.name}`;
}

/** Manifests in an order of their own, so that two renders can be compared as objects. */
export function sorted(manifests: Manifest[]): Manifest[] {
  return manifests.toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

/** A folder that goes with the test. */
export function folder(t: Test, files: Record<string, string> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'charts-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

/** kubeconform, offline, for one version of Kubernetes. */
export function kubeconform(version: string, path: string): Promise<Outcome> {
  const at = `.cache/schemas/${version}`;
  const locations = [
    `${at}/{{.ResourceKind}}{{.KindSuffix}}.json`,
    `${at}/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json`,
  ];
  return run(tool('kubeconform'), [
    '-strict',
    '-summary',
    ...locations.flatMap((location) => ['-schema-location', location]),
    path,
  ]);
}
