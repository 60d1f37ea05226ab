import type { Logger } from 'pino';
import type { Counts } from './ledger.ts';

/** How many rejected records are named. */
const NAMED_REJECTS = 20;
const LOG_EVERY_MS = 5000;
const DRAW_EVERY_MS = 100;
const BAR_WIDTH = 24;

/** How far the reading is. */
export interface Reading {
  /** Bytes of the file as it lies; null where that is unknown. */
  bytesTotal: number | null;
  bytesRead: number;
}

/** Where the lines of a seeding go. */
export interface Output {
  line(level: 'info' | 'warn' | 'error', message: string, fields?: object): void;
  /** Shows the state of work, the share of the file in a bar; replaces what it showed before, where it can. */
  progress(share: number | null, text: string, fields: object): void;
}

const grouped = new Intl.NumberFormat('en').format;

/**
 * Lines for a person at a terminal, and a bar below them.
 * @param stream the terminal
 */
export function terminalOutput(stream: { write(text: string): unknown }): Output {
  const CLEAR = '\r\u001b[K';
  return {
    line: (_level, message) => stream.write(`${CLEAR}${message}\n`),
    progress: (share, text) => stream.write(`${CLEAR}${share === null ? '' : `${bar(share)} `}${text}`),
  };
}

/**
 * One JSON object a line.
 * @param logger the log
 */
export function logOutput(logger: Logger): Output {
  return {
    line: (level, message, fields) => logger[level]({ ...fields }, message),
    progress: (_share, text, fields) => logger.info(fields, text),
  };
}

/** Tells how a seeding goes. */
export class Progress {
  readonly #output: Output;
  readonly #everyMs: number;
  #startedAt = performance.now();
  #readBefore = 0;
  #shownAt = Number.NEGATIVE_INFINITY;
  #rejects = 0;

  /**
   * @param output where to
   * @param isTerminal whether it can be drawn over
   */
  constructor(output: Output, isTerminal: boolean) {
    this.#output = output;
    this.#everyMs = isTerminal ? DRAW_EVERY_MS : LOG_EVERY_MS;
  }

  /** @param counts what an earlier run did, which is not this one's speed */
  start(counts: Counts): void {
    this.#startedAt = performance.now();
    this.#shownAt = this.#everyMs === LOG_EVERY_MS ? this.#startedAt : this.#shownAt;
    this.#readBefore = counts.read;
  }

  /** @param message one line, without values of records */
  note(message: string, fields?: object): void {
    this.#output.line('info', message, fields);
  }

  /** @param reason why the seeding does not go on, or not yet */
  warn(reason: string): void {
    this.#output.line('warn', reason);
  }

  /** @param message why the seeding ends */
  fail(message: string, fields?: object): void {
    this.#output.line('error', message, fields);
  }

  /**
   * @param unit what the number counts: `line`, or `element` of an array
   * @param number which one, from 1
   * @param reason why it was not written
   */
  reject(unit: string, number: number, reason: string): void {
    this.#rejects += 1;
    if (this.#rejects <= NAMED_REJECTS) {
      this.#output.line('warn', `${unit} ${number} is rejected: ${reason}`, { [unit]: number, reason });
    } else if (this.#rejects === NAMED_REJECTS + 1) {
      this.#output.line('warn', 'more records are rejected; they are counted from here on');
    }
  }

  /**
   * @param counts what was done so far
   * @param reading how far the file was read
   */
  update(counts: Counts, { bytesRead, bytesTotal }: Reading): void {
    const now = performance.now();
    if (now - this.#shownAt < this.#everyMs) return;
    this.#shownAt = now;
    const elapsedS = (now - this.#startedAt) / 1000;
    const perSecond = Math.round((counts.read - this.#readBefore) / Math.max(elapsedS, 0.001));
    const share = bytesTotal ? Math.min(bytesRead / bytesTotal, 1) : null;
    const percent = share === null ? null : Math.floor(share * 100);
    const text = [
      percent === null ? '' : `${percent} %, `,
      `${grouped(counts.read)} records, ${grouped(perSecond)}/s, ${elapsedS.toFixed(0)} s`,
      counts.rejected > 0 ? `, ${grouped(counts.rejected)} rejected` : '',
    ].join('');
    const elapsedMs = Math.round(elapsedS * 1000);
    this.#output.progress(share, text, { percent, perSecond, elapsedMs, ...counts });
  }

  /**
   * @param state how it ended
   * @param counts what was done, earlier runs included
   */
  summary(state: string, counts: Counts, fields: object): void {
    const elapsedMs = Math.round(performance.now() - this.#startedAt);
    const { read, inserted, replaced, unchanged, rejected } = counts;
    const numbers = `${grouped(read)} records: ${grouped(inserted)} inserted, ${grouped(replaced)} replaced, ${grouped(unchanged)} unchanged, ${grouped(rejected)} rejected`;
    const message = `${state}: ${numbers}, in ${(elapsedMs / 1000).toFixed(1)} s`;
    this.#output.line(state === 'complete' ? 'info' : 'error', message, {
      ...fields,
      state,
      elapsedMs,
      ...counts,
    });
  }
}

function bar(share: number): string {
  const filled = Math.round(share * BAR_WIDTH);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
}
