import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startGuarded } from './child.ts';
import { freePort } from './free-port.ts';

/** The least that WiredTiger takes; half of the machine's memory would be its default. GB. */
const CACHE_GB = '0.25';

interface MongodOptions {
  /** The folder that keeps the data; unless given, a temporary one that goes with the process. */
  directory?: string;
  /** The port on 127.0.0.1; a free one unless given. */
  port?: number;
}

/**
 * Starts a real mongod; it may take some seconds until it answers.
 * @param program its path
 */
export async function startMongod(
  program: string,
  { directory, port }: MongodOptions,
): Promise<{ child: Child; port: number; log: string }> {
  const folder = directory ?? mkdtempSync(join(tmpdir(), 'records-mongod-'));
  const log = join(folder, 'mongod.log');
  const listenOn = port || (await freePort());
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const network = ['--bind_ip', '127.0.0.1', '--port', `${listenOn}`, '--nounixsocket'];
  const storage = ['--dbpath', data, '--logpath', log, '--wiredTigerCacheSizeGB', CACHE_GB];
  const child = await startGuarded(program, [...network, ...storage], {
    output: ['ignore', 'inherit'],
    ...(directory ? {} : { remove: folder }),
  });
  return { child, port: listenOn, log };
}
