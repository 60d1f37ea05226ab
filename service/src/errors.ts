import { STATUS_CODES } from 'node:http';

interface CatalogueEntry {
  status: number;
  title: string;
  /** What the caller can do about it: one sentence, shown in docs/errors.md and at /errors/{code}. */
  fix: string;
}

/** Every refusal of the API. A key is the stable `code` of the answer; adding one here is all it takes. */
export const catalogue = {
  BAD_REQUEST: { status: 400, title: 'The request is malformed', fix: 'Send a well-formed HTTP request.' },
  BODY_INVALID: {
    status: 400,
    title: 'The request body cannot be read',
    fix: 'Send a body that matches its Content-Type and Content-Length.',
  },
  CURSOR_INVALID: {
    status: 400,
    title: 'The cursor is not valid for this request',
    fix: 'Follow the `Link` header as it is, or start again without `cursor`.',
  },
  PARAMETER_INVALID: {
    status: 400,
    title: 'A parameter is not valid',
    fix: 'Correct the parameter that `detail` names; /docs describes each.',
  },
  COLUMNS_TOO_MANY: {
    status: 400,
    title: 'The result has too many columns',
    fix: 'Name the columns with `fields`.',
  },
  SORT_VALUE_TOO_LONG: {
    status: 400,
    title: 'A value that the result is sorted by is too long for a cursor',
    fix: 'Sort by another field, or stream the whole result as application/x-ndjson.',
  },
  TOKEN_REQUIRED: {
    status: 401,
    title: 'Writing needs a token',
    fix: 'Send `Authorization: Bearer <token>` with the token of this installation.',
  },
  RECORD_NOT_FOUND: {
    status: 404,
    title: 'No record has this id',
    fix: 'Take ids from the list of records.',
  },
  FILE_NOT_FOUND: { status: 404, title: 'No file has this id', fix: 'Take ids from the list of files.' },
  ERROR_NOT_FOUND: { status: 404, title: 'No error has this code', fix: 'Take codes from docs/errors.md.' },
  ROUTE_NOT_FOUND: { status: 404, title: 'Nothing is here', fix: 'See /docs for the routes that exist.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'The method is not allowed here',
    fix: 'Use one of the methods in the `Allow` header.',
  },
  NOT_ACCEPTABLE: {
    status: 406,
    title: 'None of the accepted media types can be given',
    fix: 'Accept application/json, application/x-ndjson or text/csv.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'The request took too long to arrive',
    fix: 'Send the request faster, or in smaller parts.',
  },
  BODY_TOO_LARGE: { status: 413, title: 'The request body is too large', fix: 'Send a smaller body.' },
  FILE_TOO_LARGE: {
    status: 413,
    title: 'The file is too large',
    fix: 'Upload a file within the limit that `detail` gives.',
  },
  URI_TOO_LONG: {
    status: 414,
    title: 'The request target is too long',
    fix: 'Shorten the path or the query.',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    title: 'The content type is not supported',
    fix: 'Send the content type that /docs gives for this operation.',
  },
  FILE_TYPE_NOT_ALLOWED: {
    status: 415,
    title: 'Files of this type are not allowed',
    fix: 'Upload a file with one of the extensions that `detail` lists.',
  },
  FILE_CONTENT_MISMATCH: {
    status: 415,
    title: "The file's content does not match its extension",
    fix: 'Name the file by what it holds.',
  },
  RANGE_NOT_SATISFIABLE: {
    status: 416,
    title: 'The range lies outside of the file',
    fix: 'Ask for a range within the length that `Content-Range` gives.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'The request headers are too large',
    fix: 'Send fewer or smaller headers.',
  },
  INTERNAL_ERROR: {
    status: 500,
    title: 'The service failed',
    fix: 'Try again; report the request id in `instance` if it persists.',
  },
  DATABASE_UNAVAILABLE: {
    status: 503,
    title: 'The database cannot be reached',
    fix: 'Try again after the seconds in `Retry-After`.',
  },
  QUERY_TIMEOUT: {
    status: 503,
    title: 'The database took too long',
    fix: 'Narrow the request with filters, or have the field indexed that it sorts or filters by.',
  },
  OVERLOADED: {
    status: 503,
    title: 'The service is overloaded',
    fix: 'Try again after the seconds in `Retry-After`.',
  },
  SHUTTING_DOWN: {
    status: 503,
    title: 'The service is stopping',
    fix: 'Try again after the seconds in `Retry-After`; another instance will answer.',
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof catalogue;

interface ProblemOptions {
  /** Headers that the answer must carry, such as `Allow`; every 503 gets a `Retry-After` by itself. */
  headers?: Record<string, string>;
  cause?: unknown;
}

/** A refusal from the catalogue; thrown anywhere in a request, it becomes an RFC 9457 answer. */
export class Problem extends Error {
  override name = 'Problem';
  readonly code: ErrorCode;
  readonly statusCode: number;
  readonly headers: Record<string, string>;

  /**
   * @param code the catalogue's key
   * @param detail what is wrong with this very request; never a stack, a query or a host of the database
   */
  constructor(code: ErrorCode, detail?: string, { headers = {}, cause }: ProblemOptions = {}) {
    super(detail ?? catalogue[code].title, { cause });
    this.code = code;
    this.statusCode = catalogue[code].status;
    this.headers = headers;
  }
}

/** The media type of RFC 9457. */
export const PROBLEM_TYPE = 'application/problem+json';

/**
 * Makes the body of a refusal.
 * @param problem the refusal
 * @param instance the request's id
 * @returns the members of RFC 9457 and `code`; `type` resolves at this service
 */
export function problemBody({ code, message }: Pick<Problem, 'code' | 'message'>, instance: string) {
  const { status, title } = catalogue[code];
  return { type: `/errors/${code}`, title, status, detail: message, instance, code };
}

/** The reason phrase of a status, for raw answers. */
export const reasonPhrase = (status: number) => STATUS_CODES[status] ?? 'Error';
