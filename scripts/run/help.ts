import { EXIT_NO_MONGODB, EXIT_USAGE } from '../../tools/exit-status.ts';

export const HELP = `Seeds a dataset and serves it: MongoDB, the seeder, the service, in this order. \`make run\` calls it.

Usage: [VARIABLE=value]... node scripts/run.ts [--help]

  DATASET        file to serve: NDJSON, a JSON array or CSV, each also .gz (data/restaurants.ndjson)
  PORT           port of the API; 0 takes a free one (8080)
  METRICS_PORT   port of the metrics; 0 takes a free one (9090)
  SEED_OPTIONS   options for the seeder, such as '--key id --allow-rejects 5' (empty)
  MONGODB_URI    a MongoDB to use instead of one that is started here (empty)
  RUN_DIRECTORY  folder that keeps the data between runs; deleting it starts afresh (.run)

All settings of the service apply too: node service/src/main.ts --help

Each file has a database of its own, named after the file and its place, such as cafes-1f3a09bc, so that two
datasets do not mix; a file that was changed is seeded again over the records that are there. MONGODB_DATABASE, or
a database named by MONGODB_URI, takes the place of that name.

Which MongoDB, the first that is there: MONGODB_URI; a mongod on PATH; a downloaded mongod; the embedded one, which
needs a JDK and Maven and is good for some ten thousand records. Each keeps its data for itself.

Ctrl-C or \`make stop\` stops everything in order; a second Ctrl-C at once.

Exit status: 0 stopped when asked to; ${EXIT_USAGE} a variable is wrong; 66 no such dataset; ${EXIT_NO_MONGODB} no MongoDB can be had;
the seeder's where it fails; 1 anything else.
`;
