import type { Readable } from 'node:stream';
import { ConfigError, readMongodbConfig } from '../config.ts';
import { createLogger, redact } from '../logger.ts';
import { help, parseArguments } from './arguments.ts';
import { Exit, SeedError } from './exit-status.ts';
import { logOutput, Progress, terminalOutput } from './progress.ts';
import { seed } from './seed.ts';

interface TextStream {
  write(text: string): unknown;
  isTTY?: boolean;
}

export interface Streams {
  stdin: Readable;
  stdout: TextStream;
  stderr: TextStream;
}

/** The reason of the signal that stops a seeding. */
export class StopRequest extends Error {
  override name = 'StopRequest';
  readonly exitStatus: number;

  /** @param signal the signal that the process got */
  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`stopped by ${signal}; the next run goes on from here`);
    this.exitStatus = signal === 'SIGINT' ? Exit.interrupted : Exit.terminated;
  }
}

function exitStatus(error: unknown): number {
  if (error instanceof SeedError || error instanceof StopRequest) return error.exitStatus;
  return error instanceof ConfigError ? Exit.config : Exit.failed;
}

/**
 * Runs the seeder.
 * @param argv the arguments after the program's name
 * @param env the environment
 * @param streams where records may come from; lines go to standard error of a terminal, else as JSON to standard output
 * @param signal stops it; its reason is a {@link StopRequest}
 * @returns one of {@link Exit}
 */
export async function run(
  argv: string[],
  env: Record<string, string | undefined>,
  streams: Streams,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  const { stdin, stdout, stderr } = streams;
  let fail = (message: string): void => {
    stderr.write(`seed: ${message}\n`);
  };
  try {
    const args = parseArguments(argv);
    if (args === 'help') {
      stdout.write(help);
      return Exit.done;
    }
    const config = readMongodbConfig(env);
    const isTerminal = stderr.isTTY === true;
    const output = isTerminal
      ? terminalOutput(stderr)
      : logOutput(await createLogger(config.LOG_LEVEL, stdout));
    const progress = new Progress(output, isTerminal);
    fail = (message) => progress.fail(message);
    await seed(args, config, stdin, progress, signal);
    return Exit.done;
  } catch (error) {
    // A read or a wait that the signal cut off fails in ways of its own.
    const cause = signal.aborted ? signal.reason : error;
    fail(redact((cause as Error).message));
    return exitStatus(cause);
  }
}
