import compress from '@fastify/compress';
import type { onSendHookHandler } from 'fastify';
import fp from 'fastify-plugin';
import { Problem } from '../errors.ts';

const COMPRESSIBLE = /^(text\/|application\/(json|x-ndjson|problem\+json|javascript)|image\/svg)/;
const ONLY_IDENTITY = { headers: { 'accept-encoding': 'identity' } };

/** Also on what is too small to be compressed, and on 304: a cache must not take one form for the other. */
const addVary: onSendHookHandler = (_request, reply, payload, done) => {
  if (reply.statusCode === 304 || COMPRESSIBLE.test(String(reply.getHeader('content-type')))) {
    const vary = reply.getHeader('vary');
    reply.header('vary', vary ? `${vary}, accept-encoding` : 'accept-encoding');
  }
  done(null, payload);
};

/** Compresses bodies worth it. Request bodies are refused rather than inflated: a small one could become a huge one. */
export default fp(
  async (fastify) => {
    fastify.addHook('onRequest', (request, _reply, done) => {
      const encoding = request.headers['content-encoding'];
      if (encoding === undefined || encoding === 'identity') done();
      else
        done(
          new Problem('MEDIA_TYPE_UNSUPPORTED', 'Content-Encoding: send the body as it is', ONLY_IDENTITY),
        );
    });
    fastify.addHook('onRoute', (route) => {
      if (route.compress !== false) route.onSend = [addVary, ...[route.onSend ?? []].flat()];
    });
    await fastify.register(compress, {
      globalDecompression: false,
      encodings: ['zstd', 'br', 'gzip', 'identity'],
      customTypes: COMPRESSIBLE,
    });
  },
  { name: 'compression' },
);
