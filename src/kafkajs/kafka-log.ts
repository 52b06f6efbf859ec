import kafkajs, { type logCreator } from 'kafkajs';
import type { Logger } from '../observe/logger.ts';

/** How kafkajs puts the broker's error of that name. */
const CONCURRENT_TRANSACTIONS =
  'The producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing';

const AGAIN_MS = 1000;

/**
 * What kafkajs logs, in our log. Every input partition has connections of its own with
 * exactly-once, and each of them says the same when a broker goes away: what was just said of a
 * broker is said again only a second later. Level debug has every line.
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
      // Markers of the transaction before are still being written: it is asked again, many times a
      // second.
      const quiet =
        error === CONCURRENT_TRANSACTIONS ||
        !isNew([level, broker, message, error].map(String).join('\n'));
      if (quiet) logger.debug(rest, `kafkajs: ${message}`);
      // What kafkajs calls an error is mostly the first sign of an outage that is then waited out.
      else if (level === kafkajs.logLevel.ERROR) logger.warn(rest, `kafkajs: ${message}`);
      else if (level === kafkajs.logLevel.WARN) logger.info(rest, `kafkajs: ${message}`);
    };
}
