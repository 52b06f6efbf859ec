import fc from 'fast-check';
import { closeBatch, type ProcessorState } from '../../../src/consume/batch-policy.ts';

const LIMITS = { maxSize: 10, maxDelayMs: 5 };
const processor = (state: Partial<ProcessorState>): ProcessorState => ({
  queued: 1,
  oldestAt: 100,
  scoring: false,
  delivering: false,
  stopping: false,
  ...state,
});

describe('closeBatch', () => {
  it.each([
    [
      'nothing is there: until something happens',
      processor({ queued: 0, oldestAt: Infinity }),
      100,
      { waitMs: Infinity },
    ],
    [
      'an idle partition processor takes what is there at once',
      processor({}),
      100,
      { close: 'end' },
    ],
    [
      'enough for a whole batch, though busy',
      processor({ queued: 10, delivering: true }),
      100,
      { close: 'size' },
    ],
    [
      'more than a whole batch, though stopping',
      processor({ queued: 11, stopping: true }),
      100,
      { close: 'size' },
    ],
    [
      'busy: gathers until the oldest has waited',
      processor({ delivering: true }),
      102,
      { waitMs: 3 },
    ],
    [
      'busy, and the oldest has waited long enough',
      processor({ delivering: true }),
      105,
      { close: 'delay' },
    ],
    [
      'busy, and a clock that went on further',
      processor({ delivering: true }),
      900,
      { close: 'delay' },
    ],
    [
      'the one before is still scored: gathers, however long',
      processor({ scoring: true }),
      900,
      { waitMs: Infinity },
    ],
    [
      'enough for a whole batch, though the one before is scored',
      processor({ queued: 10, scoring: true }),
      100,
      { close: 'size' },
    ],
    [
      'stopping takes the rest, though one is scored',
      processor({ scoring: true, stopping: true }),
      100,
      { close: 'shutdown' },
    ],
    [
      'stopping takes the rest, though busy',
      processor({ delivering: true, stopping: true }),
      100,
      { close: 'shutdown' },
    ],
    [
      'stopping with nothing left',
      processor({ queued: 0, stopping: true }),
      100,
      { waitMs: Infinity },
    ],
  ] as const)('%s', (_what, state, now, verdict) => {
    expect(closeBatch(state, LIMITS, now)).toEqual(verdict);
  });

  it('never waits longer than maxDelayMs while records are queued and none are scored', () => {
    const state = fc.record({
      queued: fc.integer({ min: 1, max: 50 }),
      oldestAt: fc.integer({ min: 0, max: 1000 }),
      scoring: fc.constant(false),
      delivering: fc.boolean(),
      stopping: fc.boolean(),
    });
    fc.assert(
      fc.property(state, fc.integer({ min: 0, max: 1000 }), (given, later) => {
        const verdict = closeBatch(given, LIMITS, given.oldestAt + later);
        expect('close' in verdict ? 0 : verdict.waitMs).toBeLessThanOrEqual(LIMITS.maxDelayMs);
      }),
    );
  });
});
