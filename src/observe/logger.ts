import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';

/**
 * Where log lines go. WARN: something is being waited out, nothing is lost. ERROR: an operator is
 * needed. No line holds a field's value or a secret.
 */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;

/**
 * JSON lines on stderr, the level by its name, so that stdout stays free for what a command
 * answers; `more` is on every line.
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
