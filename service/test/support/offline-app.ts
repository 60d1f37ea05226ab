import { PassThrough } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/logger.ts';

/** Nothing listens there. */
export const UNREACHABLE = 'mongodb://127.0.0.1:1/records';

/** A line of the log. */
export type LogLine = Record<string, unknown> & { msg: string };

/**
 * Builds the real app without a database.
 * @param t the test
 * @param env settings that differ from the defaults
 * @param extend adds routes of the test's own
 * @returns the app, not listening, and the lines that it logged so far
 */
export async function buildOfflineApp(
  t: Test,
  env: Record<string, string> = {},
  extend: (app: FastifyInstance) => void = () => undefined,
): Promise<{ app: FastifyInstance; log: () => LogLine[]; text: () => string }> {
  let text = '';
  const destination = new PassThrough();
  destination.on('data', (chunk) => {
    text += chunk;
  });
  const config = readConfig({ MONGODB_URI: UNREACHABLE, MONGODB_SELECTION_TIMEOUT_MS: '100', ...env });
  const app = await createApp(config, await createLogger(config.LOG_LEVEL, destination));
  extend(app);
  t.teardown(() => app.close());
  await app.ready();
  const log = () =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line): LogLine => JSON.parse(line));
  return { app, log, text: () => text };
}

/** Lets an app listen on a free port. */
export async function listen(app: FastifyInstance): Promise<{ port: number; url: string }> {
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url, port: Number(new URL(url).port) };
}

/** The body of a refusal, for whole-body comparisons. */
export function problem(code: string, status: number, title: string, detail = title) {
  return { type: `/errors/${code}`, title, status, detail, instance: String, code };
}
