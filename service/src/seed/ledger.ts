import { type Collection, type Db, MongoServerError } from 'mongodb';
import type { Format } from './arguments.ts';
import { Lease } from './lease.ts';
import type { Patience } from './patience.ts';

/** The collection that the ledger is. */
export const LEDGER = 'seeds';

const DUPLICATE_KEY = 11000;
const POLL_MS = 500;
/** How long a lease must stand still to be taken from its owner, who is then dead or cut off. Milliseconds. */
export const LEASE_MS = 10_000;

export interface Counts {
  read: number;
  inserted: number;
  replaced: number;
  unchanged: number;
  rejected: number;
}

export const noCounts: Counts = { read: 0, inserted: 0, replaced: 0, unchanged: 0, rejected: 0 };

/** What makes two seedings the same work. */
export interface Work {
  /** Of the file; null while it is unknown, as for standard input. */
  sha256: string | null;
  format: Format;
  key: string[];
}

/** One dataset in one collection. */
export interface LedgerEntry extends Work {
  /** `<collection>/<name>` */
  _id: string;
  name: string;
  version: string | null;
  collection: string;
  state: 'running' | 'complete' | 'rejected';
  /** Records of the file that are done with: written and acknowledged, or rejected. */
  position: number;
  counts: Counts;
  /** Why the state is `rejected`. */
  problem: string | null;
  startedAt: Date;
  finishedAt: Date | null;
  /** Who is at work; the beat goes up while they live. */
  lease: { owner: string; beat: number } | null;
}

/** The entries of finished and unfinished seedings, and who is at work on one. */
export class Ledger {
  readonly #entries: Collection<LedgerEntry>;
  readonly #patience: Patience;

  /**
   * @param db the database, which also holds the records
   * @param patience for waiting
   */
  constructor(db: Db, patience: Patience) {
    this.#entries = db.collection<LedgerEntry>(LEDGER);
    this.#patience = patience;
  }

  /**
   * Becomes the only one at work on a dataset. Waits while somebody else is, and takes over from the dead.
   * No clock is compared with another machine's: a lease is dead when its beat stood still under our eyes.
   * @param fresh the entry for a dataset that is not in the ledger yet, its `lease` being ours
   * @param isDone whether an entry leaves nothing to do
   * @param onWait is called once where somebody else is at work
   * @returns the entry as it was before (null where there was none) and the lease; no lease where all is done
   */
  async claim(
    fresh: LedgerEntry & { lease: { owner: string } },
    isDone: (entry: LedgerEntry) => Promise<boolean>,
    onWait: () => void,
  ): Promise<{ previous: LedgerEntry | null; lease: Lease | null }> {
    const { _id } = fresh;
    const lease = () => new Lease(this.#entries, _id, fresh.lease.owner, LEASE_MS, this.#patience);
    let seen = { owner: '', beat: -1, since: 0 };

    for (;;) {
      const entry = await this.#patience.retry(() => this.#entries.findOne({ _id }));
      if (!entry) {
        if (await this.#insert(fresh)) return { previous: null, lease: lease() };
        continue;
      }
      if (!entry.lease) {
        if (await isDone(entry)) return { previous: entry, lease: null };
        if (await this.#take(_id, null, fresh.lease)) return { previous: entry, lease: lease() };
        continue;
      }
      const { owner, beat } = entry.lease;
      const now = performance.now();
      if (owner === fresh.lease.owner) return { previous: entry, lease: lease() };
      if (seen.owner !== owner || seen.beat !== beat) {
        if (seen.owner === '') onWait();
        seen = { owner, beat, since: now };
      } else if (now - seen.since > LEASE_MS && (await this.#take(_id, entry.lease, fresh.lease))) {
        return { previous: entry, lease: lease() };
      }
      await this.#patience.wait(POLL_MS);
    }
  }

  async #insert(entry: LedgerEntry): Promise<boolean> {
    try {
      await this.#patience.retry(() => this.#entries.insertOne(entry));
      return true;
    } catch (error) {
      if (error instanceof MongoServerError && error.code === DUPLICATE_KEY) return false;
      throw error;
    }
  }

  async #take(
    _id: string,
    from: LedgerEntry['lease'],
    lease: NonNullable<LedgerEntry['lease']>,
  ): Promise<boolean> {
    const filter = from ? { _id, 'lease.owner': from.owner, 'lease.beat': from.beat } : { _id, lease: null };
    const result = await this.#patience.retry(() => this.#entries.updateOne(filter, { $set: { lease } }));
    return result.matchedCount === 1;
  }
}
