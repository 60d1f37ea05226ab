// Starts the service once, asks it, and keeps what V8 has compiled by then, for the next start: a third faster. Fails the
// build if service or seeder do not start.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const [folder] = process.argv.slice(2);
const PATHS = ['/', '/livez', '/docs/', '/docs/static/swagger-ui.css', '/openapi.json'];
const env = {
  HOST: '127.0.0.1',
  PORT: '0',
  METRICS_PORT: '0',
  SHUTDOWN_DELAY_MS: '0',
  MONGODB_URI: 'mongodb://127.0.0.1:1/none',
};
const KEEP_CODE = `
  const { script } = require('${folder}/start.cjs');
  process.on('exit', () => {
    const { constants, zstdCompressSync } = require('node:zlib');
    const packed = zstdCompressSync(script.createCachedData(), { params: { [constants.ZSTD_c_compressionLevel]: 19 } });
    require('node:fs').writeFileSync('${folder}/service.cjs.code.zst', packed);
  });`;

execFileSync(process.execPath, [`${folder}/start.cjs`, 'seed', '--help'], { env, stdio: ['ignore', 'ignore', 'inherit'] });

// argv is that of a start by the entrypoint.
const service = spawn(process.execPath, ['--eval', `process.argv.splice(1, 0, 'start.cjs');${KEEP_CODE}`, 'service'], {
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const exited = once(service, 'exit');
for await (const line of createInterface({ input: service.stdout })) {
  const [, address] = /listening on (http:[^"]+)/.exec(line) ?? [];
  if (!address) continue;
  for (const path of PATHS) {
    const response = await fetch(address + path);
    if (response.status !== 200) throw new Error(`${path} answers ${response.status}`);
    await response.arrayBuffer();
  }
  service.kill('SIGTERM');
}
const [status] = await exited;
if (status !== 0) throw new Error(`the service exits with ${status}`);
