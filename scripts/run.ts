import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startGuarded } from '../tools/child.ts';
import { EXIT_NO_MONGODB } from '../tools/exit-status.ts';
import { type Mongodb, MongodbMissing, startMongodb } from '../tools/mongodb.ts';
import { Failure } from './run/failure.ts';
import { HELP } from './run/help.ts';
import { requirePort } from './run/ports.ts';
import { findRun, noteRun } from './run/process-file.ts';
import { type RunSettings, readSettings } from './run/settings.ts';
import { Stack, StopAsked } from './run/stack.ts';

const SEEDER = fileURLToPath(new URL('../service/src/seed/main.ts', import.meta.url));
const SERVICE = fileURLToPath(new URL('../service/src/main.ts', import.meta.url));
/** How long the service may take to answer. Milliseconds. */
const READY_TIMEOUT_MS = 30_000;
/** The embedded MongoDB sorts by scanning, which takes seconds for a large collection. Milliseconds. */
const EMBEDDED_SOCKET_TIMEOUT_MS = '30000';

/** What seeder and service are told. What the environment sets goes before what we choose. */
function environment(settings: RunSettings, { uri, kind }: Mongodb): NodeJS.ProcessEnv {
  const namesDatabase = kind === 'external' && /^[^/]*\/\/[^/]*\/[^?]/.test(uri);
  return {
    SHUTDOWN_DELAY_MS: '0',
    ...(namesDatabase ? {} : { MONGODB_DATABASE: settings.database }),
    ...(kind === 'embedded' ? { MONGODB_SOCKET_TIMEOUT_MS: EMBEDDED_SOCKET_TIMEOUT_MS } : {}),
    ...process.env,
    MONGODB_URI: uri,
    PORT: `${settings.port}`,
    METRICS_PORT: `${settings.metricsPort}`,
  };
}

async function seed(
  stack: Stack,
  { dataset, seedOptions }: RunSettings,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const seeder = stack.add(await startGuarded(process.execPath, [SEEDER, dataset, ...seedOptions], { env }));
  const status = await stack.during(seeder.status);
  if (status !== 0)
    throw new Failure(`the dataset was not seeded (exit status ${status}, see above)`, status);
}

async function untilReady(address: string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const answer = await fetch(`${address}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await delay(50);
  }
  throw new Failure(`the service is not ready after ${READY_TIMEOUT_MS} ms`);
}

function announce({ dataset, metricsPort }: RunSettings, address: string, host: string): void {
  console.log(`
Serving ${dataset}

  Records   ${address}/api/v1/records
  Docs      ${address}/docs
  OpenAPI   ${address}/openapi.json
  Metrics   http://${host}:${metricsPort}/metrics

  Try       curl '${address}/api/v1/records?limit=3'
  Stop      Ctrl-C, or \`make stop\` elsewhere
`);
}

async function serve(stack: Stack): Promise<never> {
  const settings = readSettings(process.env);
  const running = findRun(settings.directory);
  if (running) throw new Failure(`it runs already (process ${running.pid}); to stop it: make stop`);
  settings.port = await requirePort('PORT', settings.host, settings.port);
  settings.metricsPort = await requirePort('METRICS_PORT', settings.host, settings.metricsPort);
  process.once('exit', noteRun(settings.directory));

  const mongodb = await startMongodb({ storage: 'disk', directory: settings.directory, log: console.log });
  stack.add(mongodb, 'MongoDB');
  const env = environment(settings, mongodb);
  await seed(stack, settings, env);

  stack.add(await startGuarded(process.execPath, [SERVICE], { env }), 'the service');
  const host = ['0.0.0.0', '::'].includes(settings.host) ? 'localhost' : settings.host;
  const address = `http://${host}:${settings.port}`;
  await stack.during(untilReady(address));
  announce(settings, address, host);
  return stack.during(new Promise<never>(() => {}));
}

if (process.argv.includes('--help')) {
  process.stdout.write(HELP);
  process.exit(0);
}
// A terminal that was closed takes no output any more; that must not keep us from stopping.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const stack = new Stack();
let status = 0;
try {
  await serve(stack);
} catch (error) {
  if (error instanceof StopAsked) console.log(`${error.message}: stopping`);
  else {
    console.error((error as Error).message);
    status = error instanceof Failure ? error.status : error instanceof MongodbMissing ? EXIT_NO_MONGODB : 1;
  }
}
await stack.stop();
process.exit(status);
