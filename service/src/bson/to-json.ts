import { Decimal128 } from 'mongodb';
import type { JsonWriter } from './json-writer.ts';
import { type Key, readKey } from './keys.ts';

/** The paths to leave out of a document, as a tree; `true` leaves out the whole field. */
export type OmitTree = Map<string, OmitTree | true>;

const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY, COMMA] = Buffer.from(
  '{}[],',
) as unknown as number[];

/**
 * Turns BSON into JSON without making objects in between: ObjectId -> hex, Date -> RFC 3339, Int64 -> number when safe
 * or else string, Decimal128 -> string, Binary -> base64, NaN and Infinity -> null (docs/api.md).
 */
export class Transcoder {
  readonly #out: JsonWriter;
  #bytes: Buffer = Buffer.alloc(0);
  #position = 0;

  /** @param out where the JSON goes */
  constructor(out: JsonWriter) {
    this.#out = out;
  }

  /**
   * Writes one document, its fields in their stored order.
   * @param bytes the whole document, as the driver gives it with `raw: true`
   * @param omit paths to leave out
   * @throws {TypeError} for a type byte that BSON does not have
   */
  document(bytes: Buffer, omit?: OmitTree): void {
    this.#bytes = bytes;
    this.#position = 0;
    this.#document(omit);
  }

  #document(omit: OmitTree | undefined): void {
    const out = this.#out;
    this.#position += 4;
    out.byte(OPEN_OBJECT!);
    let first = true;
    for (let type = this.#byte(); type !== 0; type = this.#byte()) {
      const key: Key = readKey(this.#bytes, this.#position);
      this.#position += key.bytes.length + 1;
      const start = out.place;
      const below = omit?.get(key.name);
      if (!first) out.byte(COMMA!);
      out.raw(key.json);
      this.#value(type, below === true ? undefined : below);
      if (below === true) out.truncate(start);
      else first = false;
    }
    out.byte(CLOSE_OBJECT!);
  }

  #array(omit: OmitTree | undefined): void {
    this.#position += 4;
    this.#out.byte(OPEN_ARRAY!);
    let first = true;
    for (let type = this.#byte(); type !== 0; type = this.#byte()) {
      while (this.#byte() !== 0); // the index is not part of JSON
      if (!first) this.#out.byte(COMMA!);
      first = false;
      this.#value(type, omit);
    }
    this.#out.byte(CLOSE_ARRAY!);
  }

  /** One value; the type bytes are those of the BSON specification (bsonspec.org). */
  #value(type: number, omit: OmitTree | undefined): void {
    switch (type) {
      case 0x01:
        return this.#double();
      case 0x02: // string
      case 0x0d: // JavaScript code
      case 0x0e: // symbol
        return this.#string();
      case 0x03:
        return this.#document(omit);
      case 0x04:
        return this.#array(omit);
      case 0x05:
        return this.#binary();
      case 0x07:
        return this.#out.hex(this.#bytes, this.#position, this.#skip(12));
      case 0x08:
        return this.#out.ascii(this.#byte() === 0 ? 'false' : 'true');
      case 0x09:
        return this.#date();
      case 0x0b:
        return this.#out.string(`/${this.#cstring()}/${this.#cstring()}`);
      case 0x0c: // DBPointer: a namespace, then the id
        this.#skip(4 + this.#bytes.readInt32LE(this.#position));
        return this.#out.hex(this.#bytes, this.#position, this.#skip(12));
      case 0x0f: // code with scope: its length, the code, the scope
        return this.#codeWithScope();
      case 0x10:
        return this.#out.ascii(String(this.#bytes.readInt32LE(this.#skip(4) - 4)));
      case 0x11: // timestamp: increment, then seconds
        this.#skip(8);
        return this.#out.ascii(
          `"${this.#bytes.readUInt32LE(this.#position - 4)}:${this.#bytes.readUInt32LE(this.#position - 8)}"`,
        );
      case 0x12:
        return this.#int64();
      case 0x13:
        return this.#out.ascii(`"${new Decimal128(this.#bytes.subarray(this.#position, this.#skip(16)))}"`);
      case 0x06: // undefined
      case 0x0a: // null
      case 0x7f: // MaxKey
      case 0xff: // MinKey
        return this.#out.ascii('null');
      default:
        throw new TypeError(`BSON type 0x${type.toString(16)} is not known`);
    }
  }

  #byte(): number {
    return this.#bytes[this.#position++]!;
  }

  /** Moves on. @returns the new position */
  #skip(size: number): number {
    this.#position += size;
    return this.#position;
  }

  #double(): void {
    const value = this.#bytes.readDoubleLE(this.#skip(8) - 8);
    this.#out.ascii(Number.isFinite(value) ? String(value) : 'null');
  }

  #string(): void {
    const size = this.#bytes.readInt32LE(this.#position);
    const start = this.#position + 4;
    this.#out.utf8(this.#bytes, start, this.#skip(4 + size) - 1);
  }

  #cstring(): string {
    const start = this.#position;
    const end = this.#bytes.indexOf(0, start);
    this.#position = end + 1;
    return this.#bytes.toString('utf8', start, end);
  }

  #codeWithScope(): void {
    const end = this.#position + this.#bytes.readInt32LE(this.#position);
    this.#skip(4);
    this.#string();
    this.#position = end;
  }

  #binary(): void {
    const size = this.#bytes.readInt32LE(this.#position);
    const start = this.#position + 5; // the length, then the subtype
    this.#out.ascii(`"${this.#bytes.toString('base64', start, this.#skip(5 + size))}"`);
  }

  #date(): void {
    const date = new Date(Number(this.#bytes.readBigInt64LE(this.#skip(8) - 8)));
    this.#out.ascii(Number.isNaN(date.getTime()) ? 'null' : `"${date.toISOString()}"`);
  }

  #int64(): void {
    const value = this.#bytes.readBigInt64LE(this.#skip(8) - 8);
    const safe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
    this.#out.ascii(safe ? String(value) : `"${value}"`);
  }
}
