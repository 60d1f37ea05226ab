/** Takes the place of service/test/support/app.ts: what it builds is a container, asked over HTTP. */
import { MongoClient } from 'mongodb';
import type { Test } from 'tap';
import { readConfig } from '../../../service/src/config.ts';
import { databaseName, mongodbUri } from '../../../service/test/support/mongodb.ts';
import { until } from '../../support/until.ts';
import { image, run } from './container.ts';

interface Request {
  url: string;
  method?: string;
  headers?: Record<string, string>;
  payload?: string | Buffer;
}

/** Sends a request as `app.inject` would, and shows the answer as it would. */
async function ask(address: string, { url, method = 'GET', headers = {}, payload }: Request) {
  // Without it, fetch would ask for compressed bodies; inject does not.
  const init = {
    method,
    headers: { 'accept-encoding': 'identity', ...headers },
    redirect: 'manual',
  } as const;
  const response = await fetch(
    new URL(url, address),
    payload === undefined ? init : { ...init, body: payload as string },
  );
  const rawPayload = Buffer.from(await response.arrayBuffer());
  return {
    statusCode: response.status,
    // Some speak of the connection, which inject does not have.
    headers: Object.fromEntries(
      [...response.headers].filter(([name]) => !/^(connection|keep-alive)$/.test(name)),
    ),
    rawPayload,
    body: rawPayload.toString(),
    payload: rawPayload.toString(),
    json: () => JSON.parse(rawPayload.toString()),
  };
}

export async function buildApp(t: Test, env: Record<string, string> = {}) {
  const settings = {
    MONGODB_URI: mongodbUri(),
    MONGODB_DATABASE: databaseName(),
    OVERLOAD_EVENT_LOOP_DELAY_MS: '0',
    ...env,
  };
  const address = {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    SHUTDOWN_DELAY_MS: '0',
  };
  const container = run(t, image('records'), { env: { ...settings, ...address } });
  const url = () => /listening on (http:[^"]+)/.exec(container.stdout())?.[1];
  await until(() => url() ?? container.process.exitCode !== null, 'the image listening', 30_000);
  const client = await MongoClient.connect(settings.MONGODB_URI);
  const db = client.db(settings.MONGODB_DATABASE);
  t.teardown(async () => {
    await db.dropDatabase();
    await client.close();
  });
  await until(async () => (await fetch(`${url()}/readyz`)).ok, 'a connection to the database', 30_000);
  const app = {
    config: readConfig(settings),
    mongo: { client, db },
    databaseSeen: () => true,
    inject: (request: Request | string) =>
      ask(url()!, typeof request === 'string' ? { url: request } : request),
    listen: async () => url()!,
    server: { address: () => ({ port: Number(new URL(url()!).port) }) },
  };
  const log = () => container.stdout().trimEnd().split('\n');
  return {
    app,
    get log() {
      return log();
    },
  };
}
