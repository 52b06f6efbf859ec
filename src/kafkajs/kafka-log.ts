import kafkajs, { type logCreator } from 'kafkajs';
import type { Logger } from '../observe/logger.ts';

/** The message of kafkajs for the broker error of this name. */
const CONCURRENT_TRANSACTIONS =
  'The producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing';

const AGAIN_MS = 1000;

/**
 * Passes log lines of kafkajs to our log. With exactly-once every input partition has its own
 * connections, and each of them logs the same line when a broker goes away. The same line about a
 * broker is logged again only after a second. Level debug has every line.
 */
export function kafkajsLog(logger: Logger, now: () => number = Date.now): logCreator {
  let began = -Infinity;
  const said = new Set<string>();
  const isNew = (line: string): boolean => {
    if (now() - began >= AGAIN_MS) {
      said.clear();
      began = now();
    }
    return said.size !== said.add(line).size;
  };
  return () =>
    ({ level, log: { message, timestamp: _timestamp, logger: _logger, ...log } }) => {
      const { stack: _stack, ...rest } = log;
      const { broker, error } = rest as { broker?: unknown; error?: unknown };
      // The markers of the transaction before are still being written. The request is repeated many
      // times a second.
      const quiet =
        error === CONCURRENT_TRANSACTIONS ||
        !isNew([level, broker, message, error].map(String).join('\n'));
      if (quiet) logger.debug(rest, `kafkajs: ${message}`);
      // What kafkajs calls an error is usually the first sign of an outage, and the service waits
      // for its end.
      else if (level === kafkajs.logLevel.ERROR) logger.warn(rest, `kafkajs: ${message}`);
      else if (level === kafkajs.logLevel.WARN) logger.info(rest, `kafkajs: ${message}`);
    };
}
