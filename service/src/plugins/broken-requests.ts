import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, PROBLEM_TYPE, Problem, problemBody, reasonPhrase } from '../errors.ts';
import { sendProblem } from './errors.ts';

const BY_NODE_CODE: Record<string, ErrorCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'BODY_TOO_LARGE',
};

/**
 * Answers what Node could not read as a request, or not in time; no route, hook or reply exists then.
 * @param error what Node's parser or timer says
 * @param socket the connection, which is closed after the answer
 */
export function answerBrokenRequest(
  this: FastifyInstance,
  error: NodeJS.ErrnoException,
  socket: Socket,
): void {
  // As Node does by itself: bytes after the start of an answer would be taken for a part of it.
  const { _httpMessage: answer } = socket as Socket & { _httpMessage?: ServerResponse | null };
  if (error.code === 'ECONNRESET' || !socket.writable || answer?.headersSent) {
    socket.destroy(error);
    return;
  }
  const problem = new Problem(BY_NODE_CODE[error.code ?? ''] ?? 'BAD_REQUEST');
  const instance = randomUUID();
  const body = JSON.stringify(problemBody(problem, instance));
  this.log.info(
    { reqId: instance, status: problem.statusCode, code: error.code },
    'request refused before it was read',
  );
  socket.end(
    `HTTP/1.1 ${problem.statusCode} ${reasonPhrase(problem.statusCode)}\r\n` +
      `Content-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `X-Request-Id: ${instance}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Answers a target that the router cannot read; no hook runs then, and so the log line is written here. */
export function answerUnroutableRequest(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  sendProblem(error, request, reply.header('x-request-id', request.id));
  request.log.info(
    { method: request.method, status: reply.statusCode, code: error.code },
    'request refused before it was routed',
  );
}
