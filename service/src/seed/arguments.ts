import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { Exit, SeedError } from './exit-status.ts';

export const formats = ['ndjson', 'json', 'csv'] as const;
export type Format = (typeof formats)[number];

export interface Arguments {
  /** The path of the dataset, or `-` for standard input. */
  file: string;
  manifest?: string;
  format?: Format;
  key: string[];
  name?: string;
  version?: string;
  /** How many records may be rejected before the dataset counts as rejected. */
  allowRejects: number;
  /** How long to go on without progress, milliseconds. */
  timeoutMs: number;
}

/** The longest --timeout that a timer of Node can hold, seconds. */
const MAX_TIMEOUT_S = 2_000_000;

const options = {
  manifest: { type: 'string' },
  format: { type: 'string' },
  key: { type: 'string', multiple: true },
  name: { type: 'string' },
  version: { type: 'string' },
  'allow-rejects': { type: 'string', default: '0' },
  timeout: { type: 'string', default: '120' },
  help: { type: 'boolean', short: 'h', default: false },
} satisfies ParseArgsOptionsConfig;

export const help = `Seeds a MongoDB collection from a dataset: NDJSON, a JSON array or CSV, each also gzipped.

  seed FILE|- [options]

  --manifest FILE      name, version, sha256, count and indexes of the dataset;
                       by default the .json file beside FILE, where there is one
  --format FORMAT      ndjson, json or csv; by default told by the name, or else by the content
  --key FIELD          derive a missing _id from this field instead of the whole record; repeatable
  --name NAME          the dataset's name in the ledger; by default the manifest's, or FILE without its suffix
  --version VERSION    its version; by default the manifest's, or the start of the checksum
  --allow-rejects N    how many records may be rejected (0)
  --timeout SECONDS    how long to wait for MongoDB, and to go on without progress (120)
  --help               this text

Environment: MONGODB_URI or MONGODB_URI_FILE, MONGODB_DATABASE, MONGODB_COLLECTION, LOG_LEVEL.

Exit status: 0 done, or nothing to do; 64 wrong arguments; 65 records rejected, or not the file of the manifest;
66 the file cannot be read; 69 MongoDB cannot be used; 78 a setting is wrong;
130 and 143 stopped by SIGINT and SIGTERM (the next run goes on from there); 1 anything else.
`;

const usage = (message: string) => new SeedError(Exit.usage, `${message}; see --help`);

function integer(name: string, text: string, minimum: number, maximum: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
  throw usage(`--${name}: a whole number from ${minimum} to ${maximum} is needed`);
}

function parse(argv: string[]) {
  try {
    return parseArgs({ args: argv, options, allowPositionals: true });
  } catch (error) {
    // Node's message goes on with advice after its first sentence.
    throw usage((error as Error).message.split('. ')[0] ?? 'wrong arguments');
  }
}

/**
 * Reads the command line.
 * @param argv the arguments after the program's name
 * @returns the arguments, or `help` where that was asked for
 * @throws {SeedError} with {@link Exit.usage}
 */
export function parseArguments(argv: string[]): Arguments | 'help' {
  const { values, positionals } = parse(argv);
  if (values.help) return 'help';

  const [file, ...more] = positionals;
  if (!file || more.length > 0) throw usage('name one file, or - for standard input');
  const format = formats.find((known) => known === values.format);
  if (values.format !== undefined && !format) throw usage(`--format: one of ${formats.join(', ')} is needed`);
  for (const name of ['manifest', 'name', 'version'] as const) {
    if (values[name] === '') throw usage(`--${name}: must not be empty`);
  }
  const key = [...new Set(values.key ?? [])];
  if (key.includes('')) throw usage('--key: must not be empty');

  return {
    file,
    key,
    ...(values.manifest !== undefined && { manifest: values.manifest }),
    ...(values.name !== undefined && { name: values.name }),
    ...(values.version !== undefined && { version: values.version }),
    ...(format && { format }),
    allowRejects: integer('allow-rejects', values['allow-rejects'], 0, Number.MAX_SAFE_INTEGER),
    timeoutMs: integer('timeout', values.timeout, 1, MAX_TIMEOUT_S) * 1000,
  };
}
