import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import fp from 'fastify-plugin';

/** Compares as RFC 9110, 13.1.2 says for If-None-Match: weakly, against a list or `*`. */
function matches(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch.trim() === '*') return true;
  const opaque = etag.replace(/^W\//, '');
  return ifNoneMatch.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === opaque);
}

/** The tag is weak, since one body may be sent in several encodings. */
const tagOf = (body: string | Buffer) => `W/"${hash('sha1', body, 'base64url')}"`;

/** Gives every answer of a safe request an ETag, unless it has one, and answers 304 to who has it already. */
export default fp(
  async (fastify) => {
    fastify.addHook('onSend', (request, reply, payload, done) => {
      const safe = request.method === 'GET' || request.method === 'HEAD';
      if (!safe || reply.statusCode !== 200) return done(null, payload);
      let etag = reply.getHeader('etag') as string | undefined;
      // An empty body is the answer to HEAD of what GET streams.
      if (!etag && payload && (typeof payload === 'string' || Buffer.isBuffer(payload))) {
        etag = tagOf(payload);
        reply.header('etag', etag);
      }
      const ifNoneMatch = request.headers['if-none-match'];
      if (!etag || !ifNoneMatch || !matches(ifNoneMatch, etag)) return done(null, payload);
      reply.code(304).removeHeader('content-length').removeHeader('content-type');
      // Fastify takes the body away from HEAD itself, and gives the length that GET would.
      if (request.method === 'HEAD') return done(null, payload);
      if (payload instanceof Readable) payload.destroy();
      done(null, null);
    });
  },
  { name: 'conditional-requests' },
);
