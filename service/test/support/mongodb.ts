import { randomBytes } from 'node:crypto';

/** The database that the tests run against; `npm test` starts one and names it. */
export function mongodbUri(): string {
  const uri = process.env.MONGODB_URI;
  if (!uri)
    throw new Error(
      'MONGODB_URI is not set: run the tests with `npm test`, or `scripts/with-mongodb.ts -- ...`',
    );
  return uri;
}

/** A database name of the test's own, so that files can run side by side. */
export const databaseName = () => `test_${randomBytes(6).toString('hex')}`;
