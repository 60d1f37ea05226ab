import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { deleteFile } from './delete-file.ts';
import { downloadFile } from './download-file.ts';
import { listFiles } from './list-files.ts';
import { FileStorage } from './storage.ts';
import { sweepFiles } from './sweep.ts';
import { uploadFile } from './upload-file.ts';

declare module 'fastify' {
  interface FastifyInstance {
    files: FileStorage;
  }
}

/** Files beside the records: upload, list, download, delete. */
const files: FastifyPluginAsyncTypebox = async (fastify) => {
  fastify.decorate('files', new FileStorage(fastify.mongo.db!));
  await fastify.register(uploadFile);
  await fastify.register(listFiles);
  await fastify.register(downloadFile);
  await fastify.register(deleteFile);
  await fastify.register(sweepFiles);
};

export default files;
