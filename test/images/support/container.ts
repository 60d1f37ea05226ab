import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { type Image, readImage } from '../../../tools/image/oci-layout.ts';

const CACHE = fileURLToPath(new URL('../../../.cache', import.meta.url));
const IMAGES = process.env.IMAGES_FOLDER ?? join(CACHE, 'images');
/** Namespaces and file owners need root. */
const ROOT = process.getuid?.() === 0 ? [] : ['sudo', '--non-interactive'];

/** Why containers cannot be run here; false where they can. */
export const noContainers: string | false = reason();

function reason(): string | false {
  try {
    execFileSync(...asRoot('runc', '--version'), { stdio: 'ignore' });
    return false;
  } catch {
    return 'no runc (Debian: runc, or containerd), or no root to run it';
  }
}

/** A command as root, for the functions of node:child_process. */
export function asRoot(...command: string[]): [program: string, args: string[]] {
  const [program = '', ...args]: string[] = [...ROOT, ...command];
  return [program, args];
}

/**
 * Where an image is that `make images` wrote, as an OCI layout.
 * @throws {Error} that says so where it has not
 */
export function imageFolder(name: string): string {
  const folder = join(IMAGES, name);
  if (!existsSync(folder)) throw new Error(`there is no image ${name}: run \`make images\` first`);
  return folder;
}

/** That image. */
export const image = (name: string): Image => readImage(imageFolder(name));

/** The image's files as a folder, unpacked once for each digest. */
export function rootOf({ digest, layers }: Image): string {
  const folder = join(CACHE, 'roots', digest.slice('sha256:'.length));
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  for (const { tar } of layers) {
    const unpack = asRoot(
      'tar',
      '--extract',
      '--same-owner',
      '--preserve-permissions',
      '--directory',
      unfinished,
    );
    execFileSync(...unpack, { input: tar });
  }
  try {
    renameSync(unfinished, folder);
  } catch {
    // Another test was faster.
    rmSync(unfinished, { recursive: true });
  }
  return folder;
}

export interface ContainerOptions {
  args?: string[];
  env?: Record<string, string>;
  /** Replaces the image's entrypoint. */
  entrypoint?: string[];
  user?: number;
  /** Folders of the host, by where they are seen. */
  volumes?: Record<string, string>;
  /** A network of its own instead of the host's. */
  ownNetwork?: boolean;
}

export interface Container {
  process: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  exited: Promise<number | null>;
  /** The process on the host. */
  pid: () => number;
  signal: (name: string) => void;
}

/** The specification for runc: read-only, no capability, no privilege to be gained, nothing writable but /tmp. */
function specification(image: Image, root: string, options: ContainerOptions): object {
  const { config } = image.config;
  const user = options.user ?? Number(config.User?.split(':')[0]);
  const variables = Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`);
  const mount = (destination: string, type: string, ...mountOptions: string[]) => ({
    destination,
    type,
    source: type,
    options: ['nosuid', ...mountOptions],
  });
  const bind = ([destination, source]: [string, string]) => ({
    destination,
    type: 'bind',
    source,
    options: ['bind', 'rw'],
  });
  return {
    ociVersion: '1.0.2',
    root: { path: root, readonly: true },
    hostname: 'container',
    process: {
      args: [...(options.entrypoint ?? config.Entrypoint ?? []), ...(options.args ?? config.Cmd ?? [])],
      cwd: '/',
      env: ['PATH=/usr/local/bin:/usr/bin:/bin', ...(config.Env ?? []), ...variables],
      user: { uid: user, gid: user },
      capabilities: { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] },
      noNewPrivileges: true,
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      mount('/dev', 'tmpfs', 'mode=755'),
      mount('/tmp', 'tmpfs', 'nodev', 'mode=1777'),
      ...Object.entries(options.volumes ?? {}).map(bind),
    ],
    linux: {
      namespaces: ['pid', 'mount', 'ipc', 'uts', ...(options.ownNetwork ? ['network'] : [])].map((type) => ({
        type,
      })),
      maskedPaths: ['/proc/kcore', '/proc/keys', '/sys/firmware'],
      readonlyPaths: ['/proc/sys', '/proc/sysrq-trigger'],
    },
  };
}

/**
 * Runs an image by runc as Kubernetes would under Pod Security `restricted`.
 * @param t the test; the container is killed at its end
 */
export function run(t: Test, image: Image, options: ContainerOptions = {}): Container {
  const bundle = mkdtempSync(join(tmpdir(), 'container-'));
  const id = `test-${randomUUID()}`;
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(specification(image, rootOf(image), options)));
  const pidFile = join(bundle, 'pid');
  const child = spawn(...asRoot('runc', 'run', '--bundle', bundle, '--pid-file', pidFile, id), {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const signal = (name: string) => execFileSync(...asRoot('runc', 'kill', id, name), { stdio: 'ignore' });
  t.teardown(async () => {
    if (child.exitCode === null) signal('KILL');
    await exited;
    rmSync(bundle, { recursive: true });
  });
  return {
    process: child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    exited,
    pid: () => Number(readFileSync(pidFile, 'utf8')),
    signal,
  };
}

/** What the kernel says of a container's process: `CapEff`, `NoNewPrivs`, `Uid` ... */
export function statusOf(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/:\s+/) as [string, string]));
}
