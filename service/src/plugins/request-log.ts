import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import fp from 'fastify-plugin';

const REQUEST_ID = /^[\w.:-]{1,128}$/;
/** W3C Trace Context, 3.2: version, trace id, parent id, flags; only a later version than 00 may go on after them. */
const TRACEPARENT = /^(?!ff|00.{54})[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-[\da-f]{2}(-|$)/;

/**
 * Names a request: by its X-Request-Id where that is harmless in a log, or else by a random id.
 * @param raw the request
 */
export function requestId(raw: IncomingMessage): string {
  const given = raw.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** Adds the trace that a request belongs to, if any, to each of its log lines. */
export const childLogger: NonNullable<FastifyServerOptions['childLoggerFactory']> = (
  logger,
  bindings,
  options,
  raw,
) => {
  const { traceparent } = raw.headers;
  const [, traceId, spanId] = (typeof traceparent === 'string' && TRACEPARENT.exec(traceparent)) || [];
  return logger.child(traceId ? { ...bindings, traceId, spanId } : bindings, options);
};

/** What nginx writes where the client left before the answer. */
const CLIENT_CLOSED_REQUEST = 499;

/** The status that a request ended with, for logs and metrics. */
export const finalStatus = (reply: FastifyReply) =>
  reply.raw.headersSent ? reply.statusCode : CLIENT_CLOSED_REQUEST;

/** Probes come every few seconds from every node: only a failing one is news. */
const isQuietProbe = (request: FastifyRequest, status: number) =>
  request.routeOptions.config.probe === true && status < 400;

/** One line a request, when it is over; the query is left out, since filters can hold personal data. */
export default fp(
  async (fastify) => {
    const log = (request: FastifyRequest, reply: FastifyReply) => {
      const status = finalStatus(reply);
      if (isQuietProbe(request, status)) return;
      request.log.info(
        {
          operation: request.routeOptions.schema?.operationId,
          method: request.method,
          path: request.url.split('?', 1)[0],
          status,
          durationMs: Math.round(reply.elapsedTime * 1000) / 1000,
        },
        reply.raw.writableEnded ? 'request completed' : 'request aborted by the client',
      );
    };
    fastify.addHook('onRequest', (request, reply, done) => {
      reply.header('x-request-id', request.id);
      // Not onResponse, which does not run where the client leaves first.
      reply.raw.once('close', () => log(request, reply));
      done();
    });
  },
  { name: 'request-log' },
);

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A health probe: not logged when it succeeds. */
    probe?: boolean;
  }
}
