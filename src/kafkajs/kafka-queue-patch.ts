import { inside } from './kafka-inside.ts';
import type { Patch } from './patch.ts';

interface RequestQueue {
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  pending: unknown[];
  scheduleCheckPendingRequests(): void;
  checkPendingRequests(): void;
}

const PENDING_CHECK_MS = 10;

/**
 * Needed for speed. kafkajs restarts a timer for every connection forever, with a negative delay:
 * about 900 wake-ups per second each, and a warning in Node.js 24. With this patch a queue starts
 * it only while it is throttled or holds requests back, which is its only purpose.
 */
export const queuePatch: Patch = {
  about: 'every connection wakes up 900 times per second',
  neededFor: 'speed',
  install: () => {
    quiet(inside<{ prototype: RequestQueue }>('network/requestQueue').prototype);
  },
};

/** The same for any copy of kafkajs. */
export function quiet(prototype: RequestQueue): void {
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
