import { constants } from 'node:os';

/** No MongoDB can be had (EX_UNAVAILABLE of sysexits.h). */
export const EXIT_NO_MONGODB = 69;
/** The command line or a variable is wrong (EX_USAGE). */
export const EXIT_USAGE = 64;

/**
 * Says how a process ended as a shell does.
 * @returns its exit status, or 128 + the number of the signal that ended it
 */
export function exitStatus(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal ? constants.signals[signal] : 0);
}
