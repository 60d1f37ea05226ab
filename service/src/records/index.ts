import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { getRecord } from './get-record.ts';
import { listRecords } from './list-records.ts';
import { RecordRepository } from './repository.ts';

declare module 'fastify' {
  interface FastifyInstance {
    records: RecordRepository;
  }
}

// The database gives up before the socket does, so that the cause of a slow answer can be told.
const QUERY_TIME_SHARE = 0.9;

/** The records of the collection: list, get. */
const records: FastifyPluginAsyncTypebox = async (fastify) => {
  const { MONGODB_COLLECTION, MONGODB_SOCKET_TIMEOUT_MS } = fastify.config;
  const collection = fastify.mongo.db!.collection(MONGODB_COLLECTION);
  const maxTimeMS = Math.floor(MONGODB_SOCKET_TIMEOUT_MS * QUERY_TIME_SHARE);
  fastify.decorate('records', new RecordRepository(collection, maxTimeMS));
  await fastify.register(listRecords);
  await fastify.register(getRecord);
};

export default records;
