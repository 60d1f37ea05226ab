/** Waits until the MongoDB at MONGODB_URI answers a ping, a minute at most. */
import { MongoClient } from 'mongodb';
import { redact } from '../service/src/logger.ts';

const TIMEOUT_MS = 60_000;
if (process.argv.includes('--help')) {
  process.stdout.write(
    'Waits until the MongoDB at MONGODB_URI answers. Exit status: 0 it does, 1 not within a minute.\n',
  );
  process.exit(0);
}

const uri = process.env.MONGODB_URI ?? 'mongodb://127.0.0.1:27017';
const deadline = Date.now() + TIMEOUT_MS;
for (;;) {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 2000 });
  try {
    const { version } = await client.db('admin').command({ buildInfo: 1 });
    process.stdout.write(`MongoDB ${version} answers\n`);
    break;
  } catch (error) {
    if (Date.now() < deadline) continue;
    process.stderr.write(`no MongoDB at ${redact(uri)}: ${redact((error as Error).message)}\n`);
    process.exitCode = 1;
    break;
  } finally {
    await client.close();
  }
}
