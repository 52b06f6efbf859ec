import { createRequire } from 'node:module';
import type { Logger } from '../observe/logger.ts';

interface RequestQueue {
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  pending: unknown[];
  scheduleCheckPendingRequests(): void;
  checkPendingRequests(): void;
}

/** The only version whose inside this file knows. */
const KNOWN_VERSION = '2.2.4';
const PENDING_CHECK_MS = 10;

let done = false;

/**
 * kafkajs 2.2.4 re-arms a timer for every connection for ever, with a negative delay: about 900
 * wake-ups a second each, and a warning on Node 24. This makes a queue arm it only while it is
 * throttled or holds requests back, which is all the timer is for. Any other version is left as it
 * is.
 */
export function quietRequestQueues(logger: Logger): void {
  if (done) return;
  done = true;
  const require = createRequire(import.meta.url);
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version !== KNOWN_VERSION) {
    logger.warn(
      { version, known: KNOWN_VERSION },
      'kafkajs has another version than the patch for its timers knows',
    );
    return;
  }
  const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
  prototype.scheduleCheckPendingRequests = function schedule(this: RequestQueue) {
    const throttledMs = this.throttledUntil - Date.now();
    if (this.throttleCheckTimeoutId !== null || (throttledMs <= 0 && this.pending.length === 0))
      return;
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      Math.max(throttledMs, PENDING_CHECK_MS),
    );
  };
}
