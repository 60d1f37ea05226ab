import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import {
  MongoDriverError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb';
import { Type } from 'typebox';
import { catalogue, type ErrorCode, PROBLEM_TYPE, Problem, problemBody } from '../errors.ts';

/** Seconds after which a refused caller may try again. */
const RETRY_AFTER = '1';

const ProblemSchema = Type.Object(
  {
    type: Type.String({ format: 'uri-reference', description: 'Where the error is described.' }),
    title: Type.String(),
    status: Type.Integer({ description: 'The HTTP status.' }),
    detail: Type.String({ description: 'What is wrong with this request.' }),
    instance: Type.String({ description: "The request's id, as in the log." }),
    code: Type.String({ enum: Object.keys(catalogue), description: 'What programs should look at.' }),
  },
  { $id: 'Problem', additionalProperties: false, description: 'A refusal (RFC 9457).' },
);

/**
 * Documents refusals of an operation.
 * @param codes what it can answer besides success
 * @returns a `response` schema, by status
 */
export function problems(...codes: ErrorCode[]): Record<number, object> {
  const content = { [PROBLEM_TYPE]: { schema: Type.Ref('Problem') } };
  const byStatus: Record<number, object> = {};
  for (const status of new Set(codes.map((code) => catalogue[code].status))) {
    const names = codes.filter((code) => catalogue[code].status === status).join(', ');
    byStatus[status] = { description: `${names}.`, content };
  }
  return byStatus;
}

/** What any operation can answer, whatever it does. */
const ALWAYS: ErrorCode[] = [
  'BAD_REQUEST',
  'REQUEST_TIMEOUT',
  'URI_TOO_LONG',
  'HEADERS_TOO_LARGE',
  'INTERNAL_ERROR',
  'OVERLOADED',
  'DATABASE_UNAVAILABLE',
  'QUERY_TIMEOUT',
];

const BY_FASTIFY_CODE: Record<string, ErrorCode> = {
  FST_ERR_VALIDATION: 'PARAMETER_INVALID',
  FST_ERR_BAD_URL: 'BAD_REQUEST',
  FST_ERR_MAX_PARAM_LENGTH: 'URI_TOO_LONG',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'MEDIA_TYPE_UNSUPPORTED',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BODY_INVALID',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BODY_INVALID',
  FST_ERR_CTP_INVALID_JSON_BODY: 'BODY_INVALID',
};

const MAX_TIME_EXPIRED = 50;
const isQueryTimeout = (error: unknown) =>
  error instanceof MongoServerError && error.code === MAX_TIME_EXPIRED;

/** What a server answers while it stops or the primary changes (retryable reads specification). */
const SERVER_LEAVES = new Set<unknown>([
  6, 7, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436,
]);
const CONNECTION_ERRORS = [
  MongoNetworkError,
  MongoServerSelectionError,
  MongoNotConnectedError,
  MongoTopologyClosedError,
];

/** What an operating system says of a connection; driver 7 lets some through as they are (`write ECONNRESET`). */
const SOCKET_ERRORS = new Set<unknown>(['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'EPIPE', 'ETIMEDOUT']);

/** Errors of the driver that say nothing about the request: the database is away, changing its primary, or too busy. */
function isUnavailable(error: unknown): boolean {
  if (CONNECTION_ERRORS.some((type) => error instanceof type)) return true;
  if (error instanceof MongoServerError) return SERVER_LEAVES.has(error.code);
  // The pool's errors are not exported: known by their names.
  if (error instanceof MongoDriverError) return /Pool|WaitQueue/.test(error.name);
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return syscall !== undefined && SOCKET_ERRORS.has(code);
}

/**
 * Finds the refusal that an error means.
 * @param error anything that was thrown while a request was served
 * @returns an entry of the catalogue; INTERNAL_ERROR, without detail, for what nobody foresaw
 */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isQueryTimeout(error)) return new Problem('QUERY_TIMEOUT', undefined, { cause: error });
  if (isUnavailable(error)) return new Problem('DATABASE_UNAVAILABLE', undefined, { cause: error });
  // Anything can be thrown, also what is no error at all.
  const { code = '', statusCode = 500, message } = (error ?? {}) as Partial<FastifyError>;
  const known = BY_FASTIFY_CODE[code];
  if (known) return new Problem(known, message);
  if (statusCode >= 400 && statusCode < 500) return new Problem('BAD_REQUEST', message);
  return new Problem('INTERNAL_ERROR', undefined, { cause: error });
}

/** The cause of a 5xx goes to the log, never to the caller. */
function logProblem(problem: Problem, log: FastifyRequest['log']): void {
  const { code, message, cause } = problem;
  if (code === 'INTERNAL_ERROR') log.error({ code, err: cause }, message);
  else if (problem.statusCode >= 500) log.warn(cause ? { code, err: cause } : { code }, message);
}

/** Answers with a refusal. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error);
  logProblem(problem, request.log);
  // What the operation had set for its success does not describe this answer.
  for (const name of Object.keys(reply.getHeaders()))
    if (/^(content-|etag|link|x-total)/.test(name)) reply.removeHeader(name);
  if (problem.statusCode === 503) reply.header('retry-after', RETRY_AFTER);
  reply
    .code(problem.statusCode)
    .headers({ ...problem.headers, 'cache-control': 'no-store' })
    .type(PROBLEM_TYPE)
    .serializer(JSON.stringify)
    .send(problemBody(problem, request.id));
}

/** RFC 9457 answers for every error; describes them in the OpenAPI document. */
export default fp(
  async (fastify) => {
    fastify.addSchema(ProblemSchema);
    fastify.setErrorHandler(sendProblem);
    fastify.addHook('onRoute', (route) => {
      const schema = route.schema;
      if (!schema?.response || schema.hide) return;
      const documented = schema.response as Record<string, { description?: string }>;
      for (const [status, response] of Object.entries(problems(...ALWAYS))) documented[status] ??= response;
    });
  },
  { name: 'errors' },
);
