import multipart from '@fastify/multipart';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Problem } from '../errors.ts';
import { problems } from '../plugins/errors.ts';
import { allowedTypes } from './allowed-types.ts';
import { requireToken, tokenSecurity } from './authorization.ts';
import { checked } from './content-check.ts';
import { drain } from './drain.ts';
import { cleanFileName } from './file-name.ts';
import { FileSchema, toFileJson, UploadForm } from './schemas.ts';
import { readUploadForm } from './upload-form.ts';

/** What a form with one file has besides its content: boundaries and headers. Bytes. */
const FORM_OVERHEAD = 16_384;
/** How many times the largest file a refused client may go on to send, until it looks for the answer. */
const DRAIN_FACTOR = 2;

async function requireForm({ headers }: FastifyRequest): Promise<void> {
  if (/^multipart\/form-data *(;|$)/i.test(headers['content-type'] ?? '')) return;
  throw new Problem('MEDIA_TYPE_UNSUPPORTED', 'Send multipart/form-data with one part named `file`');
}

const response = {
  description: 'The file is stored.',
  headers: { Location: Type.String({ description: 'Where the file can be had.' }) },
  content: { 'application/json': { schema: FileSchema } },
};

/** `POST /files`: streams a file to the database; a refused or cut upload leaves nothing behind. */
export const uploadFile: FastifyPluginAsyncTypebox = async (fastify) => {
  const { files, config, metrics } = fastify;
  const maxBytes = config.UPLOAD_MAX_BYTES;
  const typeOf = allowedTypes(config.UPLOAD_TYPES);
  const limits = { fileSize: maxBytes + 1, parts: 2, fields: 2, fieldSize: 1, headerPairs: 20 };
  await fastify.register(multipart, { limits });

  async function requireSize({ headers }: FastifyRequest): Promise<void> {
    if (Number(headers['content-length'] ?? 0) <= maxBytes + FORM_OVERHEAD) return;
    throw new Problem('FILE_TOO_LARGE', `The file has more than ${maxBytes} bytes`);
  }

  fastify.post(
    '/files',
    {
      schema: {
        operationId: 'uploadFile',
        tags: ['files'],
        summary: 'Upload a file',
        description: `One of ${config.UPLOAD_TYPES}, by extension and content; ${maxBytes} bytes at most.`,
        security: tokenSecurity(config.UPLOAD_TOKEN),
        consumes: ['multipart/form-data'],
        body: UploadForm,
        response: {
          201: response,
          ...problems(
            'BODY_INVALID',
            'TOKEN_REQUIRED',
            'FILE_TOO_LARGE',
            'MEDIA_TYPE_UNSUPPORTED',
            'FILE_TYPE_NOT_ALLOWED',
            'FILE_CONTENT_MISMATCH',
          ),
        },
      },
      // The body is described for readers; it is a stream, which no schema can look at.
      validatorCompiler: () => () => true,
      onRequest: [requireToken(config.UPLOAD_TOKEN), requireForm, requireSize],
      onError: async (request) => drain(request.raw, DRAIN_FACTOR * maxBytes),
    },
    async (request, reply) => {
      const { filename, content } = await readUploadForm(request.parts(), maxBytes);
      const name = cleanFileName(filename);
      const type = typeOf(name);
      const file = await files.store(name, type.contentType, checked(content, type));
      metrics.filesUploaded.inc();
      return reply.code(201).header('location', `${fastify.prefix}/files/${file._id}`).send(toFileJson(file));
    },
  );
};
