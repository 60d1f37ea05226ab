/** Answers are cut from slabs: one allocation for many answers spares the garbage collector. Bytes. */
const SLAB_SIZE = 1024 * 1024;
/** A slab with less room than this is left for a new one. Bytes. */
const MIN_ROOM = 64 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const HEX = Buffer.from('0123456789abcdef');

/** Gathers JSON as UTF-8 bytes. Strings of ASCII, nearly all in practice, are copied without ever being decoded. */
export class JsonWriter {
  #bytes = Buffer.allocUnsafeSlow(SLAB_SIZE);
  #start = 0;
  #length = 0;

  /** What was gathered since the last call; it is never written to again. */
  take(): Buffer {
    const taken = this.#bytes.subarray(this.#start, this.#length);
    this.#start = this.#length;
    if (this.#bytes.length - this.#length < MIN_ROOM) {
      this.#bytes = Buffer.allocUnsafeSlow(SLAB_SIZE);
      this.#start = 0;
      this.#length = 0;
    }
    return taken;
  }

  /** Forgets what was gathered since the last call of {@link take}. */
  discard(): void {
    this.#length = this.#start;
  }

  /** A place to {@link truncate} to. */
  get place(): number {
    return this.#length - this.#start;
  }

  /** Takes back what came after a place. */
  truncate(place: number): void {
    this.#length = this.#start + place;
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const gathered = this.#bytes.subarray(this.#start, this.#length);
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(SLAB_SIZE, 2 * (gathered.length + size)));
    gathered.copy(this.#bytes);
    this.#start = 0;
    this.#length = gathered.length;
  }

  /** One byte of syntax. */
  byte(byte: number): void {
    if (this.#length === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  /** Ready-made JSON in ASCII, such as a number. */
  ascii(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#bytes[this.#length++] = text.charCodeAt(i);
  }

  /** Ready-made JSON. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    for (let i = 0; i < bytes.length; i++) this.#bytes[this.#length++] = bytes[i]!;
  }

  /** A JSON string of a text. */
  string(text: string): void {
    this.raw(Buffer.from(JSON.stringify(text)));
  }

  /** A JSON string of UTF-8 bytes; what is not well-formed becomes U+FFFD. */
  utf8(bytes: Buffer, start: number, end: number): void {
    this.#reserve(end - start + 2);
    const target = this.#bytes;
    let length = this.#length;
    target[length++] = QUOTE;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      if (byte < 0x20 || byte === QUOTE || byte === BACKSLASH || byte > 0x7e) {
        this.string(bytes.toString('utf8', start, end));
        return;
      }
      target[length++] = byte;
    }
    target[length++] = QUOTE;
    this.#length = length;
  }

  /** A JSON string of bytes in hexadecimal digits. */
  hex(bytes: Buffer, start: number, end: number): void {
    this.#reserve((end - start) * 2 + 2);
    this.byte(QUOTE);
    for (let i = start; i < end; i++) {
      this.#bytes[this.#length++] = HEX[bytes[i]! >> 4]!;
      this.#bytes[this.#length++] = HEX[bytes[i]! & 15]!;
    }
    this.byte(QUOTE);
  }
}
