import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

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

/**
 * Waits for a condition.
 * @param condition polled every 10 ms
 * @param what named when it does not come true within `timeoutMs`
 */
export async function until(condition: () => unknown, what: string, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not seen within ${timeoutMs} ms: ${what}`);
    await delay(10);
  }
}
