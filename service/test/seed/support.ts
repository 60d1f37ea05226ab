import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, connect as netConnect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Db, MongoClient } from 'mongodb';
import type { Test } from 'tap';
import type { LedgerEntry } from '../../src/seed/ledger.ts';
import { run, type StopRequest } from '../../src/seed/run.ts';
import { databaseName, mongodbUri } from '../support/mongodb.ts';

const main = join(import.meta.dirname, '../../src/seed/main.ts');

export interface Outcome {
  status: number;
  stdout: string;
  stderr: string;
  /** The messages of the JSON lines on standard output. */
  messages: string[];
}

export interface Workshop {
  db: Db;
  env: Record<string, string>;
  /** Writes a file into the test's folder and returns its path. */
  file(name: string, content: string | Buffer): Promise<string>;
  path(name: string): string;
  /** Runs the seeder in this process. */
  seed(argv: string[], options?: SeedOptions): Promise<Outcome>;
  /** Starts the seeder as a process of its own. */
  start(argv: string[], env?: Record<string, string>): ChildProcess;
  ledger(): Promise<LedgerEntry[]>;
}

interface SeedOptions {
  stdin?: Iterable<string | Buffer> | Readable;
  env?: Record<string, string>;
  signal?: AbortSignal;
  isTTY?: boolean;
}

function messagesOf(stdout: string): string[] {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
}

/** A folder and a database of the test's own, both gone at its end. */
export async function workshop(t: Test): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), 'seed-'));
  const env = { MONGODB_URI: mongodbUri(), MONGODB_DATABASE: databaseName(), MONGODB_COLLECTION: 'records' };
  const client = await new MongoClient(env.MONGODB_URI).connect();
  const db = client.db(env.MONGODB_DATABASE);
  t.teardown(async () => {
    await db.dropDatabase();
    await client.close();
    await rm(folder, { recursive: true });
  });

  const path = (name: string) => join(folder, name);
  return {
    db,
    env,
    path,
    async file(name, content) {
      await writeFile(path(name), content);
      return path(name);
    },
    async seed(argv, options = {}) {
      let stdout = '';
      let stderr = '';
      const { stdin = [] } = options;
      const streams = {
        stdin: stdin instanceof Readable ? stdin : Readable.from([...stdin].map((part) => Buffer.from(part))),
        stdout: { write: (text: string) => (stdout += text) },
        stderr: { write: (text: string) => (stderr += text), isTTY: options.isTTY ?? false },
      };
      const status = await run(argv, { ...env, ...options.env }, streams, options.signal);
      return { status, stdout, stderr, messages: messagesOf(stdout) };
    },
    start: (argv, more = {}) =>
      spawn(process.execPath, [main, ...argv], { env: { ...process.env, ...env, ...more } }),
    ledger: () => db.collection<LedgerEntry>('seeds').find({}).toArray(),
  };
}

/** The end of a process: its exit status and everything it wrote. */
export async function outcome(child: ChildProcess): Promise<Outcome & { signal: string | null }> {
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr!.on('data', (chunk) => {
    stderr += chunk;
  });
  const [status, signal] = (await once(child, 'close')) as [number, string | null];
  return { status, signal, stdout, stderr, messages: messagesOf(stdout) };
}

/** Lines of NDJSON: `count` records with `_id` from 0 and a text of `width` characters. */
export function ndjson(count: number, width = 20): string {
  const text = 'x'.repeat(width);
  let lines = '';
  for (let _id = 0; _id < count; _id += 1) lines += `${JSON.stringify({ _id, name: `name ${_id}`, text })}\n`;
  return lines;
}

/** A stop as a signal of the process causes it. */
export function stopper(request: StopRequest): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, stop: () => controller.abort(request) };
}

/** A way to MongoDB that can be cut, and is cut at the start unless `open`. */
export async function bridge(t: Test, open: boolean) {
  const { hostname, port } = new URL(mongodbUri());
  const sockets = new Set<Socket>();
  let isOpen = open;
  let bytes = 0;
  const server = createServer((near) => {
    if (!isOpen) return near.destroy();
    const far = netConnect(Number(port || 27017), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.on('data', (chunk) => {
        bytes += chunk.length;
      });
      from.pipe(to);
    }
    return undefined;
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  t.teardown(() => {
    cut();
    server.close();
  });
  const { port: own } = server.address() as { port: number };
  return {
    uri: `mongodb://127.0.0.1:${own}/?directConnection=true`,
    /** Bytes that went over it so far. */
    bytes: () => bytes,
    cut,
    open: () => {
      isOpen = true;
    },
  };
}
