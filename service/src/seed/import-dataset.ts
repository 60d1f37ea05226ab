import type { Collection, Db } from 'mongodb';
import type { Arguments } from './arguments.ts';
import { type Dataset, verifyChecksum } from './dataset.ts';
import { Exit, SeedError } from './exit-status.ts';
import { importRecords } from './importer.ts';
import { ensureIndexes } from './indexes.ts';
import type { Lease } from './lease.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Patience } from './patience.ts';
import type { Progress } from './progress.ts';
import type { Input } from './readers/open.ts';

/** One dataset on its way into one collection. */
export interface Seeding {
  args: Arguments;
  dataset: Dataset;
  db: Db;
  collection: Collection;
  patience: Patience;
  progress: Progress;
  signal: AbortSignal;
}

/**
 * Imports a file under the lease, checks it against its manifest, ensures the indexes and finishes the ledger's entry.
 * @param seeding the dataset and where it goes
 * @param input the file, from its start
 * @param lease the right to do so
 * @param entry where to start from
 * @throws {SeedError} with {@link Exit.data} where the dataset is not complete, {@link Exit.unavailable}
 * @throws {LeaseLostError} where somebody else took over
 */
export async function importDataset(
  seeding: Seeding,
  input: Input,
  lease: Lease,
  entry: LedgerEntry,
): Promise<void> {
  const { args, dataset, collection, patience, progress, signal } = seeding;
  const { _id, lease: _lease, ...start } = entry;
  await lease.save(start);
  progress.start(entry.counts);
  const reading = () => ({ bytesRead: input.bytesRead(), bytesTotal: dataset.bytes });
  const counts = await importRecords(input.records, {
    collection,
    key: args.key,
    lease,
    patience,
    signal,
    resume: entry,
    onReject: (number, reason) =>
      progress.reject(input.format === 'json' ? 'element' : 'line', number, reason),
    onProgress: (now) => progress.update(now, reading()),
  });

  const sha256 = input.sha256();
  const version = dataset.version ?? sha256.slice(0, 12);
  const done = { position: counts.read, counts, sha256, version };
  lease.note(done);
  if (dataset.sha256 !== null && sha256 !== dataset.sha256) {
    throw new SeedError(Exit.data, 'the file changed while it was read');
  }
  verifyChecksum(dataset.manifest, sha256);
  const expected = dataset.manifest?.count ?? counts.read;
  if (counts.read !== expected) {
    throw new SeedError(
      Exit.data,
      `the file has ${counts.read} records, not the ${expected} of its manifest`,
    );
  }
  if (counts.rejected > args.allowRejects) {
    progress.summary('rejected', counts, { dataset: dataset.name, version, sha256 });
    throw new SeedError(
      Exit.data,
      `rejected records: ${counts.rejected}, allowed: ${args.allowRejects} (--allow-rejects); the others are written`,
    );
  }
  // Last, since MongoDB builds an index faster than it keeps one up to date; a run killed before this comes back.
  await patience.retry(() => ensureIndexes(collection, dataset.manifest?.indexes ?? []));
  await lease.save({ ...done, state: 'complete', finishedAt: new Date() });
  progress.summary('complete', counts, { dataset: dataset.name, version, sha256 });
}
