import { Failure } from './failure.ts';

interface Part {
  /** How it ended, in words. */
  exited: Promise<string>;
  stop: () => Promise<void>;
  kill: () => void;
}

/** Somebody asked us to stop, which is no failure. */
export class StopAsked extends Error {
  override name = 'StopAsked';
}

/** What was started, in that order; it stops in the opposite one. */
export class Stack {
  readonly #parts: Part[] = [];
  readonly #ended = Promise.withResolvers<never>();
  #asked = false;

  constructor() {
    // Whoever waits for something hears of it; nobody may be waiting at the time.
    this.#ended.promise.catch(() => {});
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => this.#ask(signal));
  }

  /**
   * Adds what was started.
   * @param part the process
   * @param name what to call it when it ends by itself; unnamed, it may
   */
  add<T extends Part>(part: T, name?: string): T {
    this.#parts.push(part);
    if (name) {
      void part.exited.then((how) => {
        this.#ended.reject(new Failure(`${name} ended by itself (${how}): stopping everything`));
      });
    }
    return part;
  }

  /**
   * Waits for something as long as all goes well.
   * @throws {StopAsked} when a signal came
   * @throws {Failure} when a part ended by itself
   */
  during<T>(work: Promise<T>): Promise<T> {
    return Promise.race([this.#ended.promise, work]);
  }

  /** Stops the parts, the latest first, each when the one before has ended. */
  async stop(): Promise<void> {
    for (const part of this.#parts.toReversed()) await part.stop();
  }

  /** The first signal stops in order, a second one at once. */
  #ask(signal: NodeJS.Signals): void {
    if (this.#asked) {
      for (const part of this.#parts) part.kill();
      process.exit(1);
    }
    this.#asked = true;
    this.#ended.reject(new StopAsked(signal));
  }
}
