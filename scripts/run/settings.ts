import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stem } from '../../service/src/seed/manifest.ts';
import { EXIT_USAGE } from '../../tools/exit-status.ts';
import { Failure } from './failure.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SAMPLE = resolve(ROOT, 'data/restaurants.ndjson');
/** The input cannot be read (EX_NOINPUT of sysexits.h). */
const EXIT_NO_INPUT = 66;

export interface RunSettings {
  /** The dataset's file, absolute. */
  dataset: string;
  /** The database that the dataset is seeded into. */
  database: string;
  host: string;
  /** 0 for a free one. */
  port: number;
  metricsPort: number;
  /** Where data and process file are kept. */
  directory: string;
  /** What the seeder is told besides the file. */
  seedOptions: string[];
}

/**
 * Finds where a run keeps its data.
 * @param env the environment
 */
export const runDirectory = (env: NodeJS.ProcessEnv) => resolve(env.RUN_DIRECTORY || resolve(ROOT, '.run'));

/**
 * Reads the settings of `make run`.
 * @param env the environment
 * @throws {Failure} with one line that starts with the variable's name
 */
export function readSettings(env: NodeJS.ProcessEnv): RunSettings {
  const dataset = resolve(env.DATASET || SAMPLE);
  if (!statSync(dataset, { throwIfNoEntry: false })?.isFile()) {
    throw new Failure(`DATASET: ${dataset} is not a file`, EXIT_NO_INPUT);
  }
  return {
    dataset,
    database: databaseOf(dataset),
    host: env.HOST || '0.0.0.0',
    port: readPort('PORT', env.PORT || '8080'),
    metricsPort: readPort('METRICS_PORT', env.METRICS_PORT || '9090'),
    directory: runDirectory(env),
    seedOptions: (env.SEED_OPTIONS ?? '').split(/\s+/).filter(Boolean),
  };
}

function readPort(name: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new Failure(`${name}: must be a number from 0 to 65535`, EXIT_USAGE);
}

/** Two files never share a database, also where they have the same name in different folders. */
function databaseOf(dataset: string): string {
  const name = stem(dataset)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40);
  if (dataset === SAMPLE) return name;
  return `${name}-${createHash('sha256').update(dataset).digest('hex').slice(0, 8)}`;
}
