import { type MongoClient, MongoError } from 'mongodb';
import { ConfigError, type MongodbConfig } from '../config.ts';
import { createMongoClient, databaseName } from '../mongodb-client.ts';
import type { Patience } from './patience.ts';

function createClient(config: MongodbConfig, timeoutMs: number): MongoClient {
  try {
    // Building an index or a majority write may take longer than an answer of the API; that the server vanished is
    // noticed by its heartbeat.
    return createMongoClient(
      { ...config, MONGODB_SOCKET_TIMEOUT_MS: timeoutMs },
      { w: 'majority', journal: true },
    );
  } catch {
    // The driver's message may quote the connection string.
    throw new ConfigError('MONGODB_URI: the driver does not understand it');
  }
}

/**
 * Waits for MongoDB.
 * @param config where it is
 * @param timeoutMs how long one reply may take, milliseconds
 * @param patience how long to go on trying
 * @returns a connected client; close it
 * @throws {ConfigError} where the connection string is malformed
 * @throws {SeedError} with {@link Exit.unavailable}
 */
export async function connect(
  config: MongodbConfig,
  timeoutMs: number,
  patience: Patience,
): Promise<MongoClient> {
  const attempt = async () => {
    // A fresh client each time: driver 7 stays dead after a first connect that fails.
    const client = createClient(config, timeoutMs);
    try {
      await client.connect();
      await client.db(databaseName(config)).command({ ping: 1 });
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  };
  // Logins too: a user may be created a moment after the server starts.
  const isOfMongodb = (error: unknown) =>
    error instanceof MongoError || (error instanceof Error && 'syscall' in error);
  return patience.retry(attempt, isOfMongodb);
}
