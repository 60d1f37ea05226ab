import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Test } from 'tap';
import { mongodbUri } from './mongodb.ts';

/** The ways in which a database goes: each as a client of it sees it. */
export type Loss =
  /** The process stopped: connections end, new ones are refused. */
  | 'refuse'
  /** Something between answers in its place: connections are reset, new ones too. */
  | 'reset'
  /** The address vanished: nothing answers any more, and nobody says so. */
  | 'swallow';

export interface Forwarder {
  /** The connection string that leads through it. */
  uri: string;
  /** Takes the database away. */
  lose: (how: Loss) => Promise<void>;
  /** Answers wait until `restore`: a slow database. */
  hold: () => void;
  /** Brings the database back; connections that were lost stay lost. */
  restore: () => Promise<void>;
}

/**
 * A TCP forwarder in front of the tests' database.
 * @param t the test that it ends with
 * @param state `away` keeps its port but listens only after `restore`
 */
export async function startForwarder(t: Test, state: 'here' | 'away' = 'here'): Promise<Forwarder> {
  const target = new URL(mongodbUri());
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let mode: 'pass' | 'hold' | Loss = 'pass';
  let server: Server;
  let port = 0;

  function forward(client: Socket): void {
    sockets.add(client.on('error', () => undefined));
    if (mode === 'reset') client.resetAndDestroy();
    if (mode === 'reset' || mode === 'swallow') return;
    const upstream = connect(Number(target.port || 27017), target.hostname);
    sockets.add(upstream.on('error', () => undefined));
    client.on('data', (bytes) => {
      if (mode === 'pass' || mode === 'hold') upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (mode === 'pass') client.write(bytes);
      if (mode === 'hold') held.push(() => client.write(bytes));
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  }

  async function listen(): Promise<void> {
    server = createServer(forward).listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as { port: number });
  }

  function drop(how: 'destroy' | 'resetAndDestroy'): void {
    for (const socket of sockets) socket[how]();
    sockets.clear();
  }

  async function lose(how: Loss): Promise<void> {
    mode = how;
    held.length = 0;
    if (how === 'reset') drop('resetAndDestroy');
    if (how !== 'refuse') return;
    drop('destroy');
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }

  async function restore(): Promise<void> {
    if (mode === 'swallow') drop('destroy');
    mode = 'pass';
    for (const send of held.splice(0)) send();
    if (!server.listening) await listen();
  }

  await listen();
  t.teardown(() => {
    drop('destroy');
    server.close();
  });
  if (state === 'away') await lose('refuse');
  const uri = new URL(target);
  uri.host = `127.0.0.1:${port}`;
  uri.searchParams.set('directConnection', 'true');
  const hold = () => {
    mode = 'hold';
  };
  return { uri: String(uri), lose, hold, restore };
}
