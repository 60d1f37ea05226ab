import { createHash } from 'node:crypto';
import type { Collection, Db } from 'mongodb';
import { ObjectId } from 'mongodb';
import type { ByteRange } from './range.ts';

/** The bucket's name: its collections are `files.files` and `files.chunks`, and `files.unfinished`, which is ours. */
const BUCKET = 'files';
/** GridFS's own default. Bytes. */
const CHUNK_SIZE = 255 * 1024;

/** A document of `files.files`, as the GridFS specification has it. */
export interface StoredFile {
  _id: ObjectId;
  length: number;
  chunkSize: number;
  uploadDate: Date;
  filename: string;
  metadata: { contentType: string; sha256: string };
}

interface Chunk {
  _id: ObjectId;
  files_id: ObjectId;
  n: number;
  data: Buffer;
}

interface Unfinished {
  _id: ObjectId;
  since: Date;
}

/** Cuts content into pieces of one size, the last one excepted. A piece is overwritten once the next is asked for. */
async function* inChunks(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(CHUNK_SIZE);
  let filled = 0;
  for await (let rest of content) {
    while (rest.length > 0) {
      const copied = rest.copy(buffer, filled);
      filled += copied;
      rest = rest.subarray(copied);
      if (filled < CHUNK_SIZE) continue;
      yield buffer;
      filled = 0;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}

/**
 * Files in GridFS. It writes and reads chunks itself: the driver's streams leave chunks behind when they are aborted
 * during an insert, end without an error when the last chunk is missing, and read 16 MB ahead.
 *
 * What is being written or deleted is noted in `files.unfinished`, so that {@link sweep} can clear what a killed
 * process or a lost database left behind. A file exists from the moment that its document in `files.files` does.
 */
export class FileStorage {
  readonly #files: Collection<StoredFile>;
  readonly #chunks: Collection<Chunk>;
  readonly #unfinished: Collection<Unfinished>;
  #indexed: Promise<string> | undefined;

  /** @param db where the bucket is; every write is acknowledged by a majority, and journaled */
  constructor(db: Db) {
    const options = { writeConcern: { w: 'majority', journal: true }, promoteBuffers: true } as const;
    this.#files = db.collection(`${BUCKET}.files`, options);
    this.#chunks = db.collection(`${BUCKET}.chunks`, options);
    this.#unfinished = db.collection(`${BUCKET}.unfinished`, options);
  }

  /**
   * Stores a file in bounded memory.
   * @param filename its name, clean
   * @param contentType its media type
   * @param content its content; where this throws, nothing is kept
   * @returns the file, durable
   */
  async store(filename: string, contentType: string, content: AsyncIterable<Buffer>): Promise<StoredFile> {
    await this.#ensureIndex();
    const _id = new ObjectId();
    await this.#unfinished.insertOne({ _id, since: new Date() });
    try {
      const written = await this.#writeChunks(_id, content);
      const file = {
        _id,
        length: written.length,
        chunkSize: CHUNK_SIZE,
        uploadDate: new Date(),
        filename,
        metadata: { contentType, sha256: written.sha256 },
      };
      await this.#files.insertOne(file);
      // The file is there by now: what fails here is left to the sweep.
      await this.#unfinished.deleteOne({ _id }).catch(() => undefined);
      return file;
    } catch (error) {
      await this.#discard(_id).catch(() => undefined);
      throw error;
    }
  }

  async #writeChunks(_id: ObjectId, content: AsyncIterable<Buffer>) {
    const hash = createHash('sha256');
    let length = 0;
    let n = 0;
    for await (const data of inChunks(content)) {
      hash.update(data);
      length += data.length;
      await this.#chunks.insertOne({ _id: new ObjectId(), files_id: _id, n: n++, data });
    }
    return { length, sha256: hash.digest('hex') };
  }

  /**
   * Lists files, newest first.
   * @param limit how many at most
   * @param before only files whose id is below this one
   */
  async list(limit: number, before?: ObjectId): Promise<StoredFile[]> {
    const filter = before ? { _id: { $lt: before } } : {};
    return this.#files.find(filter, { sort: { _id: -1 }, limit, batchSize: limit }).toArray();
  }

  /** Finds a file by its id. */
  async find(id: ObjectId): Promise<StoredFile | null> {
    return this.#files.findOne({ _id: id });
  }

  /**
   * Reads a part of a file, one chunk at a time: nothing stays open at the database between two of them, and each
   * read is retried where the primary changes.
   * @param file the file
   * @param range which bytes of it
   * @throws {Error} where a chunk is missing or damaged
   */
  async *read(file: StoredFile, { start, end }: ByteRange): AsyncGenerator<Buffer> {
    for (let n = Math.floor(start / file.chunkSize); n * file.chunkSize <= end; n++) {
      const offset = n * file.chunkSize;
      const chunk = await this.#chunks.findOne({ files_id: file._id, n }, { projection: { data: 1 } });
      if (chunk?.data.length !== Math.min(file.chunkSize, file.length - offset)) {
        throw new Error(`chunk ${n} of file ${file._id} is missing or damaged`);
      }
      yield chunk.data.subarray(Math.max(0, start - offset), end + 1 - offset);
    }
  }

  /**
   * Deletes a file; a download that is under way breaks off.
   * @returns whether there was one
   */
  async delete(id: ObjectId): Promise<boolean> {
    if (!(await this.find(id))) return false;
    await this.#unfinished.updateOne({ _id: id }, { $setOnInsert: { since: new Date() } }, { upsert: true });
    return this.#discard(id);
  }

  /**
   * Clears what unfinished uploads and deletions left behind.
   * @param before only those that began before; must be longer ago than any upload can take
   * @returns how many were cleared
   */
  async sweep(before: Date): Promise<number> {
    const abandoned = await this.#unfinished.find({ since: { $lt: before } }).toArray();
    for (const { _id } of abandoned) {
      // Its document is the last thing that is written of a file, and the first that is deleted.
      if (await this.find(_id)) await this.#unfinished.deleteOne({ _id });
      else await this.#discard(_id);
    }
    return abandoned.length;
  }

  async #discard(id: ObjectId): Promise<boolean> {
    const { deletedCount } = await this.#files.deleteOne({ _id: id });
    await this.#chunks.deleteMany({ files_id: id });
    await this.#unfinished.deleteOne({ _id: id });
    return deletedCount === 1;
  }

  /** The index that reading goes by, and that keeps a chunk from being there twice; made by the first upload. */
  async #ensureIndex(): Promise<void> {
    this.#indexed ??= this.#chunks.createIndex({ files_id: 1, n: 1 }, { unique: true });
    try {
      await this.#indexed;
    } catch (error) {
      this.#indexed = undefined;
      throw error;
    }
  }
}
