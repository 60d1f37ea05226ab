import { createServer } from 'node:net';
import { Failure } from './failure.ts';

/**
 * Makes sure that a port can be listened on.
 * @param name the variable that it comes from
 * @param host the address to listen on
 * @param port 0 for any
 * @returns the port, or a free one
 * @throws {Failure} with a line that says what to set
 */
export async function requirePort(name: string, host: string, port: number): Promise<number> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'is already in use' : `cannot be listened on (${code})`;
    throw new Failure(`${name}: port ${port} ${reason}; choose another: make run ${name}=${port + 1}`);
  }
  const { port: bound } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return bound;
}
