import { createServer, type Server } from 'node:http';
import type { Test } from 'tap';
import { stringify } from 'yaml';
import { tool } from '../../scripts/charts/charts.ts';
import { output } from '../charts/support.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { buildImages, embeddedValues } from '../support/images.ts';
import { until } from '../support/until.ts';
import { block } from './documented.ts';
import { byDigest, type Image } from './oci-archive.ts';
import { Processes, startControllers, startRepoServer } from './processes.ts';
import { Repository } from './repository.ts';

export interface Application {
  metadata: { name: string };
  status?: {
    sync?: { status: string; revision?: string; revisions?: string[] };
    health?: { status: string };
    operationState?: { phase: string; message?: string; finishedAt: string };
    conditions?: { type: string; message: string }[];
  };
}

interface Live {
  kind: string;
  metadata: { name: string; resourceVersion: string; annotations?: Record<string, string> };
}

const everything = ['demo', 'demo-mongo-seed', 'demo-mongodb', 'demo-records'];

/** The environment `demo` in a repository of its own, and a cluster whose Argo CD follows it. */
export class Demo {
  readonly cluster: Cluster;
  readonly repository: Repository;
  readonly processes: Processes;
  readonly servers: { redis: string; repoServer: string };
  readonly api: string;
  /** The images of the releases, as the cluster knows them. */
  readonly images: Record<string, Image> = {};
  /** What GitHub says is open. */
  readonly pullRequests: unknown[] = [];
  readonly #github: Server;

  private constructor(
    cluster: Cluster,
    repository: Repository,
    processes: Processes,
    servers: Demo['servers'],
  ) {
    this.cluster = cluster;
    this.repository = repository;
    this.processes = processes;
    this.servers = servers;
    this.api = `http://${cluster.address}:30080`;
    this.#github = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(this.pullRequests));
    });
  }

  static async create(t: Test): Promise<Demo> {
    const cluster = await startCluster();
    t.teardown(() => cluster.down());
    const processes = new Processes(t);
    const demo = new Demo(cluster, await Repository.create(t), processes, await startRepoServer(processes));
    await new Promise<void>((done) => demo.#github.listen(0, '127.0.0.1', done));
    t.teardown(() => demo.#github.close());
    await demo.#addEnvironment();
    return demo;
  }

  get kubectl(): Cluster['kubectl'] {
    return this.cluster.kubectl;
  }

  /** kubectl for the objects of the environment. */
  inDemo(...args: string[]): Promise<string> {
    return this.kubectl('-n', 'demo', ...args);
  }

  /** kubectl for Argo CD's own objects. */
  inArgocd(...args: string[]): Promise<string> {
    return this.kubectl('-n', 'argocd', ...args);
  }

  get #githubAddress(): string {
    return `http://127.0.0.1:${(this.#github.address() as { port: number }).port}/`;
  }

  /** Adding an environment is adding a folder. */
  async #addEnvironment(): Promise<void> {
    const { repository } = this;
    const differs: Record<string, string> = {
      records: stringify({ replicas: 2, progressDeadlineSeconds: 10 }),
      mongodb: embeddedValues,
      'mongo-seed': '',
    };
    for (const [release, built] of Object.entries(await buildImages()))
      this.images[release] = await this.name(built);
    for (const [release, values] of Object.entries(differs)) {
      const local = repository.read(`environments/local/${release}.yaml`);
      repository.write(`environments/demo/${release}.yaml`, local + values);
      this.use(release, this.images[release]!);
    }
    repository.write('environments/demo/releases.yaml', 'namespace: demo\n');
    repository.edit('argocd/values.yaml', (text) =>
      text.replace(/^ {4}api: .*$/m, `    api: ${this.#githubAddress}`),
    );
    await repository.commit('add the environment demo');
  }

  /** Installs Argo CD by our script, and runs its programs beside the cluster: the rig cannot pull their image. */
  async startArgocd(): Promise<void> {
    await output('scripts/argocd', ['--install'], { env: this.cluster.env });
    await this.inArgocd('scale', 'deployment,statefulset', '--all', '--replicas=0');
    await startControllers(this.processes, this.servers, {
      kubeconfig: this.cluster.env.KUBECONFIG!,
      scmProvider: this.#githubAddress,
    });
  }

  /** Makes an image known to the cluster by its digest; another note, another digest with the same content. */
  async name(
    { repository, archive }: Pick<Image, 'repository' | 'archive'>,
    note = 'as built',
  ): Promise<Image> {
    const image = await byDigest(archive, repository, note);
    await this.cluster.load(image.archive);
    return image;
  }

  /** Names an image as the pipeline does. */
  use(release: string, { repository, digest }: Pick<Image, 'repository' | 'digest'>): void {
    this.repository.write(
      `environments/demo/images/${release}.yaml`,
      `image: {repository: ${repository}, digest: '${digest}'}\n`,
    );
  }

  /** Runs a block of docs/gitops.md as its reader would, with the names of this test. */
  follow(name: string, names: Record<string, string>): Promise<string> {
    return output('bash', ['-euo', 'pipefail', '-c', block(name, names)], {
      cwd: this.repository.path,
      env: { ...this.cluster.env, HELM: tool('helm4') },
    });
  }

  /** The Secrets of a namespace; the embedded server has no login, so its address comes first and is left alone. */
  async secrets(namespace: string): Promise<void> {
    const address = '--from-literal=uri=mongodb://mongodb:27017/records';
    await this.kubectl('create', 'namespace', namespace).catch(() => {});
    await this.kubectl('-n', namespace, 'create', 'secret', 'generic', 'records-mongodb', address).catch(
      () => {},
    );
    await this.follow('secrets', { 'namespace records': `namespace ${namespace}` });
  }

  async applications(): Promise<Application[]> {
    return JSON.parse(await this.inArgocd('get', 'applications', '-o', 'json')).items;
  }

  async application(name: string): Promise<Application> {
    return JSON.parse(await this.inArgocd('get', 'application', name, '-o', 'json'));
  }

  health(name: string, status: string, seconds: number): Promise<boolean> {
    return until(
      async () => (await this.application(name)).status?.health?.status === status,
      `${name} is ${status}`,
      seconds * 1000,
    );
  }

  /** Waits until one Application for each release, and the root, are Synced with this commit, and Healthy. */
  async settled(commit: string, { root = commit, seconds = 120, names = everything } = {}): Promise<void> {
    const wanted = ({ metadata, status }: Application) =>
      status?.sync?.status === 'Synced' &&
      status.health?.status === 'Healthy' &&
      (status.sync.revision ?? status.sync.revisions?.[0]) === (metadata.name === 'demo' ? root : commit) &&
      status.operationState?.phase === 'Succeeded';
    let seen: Application[] = [];
    await until(
      async () => {
        seen = await this.applications();
        return names.every((name) => seen.some((app) => app.metadata.name === name && wanted(app)));
      },
      'every Application is Synced and Healthy',
      seconds * 1000,
    ).catch((error) => {
      throw new Error([error.message, ...seen.map(summary)].join('\n'));
    });
  }

  /** Every object that Argo CD keeps in the namespace, with its version. */
  async versions(): Promise<Record<string, string>> {
    const { items } = JSON.parse(
      await this.inDemo('get', 'deploy,sts,job,svc,cm,sa,netpol,pdb', '-o', 'json'),
    );
    return Object.fromEntries(
      items
        .filter(({ metadata }: Live) => metadata.annotations?.['argocd.argoproj.io/tracking-id'])
        .map(({ kind, metadata }: Live) => [`${kind}/${metadata.name}`, metadata.resourceVersion]),
    );
  }

  /** How many records the API says there are. */
  async count(): Promise<number> {
    const url = `${this.api}/api/v1/records?limit=1&count=true`;
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    if (response.status !== 200) throw new Error(`${response.status}`);
    return Number(response.headers.get('x-total-count'));
  }

  /** Asks for records again and again until it is stopped; gives what went wrong. */
  watchRequests(): { stop(): Promise<string[]> } {
    const failures: string[] = [];
    let running = true;
    const loop = (async () => {
      while (running) {
        await this.count().catch((error: Error) => failures.push(`${error.name} ${error.message}`));
        await new Promise((done) => setTimeout(done, 100));
      }
    })();
    return {
      stop: async () => {
        running = false;
        await loop;
        return failures;
      },
    };
  }
}

function summary({ metadata, status }: Application): string {
  const { sync, health, operationState, conditions } = status ?? {};
  const said = [operationState?.message, ...(conditions ?? []).map(({ message }) => message)];
  return [metadata.name, sync?.status, sync?.revision?.slice(0, 7), health?.status, ...said].join(' ');
}
