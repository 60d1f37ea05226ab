import { setTimeout as delay } from 'node:timers/promises';
import { MongoBulkWriteError, MongoError, MongoNetworkError, MongoServerSelectionError } from 'mongodb';
import { redact } from '../logger.ts';
import { Exit, SeedError } from './exit-status.ts';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2000;

/** Codes of a server that is going, coming or not the primary (MongoDB's retryable writes, and shutdowns). */
const TRANSIENT_CODES = new Set([
  6, 7, 64, 89, 91, 134, 189, 262, 317, 9001, 10107, 11600, 11602, 13435, 13436,
]);

/**
 * Says whether the same call may succeed later.
 * @param error what a call of the driver threw
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return true;
  if (!(error instanceof MongoError)) return false;
  if (error instanceof MongoBulkWriteError) {
    if ([error.writeErrors].flat().length > 0) return false;
    // The driver wraps what the network did to a bulk write; only what a server said has a code.
    if (error.code === undefined) return true;
  }
  return error.hasErrorLabel('RetryableWriteError') || TRANSIENT_CODES.has(Number(error.code));
}

/** How long to go on without progress, and when to stop. */
export class Patience {
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal;
  readonly #onRetry: (reason: string) => void;
  #since = performance.now();

  /**
   * @param timeoutMs the longest time without progress, milliseconds
   * @param signal ends every wait at once
   * @param onRetry is told the reason for each new series of attempts
   */
  constructor(timeoutMs: number, signal: AbortSignal, onRetry: (reason: string) => void) {
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
    this.#onRetry = onRetry;
  }

  /** Progress was made: the time starts anew. */
  renew(): void {
    this.#since = performance.now();
  }

  /**
   * Waits.
   * @param milliseconds how long
   * @throws the signal's reason, when that is given
   */
  async wait(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.#signal }).catch(() => this.#signal.throwIfAborted());
  }

  /**
   * Calls MongoDB until it answers.
   * @param call may be repeated without harm
   * @param mayRetry which errors to wait out; by default those that pass
   * @returns what the call returned
   * @throws {SeedError} with {@link Exit.unavailable} when the time is over; errors that do not pass as they are
   */
  async retry<T>(call: () => Promise<T>, mayRetry: (error: unknown) => boolean = isTransient): Promise<T> {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        const result = await call();
        this.renew();
        return result;
      } catch (error) {
        if (!mayRetry(error)) throw error;
        const reason = redact((error as Error).message);
        if (performance.now() - this.#since + wait > this.#timeoutMs) {
          const seconds = this.#timeoutMs / 1000;
          throw new SeedError(Exit.unavailable, `MongoDB could not be used for ${seconds} s: ${reason}`);
        }
        if (wait === FIRST_WAIT_MS) this.#onRetry(reason);
        await this.wait(wait);
      }
    }
  }
}
