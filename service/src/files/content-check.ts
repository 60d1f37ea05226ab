import { fileTypeFromBuffer } from 'file-type/core';
import { Problem } from '../errors.ts';
import { type FileType, knownTypes } from './allowed-types.ts';

/** What file-type needs to see. Bytes. */
const SAMPLE_SIZE = 4100;

const binarySignatures = new Set(Object.values(knownTypes).flatMap(({ signatures }) => signatures));

const mismatch = (why: string) =>
  new Problem('FILE_CONTENT_MISMATCH', `The content does not match the file's extension: ${why}`);

/** Compares the beginning with what the extension promises; text must not begin as a known binary type does. */
async function checkSignature(head: Buffer, { form, signatures }: FileType): Promise<void> {
  const found = (await fileTypeFromBuffer(head))?.ext ?? '';
  if (form === 'binary' ? signatures.includes(found) : !binarySignatures.has(found)) return;
  throw mismatch(found ? `it is ${found}` : 'it is of no known type');
}

/** Text must be UTF-8 without NUL from its first to its last byte; JSON must also begin and end as a value does. */
class TextCheck {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #first = '';
  #last = '';

  #decode(chunk?: Buffer): string {
    try {
      return this.#decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw mismatch('it is not UTF-8 text');
    }
  }

  push(chunk: Buffer): void {
    const text = this.#decode(chunk);
    if (text.includes('\0')) throw mismatch('text has no NUL characters');
    const trimmed = text.trim();
    if (trimmed === '') return;
    this.#first ||= trimmed.charAt(0);
    this.#last = trimmed.charAt(trimmed.length - 1);
  }

  end(form: FileType['form']): void {
    this.#decode();
    // The whole is not parsed: that would take as much memory as the file is large.
    const pair = this.#first + this.#last;
    const looksLikeJson = /^(\{\}|\[\]|""|[-\dtfn][\del])$/.test(pair);
    if (form === 'json' && !looksLikeJson) throw mismatch('it is not JSON');
  }
}

/**
 * Passes content on while it matches its type. Nothing is passed on before the first 4100 bytes were seen.
 * @param content the content, in any pieces
 * @param type what it has to be
 * @throws {Problem} FILE_CONTENT_MISMATCH, perhaps after most of the content was passed on
 */
export async function* checked(content: AsyncIterable<Buffer>, type: FileType): AsyncGenerator<Buffer> {
  const text = type.form === 'binary' ? undefined : new TextCheck();
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of content) {
    text?.push(chunk);
    if (!head) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < SAMPLE_SIZE) continue;
    await checkSignature(head, type);
    yield head;
    head = undefined;
  }
  if (head) {
    await checkSignature(head, type);
    if (head.length > 0) yield head;
  }
  text?.end(type.form);
}
