import type { Readable } from 'node:stream';
import { ConfigError, type MongodbConfig } from '../config.ts';
import { databaseName } from '../mongodb-client.ts';
import type { Arguments } from './arguments.ts';
import { claimDataset } from './claim-dataset.ts';
import { connect } from './connect.ts';
import { describeDataset } from './dataset.ts';
import { Exit, SeedError } from './exit-status.ts';
import { LeaseLostError } from './lease.ts';
import { LEDGER } from './ledger.ts';
import { Patience } from './patience.ts';
import type { Progress } from './progress.ts';

/**
 * Seeds a dataset: waits for MongoDB, and for others at the same work; writes what an earlier run has not.
 * @param args the command line
 * @param config which MongoDB
 * @param stdin standard input
 * @param progress is told how it goes
 * @param signal stops it after the batch that is being written
 * @throws {SeedError} with the exit status
 * @throws {ConfigError} where a setting is wrong
 */
export async function seed(
  args: Arguments,
  config: MongodbConfig,
  stdin: Readable,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  if (config.MONGODB_COLLECTION === LEDGER) {
    throw new ConfigError(`MONGODB_COLLECTION: ${LEDGER} is the collection of the seeder's ledger`);
  }
  const dataset = await describeDataset(args, stdin, signal);
  const patience = new Patience(args.timeoutMs, signal, (reason) =>
    progress.warn(`MongoDB does not answer yet, trying again: ${reason}`),
  );
  const client = await connect(config, args.timeoutMs, patience);
  try {
    const db = client.db(databaseName(config));
    const collection = db.collection(config.MONGODB_COLLECTION);
    const seeding = { args, dataset, db, collection, patience, progress, signal };
    for (;;) {
      try {
        return await claimDataset(seeding);
      } catch (error) {
        if (!(error instanceof LeaseLostError)) throw error;
        if (dataset.bytes === null) {
          throw new SeedError(Exit.unavailable, 'somebody else took over, and a stream cannot be read again');
        }
        progress.warn('this process stood still and somebody else took over');
      }
    }
  } finally {
    await client.close();
  }
}
