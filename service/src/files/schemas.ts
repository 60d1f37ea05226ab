import { type Static, Type } from 'typebox';
import type { StoredFile } from './storage.ts';

export const DEFAULT_LIMIT = 100;

export const FileSchema = Type.Object(
  {
    id: Type.String({ pattern: '^[0-9a-f]{24}$' }),
    name: Type.String({ description: 'As uploaded, without what could harm.' }),
    length: Type.Integer({ minimum: 0, description: 'Bytes.' }),
    contentType: Type.String({ description: 'By the extension.' }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Of the content, hexadecimal.' }),
    uploadedAt: Type.String({ format: 'date-time' }),
  },
  { additionalProperties: false, description: 'What is known of a file.' },
);

export const FileId = Type.Object({ id: Type.String({ description: 'As in the list of files.' }) });

export const ListFilesQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, default: DEFAULT_LIMIT, description: 'Files a page.' }),
    ),
    cursor: Type.Optional(
      Type.String({
        maxLength: 64,
        description: 'Where the page starts; taken from the `Link` header of the page before it.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const UploadForm = Type.Object(
  { file: Type.String({ format: 'binary', description: 'The only part of the form.' }) },
  { additionalProperties: false },
);

/** An answer without a body. */
export const Nothing = (description: string) => Type.Unsafe<undefined>({ type: 'null', description });

/**
 * Describes a file to callers.
 * @param file as stored
 */
export function toFileJson(file: StoredFile): Static<typeof FileSchema> {
  return {
    id: file._id.toHexString(),
    name: file.filename,
    length: file.length,
    contentType: file.metadata.contentType,
    sha256: file.metadata.sha256,
    uploadedAt: file.uploadDate.toISOString(),
  };
}
