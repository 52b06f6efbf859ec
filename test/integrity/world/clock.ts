import { jest } from '@jest/globals';

/**
 * Waits of `node:timers/promises` by the clock of the test. This has to be there before any module
 * that waits is loaded, so it is imported alone.
 */
jest.unstable_mockModule('node:timers/promises', () => ({
  setTimeout: (ms: number, value: unknown, { signal }: { signal?: AbortSignal } = {}) =>
    new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        reject(new Error('aborted'));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', end);
        resolve(value);
      }, ms);
      if (signal?.aborted === true) end();
      signal?.addEventListener('abort', end, { once: true });
    }),
}));
