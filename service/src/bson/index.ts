import { JsonWriter } from './json-writer.ts';
import { type OmitTree, Transcoder } from './to-json.ts';

export type { OmitTree };

// Documents are transcoded synchronously, one answer at a time: one writer serves all requests.
const writer = new JsonWriter();
const transcoder = new Transcoder(writer);

const OPEN = 0x5b;
const CLOSE = 0x5d;
const COMMA = 0x2c;
const NEWLINE = 0x0a;

/** Gives what `write` gathers; after an error nothing of it is left behind. */
function gather(write: () => void): Buffer {
  try {
    write();
    return writer.take();
  } catch (error) {
    writer.discard();
    throw error;
  }
}

/**
 * Turns a BSON document into JSON.
 * @param document one whole document, as the driver gives it with `raw: true`
 * @param omit paths to leave out
 * @returns JSON, UTF-8
 * @throws {TypeError} for a type byte that BSON does not have
 */
export const toJson = (document: Buffer, omit?: OmitTree): Buffer =>
  gather(() => transcoder.document(document, omit));

/** Turns BSON documents into a JSON array; otherwise like {@link toJson}. */
export const toJsonArray = (documents: Buffer[], omit?: OmitTree): Buffer =>
  gather(() => {
    writer.byte(OPEN);
    for (const [index, document] of documents.entries()) {
      if (index > 0) writer.byte(COMMA);
      transcoder.document(document, omit);
    }
    writer.byte(CLOSE);
  });

/** Turns BSON documents into JSON, one a line; otherwise like {@link toJson}. */
export const toJsonLines = (documents: Buffer[], omit?: OmitTree): Buffer =>
  gather(() => {
    for (const document of documents) {
      transcoder.document(document, omit);
      writer.byte(NEWLINE);
    }
  });
