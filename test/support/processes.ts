import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Test } from 'tap';
import { until } from './until.ts';

/** The environment without what would choose a MongoDB; no download is tried. */
export const bareEnvironment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => {
  const { MONGODB_URI, MONGODB_DATABASE, ...rest } = process.env;
  return { ...rest, MONGOMS_DOWNLOAD_MIRROR: 'https://127.0.0.1:1', ...more };
};

/** A program that runs during a test, with all that it has printed. */
export interface Program {
  process: ChildProcessWithoutNullStreams;
  output: () => string;
  /** Its exit status or the signal that ended it; settles when it has ended. */
  ended: Promise<number | NodeJS.Signals | null>;
  /** Sends a signal to its whole process group, as a terminal does. */
  signal: (signal: NodeJS.Signals) => void;
  /** Waits for a line and gives what the group in the pattern matched. */
  printed: (pattern: RegExp) => Promise<string>;
}

/**
 * Starts a script of ours in a process group of its own; what is left of it goes with the test.
 * @param t the test
 * @param args the script and its arguments
 * @param env its environment
 */
export function startScript(t: Test, args: string[], env: NodeJS.ProcessEnv): Program {
  const child = spawn(process.execPath, args, { env, detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  const signal = (name: NodeJS.Signals) => {
    process.kill(-child.pid!, name);
  };
  t.teardown(() => child.exitCode === null && child.signalCode === null && signal('SIGKILL'));
  const printed = async (pattern: RegExp) => {
    await until(() => pattern.test(output) || child.exitCode !== null, String(pattern), 60_000);
    const match = pattern.exec(output);
    if (!match) throw new Error(`ended without ${pattern}: ${output}`);
    return match[1] ?? match[0];
  };
  return { process: child, output: () => output, ended, signal, printed };
}

/** Whether anybody listens on a port of 127.0.0.1. */
export const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
  });

/**
 * Finds running processes by a variable in their environment (Linux only).
 * @param assignment such as `NAME=value`
 * @returns number and command line of each
 */
export function processesWith(assignment: string): { pid: number; command: string }[] {
  const read = (pid: string, name: string) => {
    try {
      return readFileSync(`/proc/${pid}/${name}`, 'utf8');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(name, 'environ').split('\0').includes(assignment))
    .map((name) => ({ pid: Number(name), command: read(name, 'cmdline').replaceAll('\0', ' ') }))
    .filter(({ command }) => command !== '');
}
