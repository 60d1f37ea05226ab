import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { problems } from '../plugins/errors.ts';
import { requireToken, tokenSecurity } from './authorization.ts';
import { fileNotFound, parseFileId } from './file-id.ts';
import { FileId, Nothing } from './schemas.ts';

/** `DELETE /files/{id}`: the file and all of its content. */
export const deleteFile: FastifyPluginAsyncTypebox = async (fastify) => {
  const { files, config } = fastify;

  fastify.delete(
    '/files/:id',
    {
      schema: {
        operationId: 'deleteFile',
        tags: ['files'],
        summary: 'Delete a file',
        security: tokenSecurity(config.UPLOAD_TOKEN),
        params: FileId,
        response: {
          204: Nothing('The file is gone.'),
          ...problems('TOKEN_REQUIRED', 'FILE_NOT_FOUND'),
        },
      },
      onRequest: requireToken(config.UPLOAD_TOKEN),
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!(await files.delete(parseFileId(id)))) throw fileNotFound(id);
      return reply.code(204).send();
    },
  );
};
