import { PassThrough } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import { until } from '../../../test/support/until.ts';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/logger.ts';
import { databaseName, mongodbUri } from './mongodb.ts';

type Environment = Record<string, string>;

/**
 * Builds the real app on a database of its own, which is dropped at the end of the test.
 * @param t the test
 * @param env settings that differ from the defaults
 * @returns the app, connected, not listening, and the log lines that it wrote
 */
export async function buildApp(
  t: Test,
  env: Environment = {},
): Promise<{ app: FastifyInstance; log: string[] }> {
  const log: string[] = [];
  const destination = new PassThrough();
  destination.on('data', (chunk) => log.push(...String(chunk).trimEnd().split('\n')));
  // A busy test machine lags as an overloaded one does; the tests of that switch it on.
  const calm = { OVERLOAD_EVENT_LOOP_DELAY_MS: '0' };
  const config = readConfig({ MONGODB_URI: mongodbUri(), MONGODB_DATABASE: databaseName(), ...calm, ...env });
  const app = await createApp(config, await createLogger(config.LOG_LEVEL, destination));
  t.teardown(async () => {
    if (app.databaseSeen()) await app.mongo.db!.dropDatabase();
    await app.close();
  });
  await app.ready();
  if (!env.MONGODB_URI) await until(() => app.databaseSeen(), 'a connection to the database');
  return { app, log };
}
