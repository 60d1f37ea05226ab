import type { Collection } from 'mongodb';
import type { LedgerEntry } from './ledger.ts';
import type { Patience } from './patience.ts';

/** How often the lease beats, and what was done is written down. Milliseconds. */
const BEAT_MS = 2000;

/** Somebody else is at work now: this process stood still for too long. */
export class LeaseLostError extends Error {
  override name = 'LeaseLostError';
}

type Changes = Partial<Omit<LedgerEntry, '_id' | 'lease'>>;

/** The right to work on a dataset. It beats by itself until it is released. */
export class Lease {
  readonly #entries: Collection<LedgerEntry>;
  readonly #mine: { _id: string; 'lease.owner': string };
  readonly #leaseMs: number;
  readonly #patience: Patience;
  readonly #timer: NodeJS.Timeout;
  #beatAt = performance.now();
  #beating = false;
  #lost = false;
  #changes: Changes = {};

  /**
   * @param entries the ledger's collection
   * @param _id the entry
   * @param owner who holds it, as the entry says already
   * @param leaseMs how long without a beat others wait, milliseconds
   * @param patience for the calls that must succeed
   */
  constructor(
    entries: Collection<LedgerEntry>,
    _id: string,
    owner: string,
    leaseMs: number,
    patience: Patience,
  ) {
    this.#entries = entries;
    this.#mine = { _id, 'lease.owner': owner };
    this.#leaseMs = leaseMs;
    this.#patience = patience;
    // A beat that fails is repeated by the next one; writing is what stops without it.
    this.#timer = setInterval(() => void this.#tick(), BEAT_MS);
  }

  /**
   * Notes what is done, for the next beat to write down.
   * @param changes fields of the entry that belong together
   */
  note(changes: Changes): void {
    this.#changes = changes;
  }

  /**
   * Makes sure that nobody else is at work, before each write.
   * @throws {LeaseLostError}
   */
  async assertHeld(): Promise<void> {
    if (!this.#lost && performance.now() - this.#beatAt > this.#leaseMs / 2) await this.save({});
    if (this.#lost) throw new LeaseLostError('somebody else took over');
  }

  /**
   * Writes fields of the entry.
   * @param changes the fields
   * @throws {LeaseLostError}
   */
  async save(changes: Changes): Promise<void> {
    await this.#patience.retry(() => this.#beat(changes));
    if (this.#lost) throw new LeaseLostError('somebody else took over');
  }

  /**
   * Gives the lease back, with the last changes. Never waits for a server that is away: then the lease dies by itself.
   * @param changes fields of the entry
   */
  async release(changes: Changes = {}): Promise<void> {
    clearInterval(this.#timer);
    const $set = { ...this.#changes, ...changes, lease: null };
    if (!this.#lost) await this.#entries.updateOne(this.#mine, { $set });
  }

  async #tick(): Promise<void> {
    if (this.#beating) return;
    this.#beating = true;
    await this.#beat(this.#changes).catch(() => {});
    this.#beating = false;
  }

  async #beat(changes: Changes): Promise<void> {
    const sentAt = performance.now();
    const update = {
      $inc: { 'lease.beat': 1 },
      ...(Object.keys(changes).length > 0 && { $set: changes }),
    };
    const { matchedCount } = await this.#entries.updateOne(this.#mine, update);
    if (matchedCount === 0) this.#lost = true;
    else this.#beatAt = sentAt;
  }
}
