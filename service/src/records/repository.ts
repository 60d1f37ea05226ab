import type { Collection, Document, FindOptions } from 'mongodb';
import { ObjectId } from 'mongodb';
import type { Fields } from './fields.ts';
import { afterKeyset } from './keyset.ts';
import { type SortKey, toMongoSort } from './sort.ts';
import type { SortValue } from './sort-value.ts';

export interface RecordQuery {
  filter: Document;
  sort: SortKey[];
  fields: Fields;
}

/** Documents a batch when streaming: at 16 KiB a record some 16 MiB. */
const STREAM_BATCH = 1000;

/** The records of one collection. Records leave it as BSON bytes, which src/bson turns into an answer. */
export class RecordRepository {
  readonly #collection: Collection;
  readonly #maxTimeMS: number;
  readonly #options: FindOptions;

  /**
   * @param collection where the records are
   * @param maxTimeMS how long the database may work on one reply, milliseconds
   */
  constructor(collection: Collection, maxTimeMS: number) {
    this.#collection = collection;
    this.#maxTimeMS = maxTimeMS;
    this.#options = { raw: true, maxTimeMS };
  }

  /**
   * Reads one page.
   * @param query what to read
   * @param limit records a page
   * @param after where the page before it ended
   * @returns the records, and whether more follow
   */
  async page(
    query: RecordQuery,
    limit: number,
    after?: SortValue[],
  ): Promise<{ records: Buffer[]; more: boolean }> {
    const filter = after ? { $and: [query.filter, afterKeyset(query.sort, after)] } : query.filter;
    // One more than asked for tells whether there is a next page.
    const records = await this.#find(query, filter, { limit: limit + 1, batchSize: limit + 1 }).toArray();
    const more = records.length > limit;
    return { records: more ? records.slice(0, limit) : records, more };
  }

  /**
   * Reads all records in bounded memory.
   * @param query what to read
   * @returns the records, a batch at a time
   */
  async *batches(query: RecordQuery): AsyncGenerator<Buffer[]> {
    const cursor = this.#find(query, query.filter, { batchSize: STREAM_BATCH, allowDiskUse: true });
    try {
      while (await cursor.hasNext()) yield cursor.readBufferedDocuments();
    } finally {
      await cursor.close();
    }
  }

  /**
   * Counts records.
   * @param filter which; without one the collection's own figure is taken, which costs nothing
   */
  async count(filter: Document): Promise<number> {
    const options = { maxTimeMS: this.#maxTimeMS };
    if (Object.keys(filter).length === 0) return this.#collection.estimatedDocumentCount(options);
    return this.#collection.countDocuments(filter, options);
  }

  /**
   * Reads one record.
   * @param id what stands in the URL: 24 hex digits are an ObjectId, or else a string or an integer
   * @param fields what of it
   * @returns its bytes, or null where no record has the id
   */
  async findById(id: string, fields: Fields): Promise<Buffer | null> {
    const [first, ...others] = idForms(id);
    const filter: Document = { _id: others.length === 0 ? first : { $in: [first, ...others] } };
    const { projection } = fields;
    const options = projection ? { ...this.#options, projection } : this.#options;
    return (await this.#collection.findOne(filter, options)) as Buffer | null;
  }

  #find(query: RecordQuery, filter: Document, options: FindOptions) {
    const { projection } = query.fields;
    return this.#collection.find<Buffer>(filter, {
      ...this.#options,
      ...options,
      ...(projection && { projection }),
      sort: toMongoSort(query.sort),
    });
  }
}

function idForms(id: string): unknown[] {
  if (/^[0-9a-f]{24}$/i.test(id)) return [new ObjectId(id), id];
  if (/^(0|-?[1-9]\d{0,15})$/.test(id) && Number.isSafeInteger(Number(id))) return [Number(id), id];
  return [id];
}
