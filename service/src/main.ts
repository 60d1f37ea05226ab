import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import { createApp } from './app.ts';
import { ConfigError, EXIT_CONFIG, EXIT_USAGE, readConfig } from './config.ts';
import { createLogger, redact } from './logger.ts';
import { createMetricsServer } from './metrics-server.ts';
import { settingsHelp } from './settings-help.ts';

/** Exit status for anything but usage and settings, an address that is taken for instance. */
const EXIT_FAILURE = 1;

function exit(status: number, line: string): never {
  process.stderr.write(`${redact(line)}\n`);
  process.exit(status);
}

/** Says which setting an address that cannot be had comes from. */
async function listening<T>(setting: string, address: string, started: Promise<T>): Promise<T> {
  try {
    return await started;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return exit(EXIT_FAILURE, `${setting}: cannot listen on ${address} (${code ?? message})`);
  }
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const { HOST, PORT, METRICS_PORT } = config;
  const logger = await createLogger(config.LOG_LEVEL);
  const app = await createApp(config, logger);
  const metricsServer = createMetricsServer(app.metrics.registry);

  closeWithGrace({ delay: config.SHUTDOWN_TIMEOUT_MS, logger }, async ({ signal, err }) => {
    if (err) logger.fatal({ err }, 'stopping because of an error that nobody caught');
    app.startDraining();
    if (signal && !err) {
      logger.info(
        { signal },
        `stopping: serving on for ${config.SHUTDOWN_DELAY_MS} ms while traffic goes elsewhere`,
      );
      await delay(config.SHUTDOWN_DELAY_MS);
    }
    await app.close();
    metricsServer.close();
    metricsServer.closeAllConnections();
    logger.info('stopped');
  });

  metricsServer.listen(METRICS_PORT, HOST);
  await listening('METRICS_PORT', `${HOST}:${METRICS_PORT}`, once(metricsServer, 'listening'));
  const listenTextResolver = (address: string) => `listening on ${address}`;
  await listening('PORT', `${HOST}:${PORT}`, app.listen({ host: HOST, port: PORT, listenTextResolver }));
  const { port } = metricsServer.address() as AddressInfo;
  logger.info({ port, startMs: Math.round(performance.now()) }, `metrics on port ${port}`);
}

const [unknown] = process.argv.slice(2).filter((argument) => argument !== '--help');
if (unknown !== undefined)
  exit(EXIT_USAGE, `${unknown}: unknown argument; everything is set by the environment, see --help`);
if (process.argv.includes('--help')) {
  process.stdout.write(settingsHelp());
  process.exit(0);
}

// Not awaited: the image's bundle is a script, which cannot wait at its top level.
main().catch((error: Error) => {
  if (error instanceof ConfigError) exit(EXIT_CONFIG, error.message);
  exit(EXIT_FAILURE, `cannot start: ${error.message}`);
});
