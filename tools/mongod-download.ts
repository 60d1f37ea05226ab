import { Agent, request } from 'node:https';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../.cache/mongod', import.meta.url));
/** How long the download site may take to answer before it counts as out of reach. Milliseconds. */
const PROBE_TIMEOUT_MS = 2000;

/**
 * Finds or downloads the mongod that mongodb-memory-server would run: some 100 MB, once.
 * @param log gets a line before the download starts
 * @returns the program's path, or undefined where there is none for this system or its site is out of reach
 * @throws {Error} where the download breaks off
 */
export async function downloadedMongod(log: (line: string) => void): Promise<string | undefined> {
  // Loaded only when needed: it costs a quarter of a second.
  const { DryMongoBinary } = await import('mongodb-memory-server-core/lib/util/DryMongoBinary.js');
  const { MongoBinaryDownloadUrl } = await import(
    'mongodb-memory-server-core/lib/util/MongoBinaryDownloadUrl.js'
  );
  const options = await DryMongoBinary.generateOptions({ version: '', downloadDir: CACHE });
  const cached = await DryMongoBinary.locateBinary(options);
  if (cached) return cached;

  let url: string;
  try {
    url = await new MongoBinaryDownloadUrl(options).getDownloadUrl();
  } catch {
    return undefined;
  }
  if (!(await answers(url))) return undefined;
  log(`downloading mongod ${options.version} ...`);
  // The library verifies certificates only when npm's setting says so.
  process.env.npm_config_strict_ssl = 'true';
  const { MongoBinary } = await import('mongodb-memory-server-core/lib/util/MongoBinary.js');
  return MongoBinary.getPath({ ...options, checkMD5: true });
}

/** Whether the site has the file; asked with the proxy that the download will use. */
async function answers(url: string): Promise<boolean> {
  const agent = new Agent({ proxyEnv: process.env });
  try {
    return await new Promise<boolean>((resolve, reject) => {
      const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
      request(url, { method: 'HEAD', agent, signal }, ({ statusCode }) => resolve(statusCode === 200))
        .on('error', reject)
        .end();
    });
  } catch {
    return false;
  } finally {
    agent.destroy();
  }
}
