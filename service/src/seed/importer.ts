import type { Collection } from 'mongodb';
import { type BatchResult, writeBatch } from './batch-writer.ts';
import { makeDocument, type SeedDocument } from './document.ts';
import type { Lease } from './lease.ts';
import type { Counts } from './ledger.ts';
import type { Patience } from './patience.ts';
import type { RawRecord } from './readers/raw-record.ts';
import { RejectedRecord } from './rejected-record.ts';

/** Limits of one batch: documents, and bytes of their text. */
const BATCH_DOCUMENTS = 1000;
const BATCH_BYTES = 4 * 1024 * 1024;

export interface ImportOptions {
  collection: Collection;
  key: string[];
  lease: Lease;
  patience: Patience;
  signal: AbortSignal;
  /** How far an earlier run came. */
  resume: { position: number; counts: Counts };
  onReject: (number: number, reason: string) => void;
  onProgress: (counts: Counts) => void;
}

/** The records between two acknowledged positions. */
class Batch {
  readonly documents: SeedDocument[] = [];
  rejected = 0;
  #records = 0;
  #bytes = 0;

  get records(): number {
    return this.#records;
  }

  get isFull(): boolean {
    return this.#records >= BATCH_DOCUMENTS || this.#bytes >= BATCH_BYTES;
  }

  /**
   * @param raw the next record
   * @param key as {@link makeDocument} takes it
   * @returns the reason where it is rejected
   */
  add(raw: RawRecord, key: string[]): string | undefined {
    this.#records += 1;
    try {
      const document = makeDocument(raw, key);
      this.#bytes += document.bytes;
      this.documents.push(document);
      return undefined;
    } catch (error) {
      if (!(error instanceof RejectedRecord)) throw error;
      this.rejected += 1;
      return error.message;
    }
  }
}

/** Writes batches and keeps the counts. */
class Importer {
  readonly #options: ImportOptions;
  #counts: Counts;

  constructor(options: ImportOptions) {
    this.#options = options;
    this.#counts = { ...options.resume.counts };
  }

  get counts(): Counts {
    return this.#counts;
  }

  async write(batch: Batch): Promise<void> {
    const { collection, lease, patience, onReject, onProgress } = this.#options;
    let result: BatchResult = { inserted: 0, replaced: 0, unchanged: 0, refused: [] };
    if (batch.documents.length > 0) {
      await lease.assertHeld();
      result = await writeBatch(collection, batch.documents, patience);
    }
    for (const { number, reason } of result.refused) onReject(number, reason);
    const before = this.#counts;
    this.#counts = {
      read: before.read + batch.records,
      inserted: before.inserted + result.inserted,
      replaced: before.replaced + result.replaced,
      unchanged: before.unchanged + result.unchanged,
      rejected: before.rejected + batch.rejected + result.refused.length,
    };
    lease.note({ position: this.#counts.read, counts: this.#counts });
    onProgress(this.#counts);
  }
}

/**
 * Writes the records of a file. The next batch is read while one is written.
 * @param records the file's records, from its start
 * @param options where to, and what to tell
 * @returns what became of all records, those of earlier runs included
 * @throws {LeaseLostError} where somebody else took over
 * @throws the signal's reason when that is given, after the batch that is being written
 */
export async function importRecords(
  records: AsyncIterable<RawRecord[]>,
  options: ImportOptions,
): Promise<Counts> {
  const { key, signal, resume, onReject } = options;
  const importer = new Importer(options);
  let batch = new Batch();
  let writing: Promise<void> = Promise.resolve();
  let skip = resume.position;

  const flush = async () => {
    await writing;
    signal.throwIfAborted();
    writing = importer.write(batch);
    // It is awaited later; until then a failure must not end the process.
    writing.catch(() => {});
    batch = new Batch();
  };

  try {
    for await (const some of records) {
      for (const raw of some.slice(skip)) {
        const reason = batch.add(raw, key);
        if (reason !== undefined) onReject(raw.number, reason);
        if (batch.isFull) await flush();
      }
      skip = Math.max(0, skip - some.length);
      signal.throwIfAborted();
    }
    await flush();
  } finally {
    // What follows, an error too, finds no write under way.
    await writing.catch(() => {});
  }
  await writing;
  return importer.counts;
}
