import { createHash } from 'node:crypto';
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from './random.ts';
import { makeRestaurant } from './restaurants.ts';

const HELP = `Makes restaurants, one JSON object a line (MongoDB extended JSON), the same ones every time.

Usage: node data/generate.ts [options]
  --count N         how many; default 3000, of which a smaller number is the beginning
  --output FILE     where to; default standard output
  --manifest FILE   also write the manifest of the output, with its checksum; needs --output
  --help            print this

The sample dataset:
  node data/generate.ts --output data/restaurants.ndjson --manifest data/restaurants.json
`;
const SEED = 20_261_121;
const VERSION = '1.0.0';
/** What people sort the sample by. */
const INDEXES = ['name', '-rating', 'type_of_food', 'outcode'];
/** Records that are written at once; memory stays the same for any count. */
const RECORDS_PER_WRITE = 1000;
const EXIT_USAGE = 64;

interface Options {
  count: number;
  output: string | undefined;
  manifest: string | undefined;
}

function usageError(message: string): never {
  process.stderr.write(`${message}; see --help\n`);
  process.exit(EXIT_USAGE);
}

function readOptions(): Options {
  const options = {
    count: { type: 'string', default: '3000' },
    output: { type: 'string' },
    manifest: { type: 'string' },
    help: { type: 'boolean' },
  } as const;
  try {
    const { count, output, manifest, help } = parseArgs({ options }).values;
    if (help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    if (!/^\d{1,9}$/.test(count)) usageError('--count: must be a whole number up to 999999999');
    if (manifest && !output) usageError('--manifest: needs --output');
    return { count: Number(count), output, manifest };
  } catch (error) {
    return usageError((error as Error).message);
  }
}

/** Writes the records and gives their checksum. */
function writeRecords(count: number, file: number): string {
  const random = createRandom(SEED);
  const hash = createHash('sha256');
  let chunk = '';
  for (let index = 0; index < count; index++) {
    chunk += `${JSON.stringify(makeRestaurant(random, index))}\n`;
    if (index % RECORDS_PER_WRITE !== RECORDS_PER_WRITE - 1 && index !== count - 1) continue;
    hash.update(chunk);
    writeAll(file, Buffer.from(chunk));
    chunk = '';
  }
  return hash.digest('hex');
}

/** A pipe takes what it has room for. */
function writeAll(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(file, bytes, written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The reader has seen enough, as `head` does.
      if (code === 'EPIPE') process.exit(0);
      if (code !== 'EAGAIN') throw error;
    }
  }
}

const { count, output, manifest } = readOptions();
const file = output ? openSync(output, 'w') : process.stdout.fd;
const sha256 = writeRecords(count, file);
if (output) closeSync(file);
if (output && manifest) {
  const content = {
    name: 'restaurants',
    version: VERSION,
    file: basename(output),
    sha256,
    count,
    indexes: INDEXES,
  };
  writeFileSync(manifest, `${JSON.stringify(content, null, 2)}\n`);
}
