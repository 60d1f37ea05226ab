import {
  type AnyBulkWriteOperation,
  type BulkWriteResult,
  type Collection,
  MongoBulkWriteError,
} from 'mongodb';
import type { SeedDocument } from './document.ts';
import type { Patience } from './patience.ts';

const DUPLICATE_KEY = 11000;

export interface BatchResult {
  inserted: number;
  replaced: number;
  unchanged: number;
  /** What MongoDB refused, by a validator or a unique index for instance. */
  refused: { number: number; reason: string }[];
}

interface Attempt {
  result: BulkWriteResult;
  failed: { index: number; code: number }[];
}

const operation = ({ document }: SeedDocument): AnyBulkWriteOperation => ({
  replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true },
});

async function attempt(collection: Collection, batch: SeedDocument[]): Promise<Attempt> {
  try {
    return { result: await collection.bulkWrite(batch.map(operation), { ordered: false }), failed: [] };
  } catch (error) {
    const failed = error instanceof MongoBulkWriteError ? [error.writeErrors].flat() : [];
    if (failed.length === 0) throw error;
    const { result } = error as MongoBulkWriteError;
    return { result, failed: failed.map(({ index, code }) => ({ index, code })) };
  }
}

function count({ result }: Attempt): Omit<BatchResult, 'refused'> {
  const { upsertedCount: inserted, matchedCount, modifiedCount: replaced } = result;
  return { inserted, replaced, unchanged: matchedCount - replaced };
}

/**
 * Writes a batch, each document by its `_id`: a second time changes nothing.
 * @param collection where to
 * @param batch the documents
 * @param patience how long to wait for MongoDB
 * @returns what became of them, once a majority of the servers has them
 * @throws {SeedError} with {@link Exit.unavailable}
 */
export async function writeBatch(
  collection: Collection,
  batch: SeedDocument[],
  patience: Patience,
): Promise<BatchResult> {
  const first = await patience.retry(() => attempt(collection, batch));
  // Two upserts of one new _id at the same time: the one that lost finds it when it tries again.
  const raced = first.failed.filter(({ code }) => code === DUPLICATE_KEY).map(({ index }) => batch[index]!);
  const second =
    raced.length > 0
      ? await patience.retry(() => attempt(collection, raced))
      : { failed: [], result: undefined };

  const total = { ...count(first) };
  if (second.result) {
    const again = count(second);
    total.inserted += again.inserted;
    total.replaced += again.replaced;
    total.unchanged += again.unchanged;
  }
  const refused = [
    ...first.failed
      .filter(({ code }) => code !== DUPLICATE_KEY)
      .map(({ index, code }) => ({ document: batch[index]!, code })),
    ...second.failed.map(({ index, code }) => ({ document: raced[index]!, code })),
  ];
  return {
    ...total,
    // Without MongoDB's message: it quotes values.
    refused: refused.map(({ document, code }) => ({
      number: document.number,
      reason:
        code === DUPLICATE_KEY
          ? 'another record has its value of a unique index'
          : `refused by MongoDB, code ${code}`,
    })),
  };
}
