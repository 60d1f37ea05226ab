import { createInterface } from 'node:readline';
import { type Child, startChild } from '../child.ts';
import { installEmbedded } from './install.ts';

/** mongo-java-server's version: pom.xml has it, and a test compares. */
export const EMBEDDED_VERSION = '1.47.0';

/** Quick to start and small; 512 MB hold 200,000 documents of 271 bytes in memory. */
const JAVA_OPTIONS = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];

interface EmbeddedOptions {
  /** The file that keeps the data; memory unless given. */
  file?: string;
  /** The port on 127.0.0.1; a free one unless given. */
  port?: number;
  log?: (line: string) => void;
}

/**
 * Starts the embedded MongoDB and waits until it listens.
 * @throws {EmbeddedMissing} where Java or Maven is missing
 * @throws {Error} where it does not start; it said why on standard error
 */
export async function startEmbedded({ file, port = 0, log }: EmbeddedOptions = {}): Promise<{
  child: Child;
  port: number;
}> {
  const { java, classpath } = await installEmbedded(log ? { log } : {});
  const storage = file ? ['--file', file] : ['--memory'];
  const args = [...JAVA_OPTIONS, '-cp', classpath, 'EmbeddedMongodb', '--port', `${port}`, ...storage];
  const child = await startChild(java, args, { output: ['pipe', 'inherit'] });
  const lines = createInterface({ input: child.process.stdout! });
  const line = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    void child.exited.then((how) => reject(new Error(`the embedded MongoDB did not start (${how})`)));
  });
  return { child, port: (JSON.parse(line) as { port: number }).port };
}
