import type { Multipart, MultipartFile } from '@fastify/multipart';
import { Problem } from '../errors.ts';

const malformed = (detail: string, cause?: unknown) => new Problem('BODY_INVALID', detail, { cause });

/** Turns what the parser throws into a refusal; what the consumer throws does not pass through here. */
async function* parsed<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (cause) {
    throw malformed(`The form cannot be read: ${(cause as Error).message}`, cause);
  }
}

function requireFile(part: Multipart | undefined): MultipartFile {
  if (!part) throw malformed('The form is empty; send one part named `file`, with a file name');
  if (part.fieldname !== 'file')
    throw malformed(`The part \`${part.fieldname}\` is unknown; send one named \`file\``);
  if (part.type !== 'file' || !part.filename)
    throw malformed('The part `file` needs a file name and content');
  return part;
}

/**
 * Reads a form that has exactly one part, a file named `file`.
 * @param form the parts, from `request.parts()`; the parser must let one byte more pass than `maxBytes`, since it
 *   cuts what is longer without a word
 * @param maxBytes the largest file
 * @returns the file's name as sent, and its content; the content ends only when the whole form was read and is right
 * @throws {Problem} BODY_INVALID; so does the content, and FILE_TOO_LARGE
 */
export async function readUploadForm(form: AsyncIterable<Multipart>, maxBytes: number) {
  const parts = parsed(form);
  const { filename, file } = requireFile((await parts.next()).value);

  async function* content(): AsyncGenerator<Buffer> {
    let length = 0;
    for await (const chunk of parsed<Buffer>(file)) {
      length += chunk.length;
      if (length > maxBytes) throw new Problem('FILE_TOO_LARGE', `The file has more than ${maxBytes} bytes`);
      yield chunk;
    }
    for await (const _ of parts) throw malformed('The form has a second part; send one file a request');
  }
  return { filename, content: content() };
}
