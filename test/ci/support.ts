import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { until } from '../support/until.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TOOLS = join(ROOT, '.cache/tools');
const AUTHOR = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@b',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@b',
};

export function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'ci-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A repository of the test's own with some files of this one and some that it says. */
export function repository(t: Test, copied: string[], written: Record<string, string> = {}) {
  const folder = temporaryFolder(t);
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: 60_000,
      env: { ...process.env, ...AUTHOR },
    }).trim();
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  const commit = (message: string) => {
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', message);
  };
  git('init', '--quiet', '--initial-branch', 'main');
  for (const path of copied) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  for (const [path, content] of Object.entries(written)) write(path, content);
  commit('first');
  /** Runs a program in it. */
  const run = (command: string, args: string[] = [], env: Record<string, string> = {}) => {
    const { CIRCLE_TAG, RELEASE, ...rest } = process.env;
    const path = `${TOOLS}:${rest.PATH}`;
    const result = spawnSync(command, args, {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...rest, ...AUTHOR, PATH: path, ...env },
    });
    return { status: result.status, output: result.stdout + result.stderr };
  };
  return { folder, git, write, commit, run };
}

/** A registry in memory on this machine; gives its address. */
export async function registry(t: Test): Promise<string> {
  // Into a file: nobody would read a pipe while a script runs, and the registry would stop when it is full.
  const log = join(temporaryFolder(t), 'log');
  const child = spawn(join(TOOLS, 'crane'), ['registry', 'serve', '--address', '127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', openSync(log, 'w')],
  });
  const exited = once(child, 'exit');
  t.teardown(async () => {
    child.kill();
    await exited;
  });
  const port = () => /serving on port (\d+)/.exec(readFileSync(log, 'utf8'))?.[1];
  await until(port, 'the registry serving');
  return `127.0.0.1:${port()}`;
}

export const crane = (...args: string[]) =>
  execFileSync(join(TOOLS, 'crane'), args, { encoding: 'utf8', stdio: 'pipe', timeout: 60_000 }).trim();

/** Writes the least image there is: one empty layer and the given labels. */
export function writeImage(folder: string, architecture: string, labels: Record<string, string> = {}): void {
  const blobs = join(folder, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const blob = (mediaType: string, content: Buffer | string) => {
    const digest = createHash('sha256').update(content).digest('hex');
    writeFileSync(join(blobs, digest), content);
    return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(content) };
  };
  const layer = blob('application/vnd.oci.image.layer.v1.tar', Buffer.alloc(1024));
  const rootfs = { type: 'layers', diff_ids: [layer.digest] };
  const config = { architecture, os: 'linux', config: { Labels: labels }, rootfs };
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: blob('application/vnd.oci.image.config.v1+json', JSON.stringify(config)),
    layers: [layer],
  };
  const descriptor = {
    ...blob(manifest.mediaType, JSON.stringify(manifest)),
    platform: { architecture, os: 'linux' },
  };
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion": "1.0.0"}');
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }));
}
