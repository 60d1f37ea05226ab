import { MongoClient, type MongoClientOptions, type WriteConcernSettings } from 'mongodb';
import { ConfigError, type MongodbConfig } from './config.ts';

/** How often the driver looks whether a server is there. Milliseconds. */
const HEARTBEAT_MS = 1000;

/**
 * Makes a client that is not connected yet. A server that vanished without a reset is noticed after a heartbeat and a
 * connect timeout, 3 s by default, where the driver's defaults hang for some 30 s; the operations that hang on it are
 * then interrupted.
 * @param config the settings; the connection string may set what they do not
 * @param writeConcern of all writes. Left out where collections have their own: the driver gives it to reads too, and
 *   each then pays some 8 µs for taking it away
 * @returns the client; `client.db(databaseName(config))` is the database
 * @throws {ConfigError} where the connection string cannot be used
 */
export function createMongoClient(config: MongodbConfig, writeConcern?: WriteConcernSettings): MongoClient {
  const options: MongoClientOptions = {
    appName: 'records',
    heartbeatFrequencyMS: HEARTBEAT_MS,
    minHeartbeatFrequencyMS: 500,
    serverSelectionTimeoutMS: config.MONGODB_SELECTION_TIMEOUT_MS,
    waitQueueTimeoutMS: config.MONGODB_SELECTION_TIMEOUT_MS,
    connectTimeoutMS: config.MONGODB_CONNECT_TIMEOUT_MS,
    socketTimeoutMS: config.MONGODB_SOCKET_TIMEOUT_MS,
    maxPoolSize: config.MONGODB_MAX_POOL_SIZE,
    ...(writeConcern && { writeConcern }),
    // Every server can be polled: what the tests show with one is what another does.
    serverMonitoringMode: 'poll',
    retryReads: true,
    retryWrites: true,
  };
  try {
    const client = new MongoClient(config.MONGODB_URI, options);
    client.db(databaseName(config));
    return client;
  } catch (error) {
    // The driver's reason may quote the connection string: it is given only where that holds no password.
    const reason = config.MONGODB_URI.includes('@') ? '' : `: ${(error as Error).message}`;
    throw new ConfigError(`MONGODB_URI: is not a connection string that MongoDB's driver can use${reason}`);
  }
}

/**
 * Names the database.
 * @param config the settings
 * @returns MONGODB_DATABASE, or else the path of the connection string, or else `records`
 */
export function databaseName(config: MongodbConfig): string {
  const path = /^mongodb(?:\+srv)?:\/\/[^/]*\/([^?]+)/.exec(config.MONGODB_URI)?.[1];
  return config.MONGODB_DATABASE || (path && decodeURIComponent(path)) || 'records';
}
