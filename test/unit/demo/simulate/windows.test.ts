import fc from 'fast-check';
import { Windows } from '../../../../src/demo/simulate/windows.ts';

const DAY = 86_400_000;
const WINDOWS = [1, 7, 30];

interface Entry {
  readonly at: number;
  readonly value: number;
}

/** The three windows as they are defined: entries in (now - delay - w, now - delay]. */
function defined(entries: readonly Entry[], now: number, delayDays: number) {
  const end = now - delayDays * DAY;
  return WINDOWS.map((days) => {
    const inside = entries.filter(({ at }) => at <= end && at > end - days * DAY);
    return { count: inside.length, sum: inside.reduce((sum, { value }) => sum + value, 0) };
  });
}

function windowsOf(entries: readonly Entry[], delayDays = 0): Windows {
  const windows = new Windows(delayDays);
  for (const { at, value } of entries) windows.add(at, value);
  return windows;
}

/**
 * Histories in order of time, with whole numbers as values, so that sums are exact; gaps of a day
 * hit the edges.
 */
const histories = fc
  .array(
    fc.record({
      gap: fc.oneof(fc.constantFrom(0, 1, DAY - 1, DAY, 7 * DAY), fc.nat(3 * DAY)),
      value: fc.integer({ min: 0, max: 9 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((steps) => {
    let at = 0;
    return steps.map(({ gap, value }): Entry => ({ at: (at += gap), value }));
  });

describe('windows of time', () => {
  it('count and sum what their definition says, at every arrival, with and without a delay', () => {
    fc.assert(
      fc.property(histories, fc.constantFrom(0, 7), (entries, delay) => {
        const windows = new Windows(delay);
        entries.forEach(({ at, value }, i) => {
          windows.add(at, value);
          expect(windows.at(at)).toEqual(defined(entries.slice(0, i + 1), at, delay));
        });
      }),
    );
  });

  it('do not see what is younger than the delay: other values there change nothing', () => {
    fc.assert(
      fc.property(histories, (entries) => {
        const now = entries.at(-1)!.at;
        const flipped = entries.map(({ at, value }) => ({
          at,
          value: at > now - 7 * DAY ? 1000 + value : value,
        }));
        expect(windowsOf(flipped, 7).at(now)).toEqual(windowsOf(entries, 7).at(now));
      }),
    );
  });

  it('see what is exactly as old as the delay, and no more what is exactly a window older', () => {
    const count1d = (age: number): number => windowsOf([{ at: 0, value: 1 }], 7).at(age)[0].count;
    expect([7 * DAY - 1, 7 * DAY, 8 * DAY - 1, 8 * DAY].map(count1d)).toEqual([0, 1, 1, 0]);
  });

  it('are exactly empty after amounts that do not add up exactly', () => {
    const windows = new Windows();
    for (const [i, value] of [0.1, 0.2, 0.3].entries()) {
      windows.add(i, value);
      windows.at(i);
    }
    expect(windows.at(40 * DAY)).toEqual(WINDOWS.map(() => ({ count: 0, sum: 0 })));
  });

  it('stay right over a history longer than what they keep', () => {
    const entries = Array.from({ length: 4000 }, (_, i): Entry => ({
      at: (i * DAY) / 10,
      value: i,
    }));
    const windows = new Windows(7);
    for (const { at, value } of entries) {
      windows.add(at, value);
      windows.at(at);
    }
    const now = entries.at(-1)!.at;
    expect(windows.at(now)).toEqual(defined(entries, now, 7));
    expect(windows.at(now).map(({ count }) => count)).toEqual([10, 70, 300]);
  });
});
