import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { create as contentDisposition } from 'content-disposition';
import { Type } from 'typebox';
import { problems } from '../plugins/errors.ts';
import { fileNotFound, parseFileId } from './file-id.ts';
import { type ByteRange, isFresh, parseRange } from './range.ts';
import { FileId, Nothing } from './schemas.ts';
import type { FileStorage, StoredFile } from './storage.ts';

const content = { '*/*': { schema: Type.Unsafe<Readable>({ type: 'string', format: 'binary' }) } };
const headers = {
  ETag: Type.String({ description: 'Strong; by the content.' }),
  'Content-Disposition': Type.String({ description: '`attachment` with the name (RFC 6266).' }),
  'Accept-Ranges': Type.String({ description: '`bytes`.' }),
};
const contentRange = Type.String({ description: 'Which bytes these are, and of how many.' });

/** What every answer about a file says, whole, part or unchanged. */
function describe({ uploadDate, filename, metadata }: StoredFile) {
  return {
    etag: `"${metadata.sha256}"`,
    'last-modified': uploadDate.toUTCString(),
    // The content never changes, but a deleted file must not live on in caches.
    'cache-control': 'private, no-cache',
    'accept-ranges': 'bytes',
    'content-disposition': contentDisposition(filename),
    'content-type': metadata.contentType,
    // Somebody else's content must never run as ours.
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  };
}

/** Opens a stream only when its first chunk is there, so that a failure can still become an answer. */
async function open(files: FileStorage, file: StoredFile, range: ByteRange): Promise<Readable> {
  const chunks = files.read(file, range);
  const first = await chunks.next();
  async function* all() {
    if (!first.done) yield first.value;
    yield* chunks;
  }
  return Readable.from(all(), { objectMode: false });
}

/** `GET /files/{id}`: the content, whole or in part, never compressed: ranges count its own bytes. */
export const downloadFile: FastifyPluginAsyncTypebox = async (fastify) => {
  const { files } = fastify;

  fastify.get(
    '/files/:id',
    {
      schema: {
        operationId: 'downloadFile',
        tags: ['files'],
        summary: 'Download a file, or a part of it',
        params: FileId,
        response: {
          200: { description: 'The content.', headers, content },
          206: { description: 'The range.', headers: { ...headers, 'Content-Range': contentRange }, content },
          304: Nothing('The copy that `If-None-Match` names is still good.'),
          ...problems('FILE_NOT_FOUND', 'RANGE_NOT_SATISFIABLE'),
        },
      },
      compress: false,
    },
    async (request, reply) => {
      const { id } = request.params;
      const file = await files.find(parseFileId(id));
      if (!file) throw fileNotFound(id);
      const about = describe(file);
      const validators = { etag: about.etag, lastModified: about['last-modified'] };
      if (isFresh(request.headers, validators)) {
        const { 'content-type': _, 'content-disposition': __, ...rest } = about;
        return reply.headers(rest).code(304).send();
      }

      // Only GET has ranges (RFC 9110, 14.2); a HEAD reads none of the content.
      const isHead = request.method === 'HEAD';
      const range = isHead ? undefined : parseRange(request.headers, file.length, validators);
      const { start, end } = range ?? { start: 0, end: file.length - 1 };
      const stream = isHead ? Readable.from([]) : await open(files, file, { start, end });
      // The headers are out by then: all that is left is to break the connection, so that nobody takes it for whole.
      stream.on('error', (err) => request.log.error({ err }, 'the download was broken off'));
      if (range) reply.code(206).header('content-range', `bytes ${start}-${end}/${file.length}`);
      return reply
        .headers(about)
        .header('content-length', end - start + 1)
        .send(stream);
    },
  );
};
