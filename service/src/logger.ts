import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';

/** User and password in a connection string, wherever in a JSON line it stands. */
const CREDENTIALS = /:\/\/(?:[^\s/"\\]|\\.)+@/g;
/**
 * Lines are written together: a write for each would cost more than making it. They are at most this late. A
 * process that is killed or crashes loses what it gathered; an exit and a fatal line write it out. Bytes, milliseconds.
 */
const GATHERING = { minLength: 16_000, periodicFlush: 100 };
/** A chain of causes is followed so far; a cause can lead back to itself. */
const MAX_CAUSES = 5;

/**
 * Takes the credentials out of a text.
 * @param text anything
 * @returns the text with `<redacted>` in their place
 */
export const redact = (text: string) => text.replace(CREDENTIALS, '://<redacted>@');

/** An error as the log shows it: the chain of causes, but not the errors' other properties, which can hold data. */
function serializeError(error: unknown, causes = 0): object {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { name: type, message, code, stack, cause, errors } = error as NodeJS.ErrnoException & AggregateError;
  const deeper = causes < MAX_CAUSES;
  return {
    type,
    message,
    code,
    stack,
    cause: cause && deeper ? serializeError(cause, causes + 1) : undefined,
    errors: errors && deeper ? errors.map((one) => serializeError(one, causes + 1)) : undefined,
  };
}

/**
 * Makes the log: one JSON object a line, or a readable form on a terminal.
 * @param level the least severe level that is logged
 * @param destination where the lines go; standard output unless given
 */
export async function createLogger(level: string, destination?: DestinationStream): Promise<Logger> {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error) => serializeError(error) },
      hooks: { streamWrite: redact },
    },
    destination ??
      (process.stdout.isTTY ? await prettyStream() : pino.destination({ sync: false, ...GATHERING })),
  );
}

/** pino-pretty is there for developers only; an image with a terminal does without. */
async function prettyStream(): Promise<DestinationStream> {
  try {
    const { default: pretty } = await import('pino-pretty');
    return pretty({ colorize: true, translateTime: 'SYS:HH:MM:ss', singleLine: true });
  } catch {
    return pino.destination(1);
  }
}
