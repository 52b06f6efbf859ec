import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';

/**
 * Where log lines go. WARN: the service waits for something, and nothing is lost. ERROR: an
 * operator has to act. No line has the value of a field or a secret.
 */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;

/**
 * JSON lines on stderr, with the name of the level. stdout stays free for the output of a command.
 * `more` is added to every line.
 */
export function createLogger(
  level: string,
  name: string,
  destination?: DestinationStream,
  more: object = {},
): Logger {
  const options = {
    level,
    base: { name, ...more },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, destination ?? pino.destination({ dest: 2, sync: true }));
}

export const SILENT: Logger = pino({ level: 'silent' });
