import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { toJson } from '../bson/index.ts';
import { Problem } from '../errors.ts';
import { problems } from '../plugins/errors.ts';
import { parseFields, projectFields } from './fields.ts';
import { GetQuery, RecordId, RecordSchema } from './schemas.ts';

/** `GET /records/{id}`: one record; an unknown id answers 404, or an empty 204 by RECORD_NOT_FOUND_STATUS. */
export const getRecord: FastifyPluginAsyncTypebox = async (fastify) => {
  const { records, config } = fastify;
  const emptyWhenUnknown = config.RECORD_NOT_FOUND_STATUS === 204;

  fastify.get(
    '/records/:id',
    {
      schema: {
        operationId: 'getRecord',
        tags: ['records'],
        summary: 'Get a record by its id',
        params: RecordId,
        querystring: GetQuery,
        response: {
          200: { description: 'The record.', content: { 'application/json': { schema: RecordSchema } } },
          ...(emptyWhenUnknown && { 204: Type.Null({ description: 'No record has this id.' }) }),
          ...problems('PARAMETER_INVALID', 'RECORD_NOT_FOUND'),
        },
      },
    },
    async (request, reply) => {
      const fields = projectFields(parseFields(request.query.fields), []);
      const record = await records.findById(request.params.id, fields);
      if (record) {
        reply.header('cache-control', config.CACHE_CONTROL).type('application/json; charset=utf-8');
        // A string goes out in one write with the headers, a buffer in two parts.
        return reply.send(toJson(record).toString());
      }
      if (emptyWhenUnknown) return reply.code(204).send();
      throw new Problem('RECORD_NOT_FOUND', `No record has the id ${request.params.id}`);
    },
  );
};
