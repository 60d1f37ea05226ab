import fastifyMongodb from '@fastify/mongodb';
import fp from 'fastify-plugin';
import type { MongoClient } from 'mongodb';
import { createMongoClient, databaseName } from '../mongodb-client.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether the database was ever reached; once true it stays so. */
    databaseSeen: () => boolean;
  }
}

/** Between two attempts to connect for the first time. Milliseconds. */
const RETRY_MS = 500;

/**
 * Connects in the background, again and again until it succeeds: the driver's own implicit connect leaves a closed
 * topology behind when it fails. After the first connection the driver reconnects by itself.
 */
async function connect(
  client: MongoClient,
  onFailure: (error: unknown) => void,
  signal: AbortSignal,
): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await client.connect();
      return true;
    } catch (error) {
      if (signal.aborted) break;
      onFailure(error);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
    }
  }
  return false;
}

/** The database: `fastify.mongo`, which may be away at any time; then its operations fail, and errors.ts answers 503. */
export default fp(
  async (fastify) => {
    const client = createMongoClient(fastify.config);
    await fastify.register(fastifyMongodb, { client, database: databaseName(fastify.config) });

    let seen = false;
    fastify.decorate('databaseSeen', () => seen);

    const stop = new AbortController();
    const logFailure = (err: unknown) =>
      fastify.log.warn({ err }, 'MongoDB is not reachable yet; trying again');
    client.on('topologyDescriptionChanged', ({ previousDescription, newDescription }) => {
      if (stop.signal.aborted || previousDescription.hasKnownServers === newDescription.hasKnownServers)
        return;
      if (newDescription.hasKnownServers) fastify.log.info('connected to MongoDB');
      else if (seen) fastify.log.warn('lost the connection to MongoDB');
    });
    fastify.addHook('onReady', (done) => {
      void connect(client, logFailure, stop.signal).then((connected) => {
        seen = connected;
      });
      done();
    });
    fastify.addHook('onClose', async () => {
      stop.abort();
      await client.close();
    });
  },
  { name: 'mongodb' },
);
