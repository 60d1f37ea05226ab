import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { tool } from '../../scripts/charts/charts.ts';
import type { Manifest } from '../../scripts/charts/immutable.ts';
import { newest, output } from '../charts/support.ts';
import type { Processes } from './processes.ts';
import type { Repository } from './repository.ts';

/** What `make argocd` applies for an environment: the root project and the root Application. */
export function rootManifests(repository: Repository, environment: string): Promise<string> {
  return output('scripts/argocd', ['--print', environment], {
    cwd: repository.path,
    env: { ...process.env, HELM: tool('helm4') },
  });
}

export class ArgoCD {
  readonly #processes: Processes;
  readonly #repoServer: string;

  constructor(processes: Processes, repoServer: string) {
    this.#processes = processes;
    this.#repoServer = repoServer;
  }

  /** What Argo CD would apply for these Applications and ApplicationSets, rendered and expanded by its own code. */
  async render(manifests: string): Promise<Manifest[]> {
    const file = join(this.#processes.folder, `render-${Math.random().toString(36).slice(2)}.yaml`);
    writeFileSync(file, manifests);
    const options = ['--repo-server', this.#repoServer, '--kube-version', newest, '--tracking', 'none'];
    return parseManifests(
      await output('argorender', [...options, file], { env: this.#processes.environment }),
    );
  }

  /** From the root down to the objects of the releases. */
  async renderEnvironment(repository: Repository, environment: string): Promise<Manifest[]> {
    const below = await this.render(await rootManifests(repository, environment));
    const sets = below.filter(({ kind }) => kind === 'ApplicationSet');
    return this.render(sets.map((set) => JSON.stringify(set)).join('\n---\n'));
  }
}

/** What helmfile would apply. */
export async function renderByHelmfile(repository: Repository, environment: string): Promise<Manifest[]> {
  const args = [
    '--helm-binary',
    tool('helm4'),
    '-e',
    environment,
    '-q',
    'template',
    '--skip-deps',
    '--include-crds',
  ];
  return parseManifests(
    await output(tool('helmfile'), [...args, '--kube-version', newest], { cwd: repository.path }),
  );
}

export function environments(folder: string): string[] {
  return readdirSync(join(folder, 'environments'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'base')
    .map(({ name }) => name)
    .sort();
}

/** Objects by kind, namespace and name; two of the same name are an error. */
export function byName(manifests: Manifest[]): Record<string, Manifest> {
  const found: Record<string, Manifest> = {};
  for (const manifest of manifests) {
    const name = [manifest.kind, manifest.metadata.namespace, manifest.metadata.name].join('/');
    if (found[name]) throw new Error(`${name} is rendered twice`);
    found[name] = manifest;
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => a.localeCompare(b)));
}

/** As Kubernetes reads YAML: version 1.1, in which 0440 is octal. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text, { version: '1.1' }).flatMap((document) => {
    if (document.errors[0]) throw document.errors[0];
    return (document.toJSON() as Manifest | null) ?? [];
  });
}
