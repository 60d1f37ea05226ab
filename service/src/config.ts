import { readFileSync } from 'node:fs';
import { envSchema } from 'env-schema';
import { type Static, type TProperties, Type } from 'typebox';

/** Exit status for a wrong setting (EX_CONFIG of sysexits.h). */
export const EXIT_CONFIG = 78;

/** Exit status for an argument that no program of ours knows (EX_USAGE). */
export const EXIT_USAGE = 64;

/** A setting that cannot be used; the message is one line that starts with the variable's name. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

const port = (fallback: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 65535, default: fallback, description });
const milliseconds = (fallback: number, minimum: number, description: string) =>
  Type.Integer({
    minimum,
    maximum: 3_600_000,
    default: fallback,
    description: `${description} Milliseconds.`,
  });

/** The settings that every program of the service shares: which MongoDB, and how long to wait for it. */
export const mongodbSettings = {
  MONGODB_URI: Type.String({
    pattern: '^mongodb(\\+srv)?://',
    default: 'mongodb://127.0.0.1:27017/records',
    description: 'Where the database is: a MongoDB connection string; its path names the database. A secret.',
  }),
  MONGODB_DATABASE: Type.String({
    maxLength: 63,
    pattern: '^[^/\\\\. "$*<>:|?\\u0000]*$',
    default: '',
    description: "The database's name; empty takes it from the connection string, or else `records`.",
  }),
  MONGODB_COLLECTION: Type.String({
    minLength: 1,
    maxLength: 120,
    pattern: '^(?!system\\.)[^$\\u0000]+$',
    default: 'records',
    description: 'The collection that holds the records.',
  }),
  MONGODB_SELECTION_TIMEOUT_MS: milliseconds(
    2000,
    100,
    'How long a request waits for a usable server before 503.',
  ),
  MONGODB_CONNECT_TIMEOUT_MS: milliseconds(2000, 100, 'How long one connection attempt may take.'),
  MONGODB_SOCKET_TIMEOUT_MS: milliseconds(4000, 100, 'How long a reply of the database may take before 503.'),
  MONGODB_MAX_POOL_SIZE: Type.Integer({
    minimum: 1,
    maximum: 1000,
    default: 50,
    description: 'Connections per process; replicas times this must stay below the limit of the database.',
  }),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    description: 'The least severe level that is logged.',
  }),
};

/** A scheme, a host, maybe a port; no path, which a browser never sends. */
const ORIGIN = '[a-z][a-z0-9+.-]*://[^\\s,/]+';

const serviceSettings = {
  NODE_ENV: Type.Enum(['production', 'development', 'test'], {
    default: 'development',
    description: '`production` insists on an upload token.',
  }),
  HOST: Type.String({ minLength: 1, default: '0.0.0.0', description: 'The address to listen on.' }),
  PORT: port(8080, 'The port of the API; 0 takes a free one.'),
  METRICS_PORT: port(9090, 'The port of /metrics, never to be reached through the edge; 0 takes a free one.'),
  RECORD_NOT_FOUND_STATUS: Type.Unsafe<404 | 204>({
    type: 'integer',
    enum: [404, 204],
    default: 404,
    description: 'What an unknown record answers: 404 with a problem document, or an empty 204.',
  }),
  CACHE_CONTROL: Type.String({
    pattern: '^[\\x20-\\x7e]*$',
    default: 'no-cache',
    description:
      'The Cache-Control of records; `no-cache` lets caches store and makes them revalidate by ETag.',
  }),
  CORS_ORIGINS: Type.String({
    pattern: `^(\\*|${ORIGIN}(,${ORIGIN})*)?$`,
    default: '',
    description:
      'Origins that browsers may call from, such as `https://example.org`: comma-separated, `*` for any, empty for none.',
  }),
  UPLOAD_TOKEN: Type.String({
    pattern: '^([\\x21-\\x7e]{16,})?$',
    default: '',
    description:
      'The bearer token that writing needs, 16 characters at least; required in production. A secret.',
  }),
  UPLOAD_MAX_BYTES: Type.Integer({
    minimum: 1,
    maximum: 1_099_511_627_776,
    default: 104_857_600,
    description: 'The largest file that can be uploaded. Bytes.',
  }),
  UPLOAD_TYPES: Type.String({
    pattern: '^[a-z0-9]+(,[a-z0-9]+)*$',
    default: 'csv,gif,jpeg,jpg,json,pdf,png,txt,webp',
    description: 'The file extensions that can be uploaded, comma-separated.',
  }),
  BODY_MAX_BYTES: Type.Integer({
    minimum: 1024,
    maximum: 104_857_600,
    default: 1_048_576,
    description: 'The largest request body except file uploads. Bytes.',
  }),
  REQUEST_TIMEOUT_MS: milliseconds(
    60_000,
    100,
    'How long a client may take to send a whole request, file uploads included.',
  ),
  HEADERS_TIMEOUT_MS: milliseconds(10_000, 100, 'How long a client may take to send the headers.'),
  KEEP_ALIVE_TIMEOUT_MS: milliseconds(
    75_000,
    0,
    "How long an idle connection stays open; longer than the proxy's.",
  ),
  SHUTDOWN_DELAY_MS: milliseconds(
    5000,
    0,
    'How long to go on serving, with readiness failing, once asked to stop.',
  ),
  SHUTDOWN_TIMEOUT_MS: milliseconds(20_000, 100, 'How long the whole stop may take, the delay included.'),
  OVERLOAD_EVENT_LOOP_DELAY_MS: milliseconds(
    1000,
    0,
    'Event loop delay above which requests are refused with 503; 0 turns it off.',
  ),
};

/** Settings that may also come from a file named by `<NAME>_FILE`, as Kubernetes and Docker mount secrets. */
export const secretSettings = ['MONGODB_URI', 'UPLOAD_TOKEN'] as const;

export const seedSchema = Type.Object(mongodbSettings);
export const serviceSchema = Type.Object({ ...serviceSettings, ...mongodbSettings });
export type MongodbConfig = Static<typeof seedSchema>;
export type Config = Static<typeof serviceSchema>;

type Environment = Record<string, string | undefined>;

/** Reads a secret from the file that `NAME_FILE` names. The path is not repeated: it may be a secret by mistake. */
function readSecretFile(name: string, path: string): string {
  let content: string;
  try {
    content = readFileSync(path, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${name}_FILE: the file that it names cannot be read (${code})`);
  }
  // Taken for "not set", an empty token would leave writing open to everybody.
  if (content === '') throw new ConfigError(`${name}_FILE: the file that it names is empty`);
  return content;
}

/** What the environment says about the settings of a schema. An empty variable means "not set", as in compose files. */
function known(properties: TProperties, env: Environment): Environment {
  const result: Environment = {};
  for (const name of Object.keys(properties)) {
    if (env[name]) result[name] = env[name];
  }
  for (const name of secretSettings) {
    const path = env[`${name}_FILE`];
    if (!path || !(name in properties)) continue;
    if (env[name]) throw new ConfigError(`${name}: set either ${name} or ${name}_FILE, not both`);
    result[name] = readSecretFile(name, path);
  }
  return result;
}

interface Violation {
  instancePath: string;
  keyword: string;
  message?: string;
  params: { allowedValues?: unknown[] };
}

function explain(violation: Violation, properties: TProperties): string {
  const name = violation.instancePath.slice(1);
  const allowed = violation.params.allowedValues;
  const rule = allowed ? `must be one of ${allowed.join(', ')}` : (violation.message ?? 'is wrong');
  const { description } = (properties[name] ?? {}) as { description?: string };
  // The value is not repeated: it may be a secret.
  return `${name}: ${rule}. ${description ?? ''}`.trim();
}

function read<T>(schema: { properties: TProperties }, env: Environment): T {
  const data = known(schema.properties, env);
  try {
    return envSchema<T>({ schema: schema as object, data, env: false, dotenv: false });
  } catch (error) {
    const violation = (error as { errors?: Violation[] }).errors?.[0];
    if (!violation) throw error;
    throw new ConfigError(explain(violation, schema.properties));
  }
}

/**
 * Reads the settings of the service.
 * @param env the environment, usually `process.env`
 * @returns the validated settings, defaults filled in
 * @throws {ConfigError} with one line that names the variable
 */
export function readConfig(env: Environment): Config {
  const config = read<Config>(serviceSchema, env);
  if (config.NODE_ENV === 'production' && !config.UPLOAD_TOKEN) {
    throw new ConfigError(
      'UPLOAD_TOKEN: must be set in production (or UPLOAD_TOKEN_FILE). It is what writing needs.',
    );
  }
  if (config.HEADERS_TIMEOUT_MS > config.REQUEST_TIMEOUT_MS) {
    throw new ConfigError(
      'HEADERS_TIMEOUT_MS: must not exceed REQUEST_TIMEOUT_MS, which the headers are part of',
    );
  }
  if (config.PORT !== 0 && config.PORT === config.METRICS_PORT) {
    throw new ConfigError('METRICS_PORT: must differ from PORT, so that no edge reaches the metrics');
  }
  if (config.SHUTDOWN_TIMEOUT_MS <= config.SHUTDOWN_DELAY_MS) {
    throw new ConfigError('SHUTDOWN_TIMEOUT_MS: must be greater than SHUTDOWN_DELAY_MS, which is part of it');
  }
  return config;
}

/**
 * Reads the settings that the seeder needs.
 * @param env the environment, usually `process.env`
 * @returns the validated settings, defaults filled in
 * @throws {ConfigError} with one line that names the variable
 */
export function readMongodbConfig(env: Environment): MongodbConfig {
  return read<MongodbConfig>(seedSchema, env);
}
