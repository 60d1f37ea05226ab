import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ObjectId } from 'mongodb';
import { Type } from 'typebox';
import { Problem } from '../errors.ts';
import { nextLink } from '../next-link.ts';
import { problems } from '../plugins/errors.ts';
import { DEFAULT_LIMIT, FileSchema, ListFilesQuery, toFileJson } from './schemas.ts';

const encodeCursor = (last: ObjectId) => Buffer.from(last.toHexString(), 'hex').toString('base64url');

function decodeCursor(cursor: string): ObjectId {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.length !== 12 || bytes.toString('base64url') !== cursor) {
    throw new Problem('CURSOR_INVALID', 'cursor: cannot be read');
  }
  return new ObjectId(bytes);
}

const response = {
  description: 'The files, newest first.',
  headers: {
    Link: Type.String({ description: 'The next page: `<...>; rel="next"` (RFC 8288); absent on the last.' }),
  },
  content: { 'application/json': { schema: Type.Array(FileSchema) } },
};

/** `GET /files`: a page of what is known of the files, newest first. */
export const listFiles: FastifyPluginAsyncTypebox = async (fastify) => {
  const { files } = fastify;

  fastify.get(
    '/files',
    {
      schema: {
        operationId: 'listFiles',
        tags: ['files'],
        summary: 'List files',
        querystring: ListFilesQuery,
        response: { 200: response, ...problems('PARAMETER_INVALID', 'CURSOR_INVALID') },
      },
    },
    async (request, reply) => {
      const { limit = DEFAULT_LIMIT, cursor } = request.query;
      // One more than asked for tells whether there is a next page.
      const found = await files.list(limit + 1, cursor === undefined ? undefined : decodeCursor(cursor));
      const page = found.slice(0, limit);
      if (found.length > limit) reply.header('link', nextLink(request.url, encodeCursor(page.at(-1)!._id)));
      return reply.header('cache-control', 'private, no-cache').send(page.map(toFileJson));
    },
  );
};
