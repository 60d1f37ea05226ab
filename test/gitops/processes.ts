import { type ChildProcess, spawn } from 'node:child_process';
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { tool } from '../../scripts/charts/charts.ts';
import { freePort } from '../../tools/free-port.ts';
import { run } from '../charts/support.ts';
import { until } from '../support/until.ts';

const programs = [
  'argocd',
  'argocd-application-controller',
  'argocd-applicationset-controller',
  'argocd-git-ask-pass',
  'argocd-redis',
  'argocd-repo-server',
  'argorender',
];

/** Programs that end with the test, and the folder with their logs. */
export class Processes {
  readonly folder = mkdtempSync(join(tmpdir(), 'argocd-'));
  /** What they all run with: nothing of the caller's git or Argo CD settings. */
  readonly environment: NodeJS.ProcessEnv = {
    HOME: this.folder,
    TMPDIR: this.folder,
    PATH: `${join(this.folder, 'bin')}:${process.env.PATH}`,
    // Commit signatures are not checked here, and failed renders are tried again at once.
    ARGOCD_GPG_ENABLED: 'false',
    ARGOCD_PAUSE_GEN_AFTER_FAILED_ATTEMPTS: '0',
    ARGOCD_TLS_DATA_PATH: join(this.folder, 'tls'),
    ARGOCD_SSH_DATA_PATH: join(this.folder, 'ssh'),
    ARGOCD_ASK_PASS_SOCK: join(this.folder, 'ask.sock'),
    ARGOCD_PLUGINSOCKFILEPATH: join(this.folder, 'plugins'),
  };
  readonly #children: ChildProcess[] = [];

  constructor(t: Test) {
    t.teardown(() => this.stop());
    process.once('SIGTERM', () => process.exit(143));
    const bin = join(this.folder, 'bin');
    mkdirSync(bin);
    symlinkSync(tool('helm4'), join(bin, 'helm'));
    // One program, which acts by the name it is called by (tools/go/argocd).
    for (const name of programs) symlinkSync(tool('argocd'), join(bin, name));
    // Called by name for every commit; with GPG off it has nothing to say.
    writeFileSync(join(bin, 'git-verify-wrapper.sh'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  }

  start(program: string, args: string[], environment: NodeJS.ProcessEnv = {}): void {
    const child = spawn(program, args, {
      env: { ...this.environment, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(join(this.folder, `${program}.log`));
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    child.on('error', (error) => log.write(`${error}\n`));
    process.once('exit', () => child.kill());
    this.#children.push(child);
  }

  log(program: string): string {
    return readFileSync(join(this.folder, `${program}.log`), 'utf8');
  }

  async stop(): Promise<void> {
    const running = this.#children.filter(
      (child) => child.pid && child.exitCode === null && child.signalCode === null,
    );
    await Promise.all(
      running.map(
        (child) =>
          new Promise((done) => {
            child.once('exit', done);
            child.kill();
            setTimeout(() => child.kill('SIGKILL'), 5000).unref();
          }),
      ),
    );
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Redis and a repo-server, as Argo CD runs them; gives both addresses once they answer. */
export async function startRepoServer(processes: Processes): Promise<{ redis: string; repoServer: string }> {
  const [redis, repoServer, metrics] = await Promise.all([freePort(), freePort(), freePort()]);
  const options = ['--port', `${redis}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const program = await redisProgram(processes);
  processes.start(program, program === 'redis-server' ? options : options.slice(0, 2));
  processes.start('argocd-repo-server', [
    ...['--address', '127.0.0.1', '--port', `${repoServer}`],
    ...['--metrics-address', '127.0.0.1', '--metrics-port', `${metrics}`],
    ...['--disable-tls', '--client-ca-path', '', '--redis', `127.0.0.1:${redis}`],
    // Otherwise the commit that a branch stands for is kept for three minutes.
    ...['--revision-cache-expiration', '1s'],
  ]);
  await listening(processes, program, redis);
  await listening(processes, 'argocd-repo-server', repoServer);
  return { redis: `127.0.0.1:${redis}`, repoServer: `127.0.0.1:${repoServer}` };
}

/** The machine's Redis; without one, the stand-in that the Argo CD of tools/go/argocd has built in. */
async function redisProgram({ environment: env }: Processes): Promise<string> {
  if ((await run('redis-server', ['--version'], { env })).code === 0) return 'redis-server';
  if ((await run('argocd-redis', ['--help'], { env })).stdout.includes('miniredis')) return 'argocd-redis';
  throw new Error('redis-server is missing: install it (apt-get install redis-server)');
}

/** The two controllers, on the cluster of KUBECONFIG, in haste: they look at git every few seconds instead of minutes. */
export async function startControllers(
  processes: Processes,
  servers: { redis: string; repoServer: string },
  options: { kubeconfig: string; scmProvider: string },
): Promise<void> {
  const environment = {
    KUBECONFIG: options.kubeconfig,
    ARGOCD_FAKE_IN_CLUSTER: 'true',
    ARGOCD_APPLICATIONSET_CONTROLLER_REQUEUE_AFTER: '3s',
  };
  const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const both = ['--namespace', 'argocd', '--repo-server-plaintext'];
  processes.start(
    'argocd-application-controller',
    [
      ...[...both, '--repo-server', servers.repoServer, '--redis', servers.redis],
      ...['--metrics-port', `${ports[0]}`, '--app-resync', '3', '--app-resync-jitter', '0'],
      ...['--repo-error-grace-period-seconds', '1'],
    ],
    environment,
  );
  processes.start(
    'argocd-applicationset-controller',
    [
      ...[
        ...both,
        '--argocd-repo-server',
        servers.repoServer,
        '--allowed-scm-providers',
        options.scmProvider,
      ],
      ...['--metrics-addr', `127.0.0.1:${ports[1]}`, '--probe-addr', `127.0.0.1:${ports[2]}`],
      ...['--webhook-addr', `127.0.0.1:${ports[3]}`],
    ],
    environment,
  );
  await listening(processes, 'argocd-application-controller', ports[0]);
  await listening(processes, 'argocd-applicationset-controller', ports[2]);
}

export async function listening(processes: Processes, program: string, port: number): Promise<void> {
  await until(
    () =>
      new Promise<boolean>((done) => {
        const socket = connect(port, '127.0.0.1');
        socket.once('connect', () => done(Boolean(socket.destroy()))).once('error', () => done(false));
      }),
    `${program} listens`,
    30_000,
  ).catch((error) => {
    throw new Error(`${error.message}\n${processes.log(program).slice(-2000)}`);
  });
}
