import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Test } from 'tap';
import { until } from '../../../test/support/until.ts';
import { type LogLine, UNREACHABLE } from './offline-app.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;

export interface ServiceProcess {
  child: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  log: () => LogLine[];
  /** The exit status, once it ended; null where a signal ended it. */
  ended: Promise<number | null>;
}

/**
 * Starts `main.ts` as a process of its own.
 * @param t the test; the process is killed at its end
 * @param env settings; free ports, this machine and no database unless they say otherwise
 * @param args arguments of main.ts
 * @param nodeArgs arguments of Node
 */
export function spawnService(
  t: Test,
  env: Record<string, string> = {},
  args: string[] = [],
  nodeArgs: string[] = [],
): ServiceProcess {
  const defaults = { HOST: '127.0.0.1', PORT: '0', METRICS_PORT: '0', SHUTDOWN_DELAY_MS: '0' };
  const child = spawn(process.execPath, [...nodeArgs, MAIN, ...args], {
    env: { ...process.env, MONGODB_URI: UNREACHABLE, ...defaults, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const complete = () => stdout.slice(0, stdout.lastIndexOf('\n') + 1);
  const log = () =>
    complete()
      .split('\n')
      .filter(Boolean)
      .map((line): LogLine => JSON.parse(line));
  return { child, stdout: () => stdout, stderr: () => stderr, log, ended };
}

/** Starts `main.ts` and waits until it listens. */
export async function startService(...args: Parameters<typeof spawnService>) {
  const service = spawnService(...args);
  const find = (text: string) => service.log().find(({ msg }) => msg.startsWith(text));
  await until(() => find('metrics on port'), 'the service listening', 30_000);
  const url = find('listening on')!.msg.replace('listening on ', '');
  return { ...service, url, metricsUrl: `http://127.0.0.1:${find('metrics on port')!.port}/metrics` };
}
