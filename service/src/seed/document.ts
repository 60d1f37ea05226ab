import { isUtf8 } from 'node:buffer';
import { BSON, type Document } from 'mongodb';
import { identify } from './identity.ts';
import type { RawRecord } from './readers/raw-record.ts';
import { RejectedRecord } from './rejected-record.ts';
import { type Fields, parseJson, toBson } from './values.ts';

/** The largest document of MongoDB, bytes; with the update command around it, which the driver counts in. */
const MAX_BSON_BYTES = 16 * 1024 * 1024;
/** BSON is at most some eight times as long as its JSON, so that a shorter text need not be measured. Bytes. */
const ALWAYS_FITS = MAX_BSON_BYTES / 16;

/** A record that is ready to be written. */
export interface SeedDocument {
  number: number;
  /** Length of its text, bytes. */
  bytes: number;
  document: Document;
}

function readText(json: Buffer): Fields {
  // Buffer.toString would put replacement characters in.
  if (!isUtf8(json)) throw new RejectedRecord('not UTF-8');
  const value = parseJson(json.toString());
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RejectedRecord('not a JSON object');
  }
  return value as Fields;
}

/**
 * Makes a document of what a reader found.
 * @param raw one record of the file
 * @param key the fields that a missing `_id` is derived from; none for the whole record
 * @returns the document, with its `_id`
 * @throws {RejectedRecord} with the reason why it cannot be stored
 */
export function makeDocument(raw: RawRecord, key: string[]): SeedDocument {
  if ('reason' in raw) throw new RejectedRecord(raw.reason);
  const isText = 'json' in raw;
  const value = toBson(isText ? readText(raw.json) : raw.fields) as Fields;
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    throw new RejectedRecord('a value of extended JSON, not an object');
  }
  const _id = identify(value, key);
  const document: Document = Object.hasOwn(value, '_id') ? value : { _id, ...value };
  const bytes = isText ? raw.json.length : BSON.calculateObjectSize(document);
  if (bytes > ALWAYS_FITS) {
    const command = { q: { _id }, u: document, multi: false, upsert: true };
    if (BSON.calculateObjectSize(command) >= MAX_BSON_BYTES) {
      throw new RejectedRecord('larger than the 16 MiB of a document');
    }
  }
  return { number: raw.number, bytes, document };
}
