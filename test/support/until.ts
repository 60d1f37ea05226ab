import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for something to come true.
 * @param ask asked every 10 ms; an error counts as no
 * @param what named when it does not come true in time
 * @param timeoutMs how long that is
 * @returns the first answer that is neither false nor nothing
 * @throws {Error} with the last error of `ask`, when there was none
 */
export async function until<T>(ask: () => T | Promise<T>, what: string, timeoutMs = 30_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (let last = ''; ; ) {
    try {
      const answer = await ask();
      if (answer) return answer;
    } catch (error) {
      last = `: ${(error as Error).message}`;
    }
    if (Date.now() > deadline) throw new Error(`not seen within ${timeoutMs} ms: ${what}${last}`);
    await delay(10);
  }
}
