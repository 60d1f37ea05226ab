import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import { toJsonArray, toJsonLines } from '../bson/index.ts';
import { Problem } from '../errors.ts';
import { nextLink } from '../next-link.ts';
import { problems } from '../plugins/errors.ts';
import { csvLines } from './csv.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { parseFields, projectFields } from './fields.ts';
import { parseFilters } from './filters.ts';
import type { RecordQuery, RecordRepository } from './repository.ts';
import { DEFAULT_LIMIT, LIST_DESCRIPTION, ListQuery, listResponse } from './schemas.ts';
import { parseSort } from './sort.ts';

const MEDIA_TYPES = ['application/json', 'application/x-ndjson', 'text/csv'] as const;

async function* ndjsonLines(records: RecordRepository, query: RecordQuery): AsyncGenerator<Buffer> {
  for await (const batch of records.batches(query)) yield toJsonLines(batch, query.fields.omit);
}

/** Starts a stream only when its first chunk is there, so that a refusal can still become an answer. */
async function streamOf(lines: AsyncGenerator<string | Buffer>, log: FastifyBaseLogger): Promise<Readable> {
  const first = await lines.next();
  async function* all() {
    if (!first.done) yield first.value;
    yield* lines;
  }
  const stream = Readable.from(all(), { objectMode: false });
  // Too late for an answer: the connection is cut, which tells the client, and this tells the operator.
  return stream.once('error', (error) => log.warn({ err: error }, 'export cut short'));
}

/** What the parameters ask for, apart from the page. */
function parseQuery({ sort, fields, limit, cursor, count, ...filters }: ListQuery) {
  return { keys: parseSort(sort), paths: parseFields(fields), filter: parseFilters(filters) };
}

/** `GET /records`: a page as JSON, or the whole result as NDJSON or CSV. */
export const listRecords: FastifyPluginAsyncTypebox = async (fastify) => {
  const { records, config } = fastify;

  async function sendPage(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { limit = DEFAULT_LIMIT, cursor, count } = request.query as ListQuery;
    const { keys, paths, filter } = parseQuery(request.query as ListQuery);
    const query = { filter, sort: keys, fields: projectFields(paths, keys) };
    const after = cursor === undefined ? undefined : decodeCursor(keys, cursor);
    const [page, total] = await Promise.all([
      records.page(query, limit, after),
      count ? records.count(filter) : undefined,
    ]);
    if (total !== undefined) reply.header('x-total-count', total);
    if (page.more) reply.header('link', nextLink(request.url, encodeCursor(keys, page.records.at(-1)!)));
    return reply.type('application/json; charset=utf-8').send(toJsonArray(page.records, query.fields.omit));
  }

  async function sendAll(
    request: FastifyRequest,
    reply: FastifyReply,
    mediaType: string,
  ): Promise<FastifyReply> {
    const { cursor, count } = request.query as ListQuery;
    if (cursor !== undefined)
      throw new Problem('PARAMETER_INVALID', 'cursor: only pages of application/json have one');
    const { keys, paths, filter } = parseQuery(request.query as ListQuery);
    const query = { filter, sort: keys, fields: projectFields(paths, keys) };
    if (count) reply.header('x-total-count', await records.count(filter));
    const csv = mediaType === 'text/csv';
    reply.type(csv ? 'text/csv; charset=utf-8; header=present' : mediaType);
    if (request.method === 'HEAD') return reply.send('');
    return reply.send(
      await streamOf(csv ? csvLines(records, query, paths) : ndjsonLines(records, query), request.log),
    );
  }

  fastify.get(
    '/records',
    {
      schema: {
        operationId: 'listRecords',
        tags: ['records'],
        summary: 'List records',
        description: LIST_DESCRIPTION,
        querystring: ListQuery,
        response: { 200: listResponse, ...problems('PARAMETER_INVALID', 'NOT_ACCEPTABLE') },
      },
    },
    async (request, reply) => {
      const mediaType = request.accepts().type([...MEDIA_TYPES]);
      if (typeof mediaType !== 'string') throw new Problem('NOT_ACCEPTABLE');
      reply.header('vary', 'accept').header('cache-control', config.CACHE_CONTROL);
      return mediaType === 'application/json' ? sendPage(request, reply) : sendAll(request, reply, mediaType);
    },
  );
};
