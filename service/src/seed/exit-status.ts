import { EXIT_CONFIG } from '../config.ts';

/** The exit statuses of the seeder; the numbers from 64 are those of sysexits.h. */
export const Exit = {
  done: 0,
  failed: 1,
  usage: 64,
  data: 65,
  input: 66,
  unavailable: 69,
  config: EXIT_CONFIG,
  interrupted: 130,
  terminated: 143,
} as const;

/** Why a seeding ends early; the message is one line for the person who started it. */
export class SeedError extends Error {
  override name = 'SeedError';
  readonly exitStatus: number;

  /**
   * @param exitStatus one of {@link Exit}
   * @param message one line, without values of records and without secrets
   */
  constructor(exitStatus: number, message: string) {
    super(message);
    this.exitStatus = exitStatus;
  }
}
