import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Exit, SeedError } from './exit-status.ts';
import { importDataset, type Seeding } from './import-dataset.ts';
import { ensureIndexes } from './indexes.ts';
import type { Lease } from './lease.ts';
import { Ledger, type LedgerEntry, noCounts } from './ledger.ts';
import { type Input, openInput } from './readers/open.ts';

type FreshEntry = LedgerEntry & { lease: { owner: string; beat: number } };

function freshEntry({ args, dataset, collection }: Seeding, input: Input): FreshEntry {
  const { collectionName } = collection;
  return {
    _id: `${collectionName}/${dataset.name}`,
    name: dataset.name,
    version: dataset.version,
    collection: collectionName,
    sha256: dataset.sha256,
    format: input.format,
    key: args.key,
    state: 'running',
    position: 0,
    counts: noCounts,
    problem: null,
    startedAt: new Date(),
    finishedAt: null,
    lease: { owner: `${hostname()}/${process.pid}/${randomUUID()}`, beat: 0 },
  };
}

/** Whether an earlier run did, or began, the same work, and its records were not dropped since. */
async function isSameWork(
  { collection, patience }: Seeding,
  entry: LedgerEntry,
  work: LedgerEntry,
): Promise<boolean> {
  const sameOptions = entry.format === work.format && entry.key.join('\0') === work.key.join('\0');
  if (entry.sha256 === null || entry.sha256 !== work.sha256 || !sameOptions) return false;
  const written = entry.counts.inserted + entry.counts.replaced + entry.counts.unchanged;
  return written === 0 || (await patience.retry(() => collection.findOne({}))) !== null;
}

/** Releases the lease with what is known of the end. The error itself matters more than one in here. */
async function giveUp(lease: Lease, error: unknown): Promise<void> {
  const isFinal = error instanceof SeedError && error.exitStatus === Exit.data;
  const changes = isFinal
    ? { state: 'rejected' as const, problem: error.message, finishedAt: new Date() }
    : {};
  await lease.release(changes).catch(() => {});
}

/**
 * Seeds a dataset unless that was done: claims it, imports it, gives it back.
 * @param seeding the dataset and where it goes
 * @throws {SeedError} with the exit status
 * @throws {LeaseLostError} where somebody else took over
 */
export async function claimDataset(seeding: Seeding): Promise<void> {
  const { args, dataset, db, collection, patience, progress, signal } = seeding;
  const input = await openInput(dataset.open(), dataset.file, args.format);
  try {
    const fresh = freshEntry(seeding, input);
    const isDone = async (entry: LedgerEntry) =>
      entry.state === 'complete' && (await isSameWork(seeding, entry, fresh));
    const ledger = new Ledger(db, patience);
    const { previous, lease } = await ledger.claim(fresh, isDone, () =>
      progress.note('somebody else seeds this dataset; waiting for them'),
    );
    if (!lease || (previous && (await isDone(previous)))) {
      await lease?.release().catch(() => {});
      await patience.retry(() => ensureIndexes(collection, dataset.manifest?.indexes ?? []));
      progress.note(
        `nothing to do: ${dataset.name} ${previous?.version} is complete in ${collection.namespace}`,
      );
      return;
    }
    try {
      signal.throwIfAborted();
      const resumes = previous?.state === 'running' && (await isSameWork(seeding, previous, fresh));
      const entry = resumes
        ? { ...fresh, position: previous.position, counts: previous.counts, startedAt: previous.startedAt }
        : fresh;
      const from = entry.position > 0 ? `, from record ${entry.position + 1} on` : '';
      const name = [dataset.name, dataset.version].filter(Boolean).join(' ');
      progress.note(`seeding ${name} into ${collection.namespace}${from}`);
      await importDataset(seeding, input, lease, entry);
      await lease.release().catch(() => {});
    } catch (error) {
      await giveUp(lease, error);
      throw error;
    }
  } finally {
    await input.records.return(undefined);
  }
}
