/**
 * The longest text of one record, bytes. MongoDB's documents end at 16 MiB; a line without end must not fill the memory.
 */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;

/** What a reader makes of one record: its text, its fields (CSV), or the reason why it is none. */
export type RawRecord = {
  /** Where it is in the file: the line it starts on, or its place in the JSON array; from 1. */
  number: number;
} & ({ json: Buffer } | { fields: Record<string, unknown> } | { reason: string });

export const TOO_LONG = `longer than ${MAX_RECORD_BYTES / 1024 / 1024} MiB`;

const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * Says whether a text has nothing in it.
 * @param text UTF-8
 * @returns true where it is empty or white space
 */
export function isBlank(text: Buffer): boolean {
  for (const byte of text) if (!isSpace(byte)) return false;
  return true;
}

/** Puts a record together that arrives in pieces, and forgets the pieces once it is too long. */
export class RecordBuffer {
  #pieces: Buffer[] = [];
  #length = 0;

  get isTooLong(): boolean {
    return this.#length > MAX_RECORD_BYTES;
  }

  /** @param piece the next part of the record */
  append(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#length += piece.length;
    if (this.isTooLong) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  /**
   * Ends the record.
   * @returns its text, or undefined where it was too long
   */
  take(): Buffer | undefined {
    const text = this.isTooLong
      ? undefined
      : this.#pieces.length === 1
        ? this.#pieces[0]
        : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#length = 0;
    return text;
  }
}
