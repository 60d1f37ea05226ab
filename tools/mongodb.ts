import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { redact } from '../service/src/logger.ts';
import type { Child } from './child.ts';
import { EmbeddedMissing } from './embedded-mongodb/install.ts';
import { EMBEDDED_VERSION, startEmbedded } from './embedded-mongodb/start.ts';
import { startMongod } from './mongod.ts';
import { downloadedMongod } from './mongod-download.ts';
import { findProgram } from './programs.ts';

/** How long a MongoDB that is said to be there may take to answer, and one that we start. Milliseconds. */
const EXTERNAL_TIMEOUT_MS = 5000;
const START_TIMEOUT_MS = 30_000;

export type MongodbKind = 'external' | 'mongod' | 'downloaded' | 'embedded';

/** No MongoDB can be had here; the message is one line that says what to install or to set. */
export class MongodbMissing extends Error {
  override name = 'MongodbMissing';
}

/** A MongoDB to work with. */
export interface Mongodb {
  /** The connection string; may hold a password. */
  uri: string;
  kind: MongodbKind;
  /** The server's version; the embedded one's says whose it is. */
  version: string;
  /** How it ended, in words; settles when it has, never for one that somebody else runs. */
  exited: Promise<string>;
  /** Stops what was started here and waits until it has ended. */
  stop: () => Promise<void>;
  /** Ends what was started here at once. */
  kill: () => void;
}

/** On disk the data is kept in the directory, each kind's in files of its own. */
type Storage = { storage: 'memory' } | { storage: 'disk'; directory: string };

type MongodbOptions = Storage & {
  /** The port on 127.0.0.1; a free one unless given. */
  port?: number;
  /** Gets one line that says which MongoDB it is; standard error unless given. */
  log?: (line: string) => void;
};

/**
 * Finds or starts a MongoDB, the first of these that is there: MONGODB_URI; a mongod on PATH; a downloaded mongod;
 * the embedded one. It ends with this process, however that ends.
 * @throws {MongodbMissing} where none can be had, or MONGODB_URI does not answer
 */
export async function startMongodb(options: MongodbOptions): Promise<Mongodb> {
  const { port = 0, log = (line: string) => process.stderr.write(`${line}\n`) } = options;
  const directory = options.storage === 'disk' ? { directory: options.directory } : {};
  const mongodb = await first({ ...directory, port, log });
  log(`MongoDB: ${describe(mongodb)}`);
  return mongodb;
}

interface Options {
  directory?: string;
  /** 0 for a free one. */
  port: number;
  log: (line: string) => void;
}

async function first(options: Options): Promise<Mongodb> {
  const uri = process.env.MONGODB_URI;
  if (uri) return external(uri);

  const onPath = findProgram('mongod');
  if (onPath) return fromProgram('mongod', onPath, options);

  const downloaded = await downloadedMongod(options.log).catch((error: Error) => {
    options.log(`mongod cannot be downloaded: ${error.message}`);
    return undefined;
  });
  if (downloaded) return fromProgram('downloaded', downloaded, options);

  return embedded(options);
}

async function external(uri: string): Promise<Mongodb> {
  try {
    const version = await askVersion(uri, EXTERNAL_TIMEOUT_MS);
    const nothing = () => {};
    return {
      uri,
      kind: 'external',
      version,
      exited: new Promise(nothing),
      stop: async () => {},
      kill: nothing,
    };
  } catch (error) {
    throw new MongodbMissing(
      redact(`MONGODB_URI: ${uri} cannot be used (${(error as Error).message}); correct or unset it`),
    );
  }
}

async function fromProgram(
  kind: 'mongod' | 'downloaded',
  program: string,
  { directory, port }: Options,
): Promise<Mongodb> {
  const started = await startMongod(program, {
    ...(directory ? { directory: join(directory, 'mongod') } : {}),
    port,
  });
  const uri = `mongodb://127.0.0.1:${started.port}`;
  const dead = started.child.exited.then((how) => {
    throw new Error(`${program} did not start (${how}); see ${started.log}`);
  });
  const version = await Promise.race([askVersion(uri, START_TIMEOUT_MS), dead]);
  return { uri, kind, version, ...lifetime(started.child) };
}

async function embedded({ directory, port, log }: Options): Promise<Mongodb> {
  try {
    if (directory) mkdirSync(directory, { recursive: true });
    const started = await startEmbedded({
      ...(directory ? { file: join(directory, 'embedded.h2') } : {}),
      port,
      log,
    });
    const uri = `mongodb://127.0.0.1:${started.port}`;
    const version = `mongo-java-server ${EMBEDDED_VERSION}, as MongoDB ${await askVersion(uri, START_TIMEOUT_MS)}`;
    return { uri, kind: 'embedded', version, ...lifetime(started.child) };
  } catch (error) {
    if (!(error instanceof EmbeddedMissing)) throw error;
    throw new MongodbMissing(
      `no MongoDB: set MONGODB_URI, or install mongod, or have what the embedded one needs (${error.message})`,
    );
  }
}

const lifetime = ({ exited, stop, kill }: Child) => ({ exited, stop, kill });

async function askVersion(uri: string, timeoutMs: number): Promise<string> {
  const client = new MongoClient(uri, {
    serverSelectionTimeoutMS: timeoutMs,
    heartbeatFrequencyMS: 500,
    minHeartbeatFrequencyMS: 50,
  });
  try {
    const { version } = await client.db('admin').command({ buildInfo: 1 });
    return String(version);
  } finally {
    await client.close();
  }
}

function describe({ kind, version, uri }: Mongodb): string {
  const where = redact(uri);
  if (kind === 'external') return `${version} at MONGODB_URI, ${where}`;
  if (kind === 'embedded') return `embedded, for development only: ${version}, ${where}`;
  return `mongod ${version} ${kind === 'mongod' ? 'from PATH' : 'downloaded'}, ${where}`;
}
