import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { exitStatus } from './exit-status.ts';

const GUARD = fileURLToPath(new URL('guard.sh', import.meta.url));

/** How long a process may take to end; the service's own limit is 20 s. Milliseconds. */
const STOP_TIMEOUT_MS = 30_000;

interface ChildOptions {
  env?: NodeJS.ProcessEnv;
  /** Standard output and standard error; inherited unless given. */
  output?: ['inherit' | 'pipe' | 'ignore', 'inherit' | 'ignore'];
  /** A directory that goes when the process has ended, however it ended. */
  remove?: string;
}

/** A process that cannot outlive this one: it ends when its standard input does, so also when we are killed. */
export interface Child {
  process: ChildProcess;
  /** How it ended, in words; settles when it has. */
  exited: Promise<string>;
  /** Its exit status, or 128 + the signal's number as a shell says it; settles when it has ended. */
  status: Promise<number>;
  /** Asks it to end and waits until it has; one that takes longer than 30 s is killed. */
  stop: () => Promise<void>;
  /** Ends it at once (SIGKILL), with its own children. */
  kill: () => void;
}

/**
 * Starts a program that ends by itself at the end of standard input. It has a process group of its own, so that
 * Ctrl-C on a terminal reaches only us, who know the order in which things stop.
 * @param command the program
 * @param args its arguments
 * @throws {Error} where the program cannot be started
 */
export async function startChild(
  command: string,
  args: string[],
  { env = process.env, output = ['inherit', 'inherit'] }: ChildOptions = {},
): Promise<Child> {
  const child = spawn(command, args, { env, stdio: ['pipe', ...output], detached: true });
  // The pipe breaks when the process ends first, which is nobody's concern.
  child.stdin!.on('error', () => {});
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await once(child, 'spawn');
  const kill = () => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  };
  return {
    process: child,
    exited: ended.then(({ code, signal }) => (signal ? `killed by ${signal}` : `exit status ${code}`)),
    status: ended.then(({ code, signal }) => exitStatus(code, signal)),
    stop: async () => {
      const patience = setTimeout(kill, STOP_TIMEOUT_MS);
      child.stdin!.end();
      await ended;
      clearTimeout(patience);
    },
    kill,
  };
}

/**
 * Starts any program under guard.sh, which ends it at the end of standard input.
 * @param command the program
 * @param args its arguments
 */
export function startGuarded(command: string, args: string[], options: ChildOptions = {}): Promise<Child> {
  const remove = options.remove ? ['--remove', options.remove] : [];
  return startChild('/bin/sh', [GUARD, ...remove, command, ...args], options);
}
