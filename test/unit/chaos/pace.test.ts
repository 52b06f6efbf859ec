import { rateFor } from '../../../chaos/pace.ts';

const PACE = { guessMs: 10_000, minPerSecond: 50, maxPerSecond: 6000 };

describe('the rate of events while faults are injected', () => {
  it('lets the events left last for the faults left, by a guess at first and by experience then', () => {
    const stage = { eventsLeft: 60_000, faultsLeft: 6, faultsDone: 2, elapsedMs: 90_000 };
    expect(rateFor(PACE, stage)).toBe(1000);
    expect(rateFor(PACE, { ...stage, faultsDone: 3 })).toBeCloseTo(60_000 / (6 * 30));
  });

  it('stays within what the load can do, also behind the last fault', () => {
    const stage = { eventsLeft: 1e9, faultsLeft: 0, faultsDone: 9, elapsedMs: 90_000 };
    expect(rateFor(PACE, stage)).toBe(6000);
    expect(rateFor(PACE, { ...stage, eventsLeft: 1 })).toBe(50);
  });
});
