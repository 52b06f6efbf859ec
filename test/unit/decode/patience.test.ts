import { Effort, MAX_WAITING, Patience } from '../../../src/decode/patience.ts';

const WINDOW = 30_000;

/**
 * How long ids hold the others up in all: each is asked for anew every `step` ms, until it is given
 * up.
 */
function heldUpMs(patience: Patience, ids: number, from: number, step = 10): number {
  let now = from;
  for (let id = 0; id < ids; id++) while (patience.waits(from + id, now)) now += step;
  return now - from;
}

describe('patience with ids that the registry does not know', () => {
  it('lasts for the whole window', () => {
    const patience = new Patience(WINDOW);
    expect([0, 1, WINDOW - 1].map((now) => patience.waits(7, now))).toEqual([true, true, true]);
    expect(patience.waits(7, WINDOW)).toBe(false);
  });

  it('gives an id its own window while another one waits', () => {
    const patience = new Patience(WINDOW);
    patience.waits(7, 0);
    expect(patience.waits(8, WINDOW - 1)).toBe(true);
    expect(patience.waits(8, 2 * WINDOW - 2)).toBe(true);
    expect(patience.waits(8, 2 * WINDOW)).toBe(false);
  });

  it('holds the others up for two windows, however many ids come one after the other', () => {
    const patience = new Patience(WINDOW);
    expect(heldUpMs(patience, 100, 0)).toBeLessThan(2.2 * WINDOW);
    expect(heldUpMs(patience, 100, 1_000_000)).toBeLessThan(2.2 * WINDOW);
  });

  it('takes a twentieth of the time in the long run', () => {
    const patience = new Patience(WINDOW);
    heldUpMs(patience, 100, 0);
    expect(heldUpMs(patience, 1, 200_000)).toBeLessThan(0.06 * 200_000);
  });

  it('waits for so many at a time, and for no more', () => {
    const patience = new Patience(WINDOW);
    const waits = Array.from({ length: MAX_WAITING + 5 }, (_, id) => patience.waits(id, 0));
    expect(waits.filter(Boolean)).toHaveLength(MAX_WAITING);
    expect(patience.waits(999, 3 * WINDOW)).toBe(true); // whoever waited for the others is gone
  });

  it('is as it was once an id turns up', () => {
    const patience = new Patience(WINDOW);
    heldUpMs(patience, 1, 0);
    patience.waits(8, WINDOW);
    patience.found(8, WINDOW + 100);
    expect(heldUpMs(patience, 100, WINDOW + 200)).toBeGreaterThan(1.9 * WINDOW);
  });

  it('knows whether an id had its window from end to end', () => {
    const patience = new Patience(WINDOW);
    patience.waits(7, 0);
    patience.waits(8, WINDOW);
    patience.waits(9, WINDOW + 2000);
    expect([7, 8, 9, 10].map((id) => patience.waitsWhole(id))).toEqual([true, true, false, false]);
  });

  it('is none where it is set to 0', () => {
    expect(new Patience(0).waits(7, 0)).toBe(false);
  });
});

it('waits for no more ids once there were too many at a time, but those that wait have their window', () => {
  const patience = new Patience(WINDOW);
  for (let id = 0; id <= MAX_WAITING; id++) patience.waits(id, 0);
  expect(patience.waits(0, WINDOW - 1)).toBe(true);
  expect(patience.waits(0, WINDOW)).toBe(false);
  expect(patience.waits(500, WINDOW + 1)).toBe(false);
  expect(heldUpMs(patience, 100, 3 * WINDOW)).toBeLessThan(0.2 * WINDOW);
});

describe('the effort of asking for ids that are none', () => {
  const spend = (effort: Effort, from: number, ms: number): void => {
    effort.begin(from);
    effort.answered(from + ms, true);
    effort.end(from + ms);
  };

  it('is used up by the time of the answers that say so, and batches side by side count once', () => {
    const effort = new Effort(WINDOW);
    effort.begin(0);
    spend(effort, 0, WINDOW - 1000);
    effort.end(WINDOW - 1000);
    expect(effort.isUsedUp).toBe(false);
    spend(effort, WINDOW - 1000, 1000);
    expect(effort.isUsedUp).toBe(true);
  });

  it('grows back by a twentieth of the time', () => {
    const effort = new Effort(WINDOW);
    spend(effort, 0, 10 * WINDOW);
    effort.begin(10 * WINDOW + 20_000);
    expect(effort.isUsedUp).toBe(false);
    effort.answered(10 * WINDOW + 21_001, true);
    expect(effort.isUsedUp).toBe(true);
  });

  it('costs nothing where there is a schema, or no answer, or nobody asks', () => {
    const effort = new Effort(WINDOW);
    effort.begin(0);
    effort.answered(2 * WINDOW, false);
    effort.end(3 * WINDOW);
    spend(effort, 3 * WINDOW, 1000);
    expect(effort.isUsedUp).toBe(false);
    spend(effort, 4 * WINDOW, WINDOW);
    effort.begin(5 * WINDOW);
    effort.answered(5 * WINDOW, false); // which does not give it back either
    expect(effort.isUsedUp).toBe(true);
  });
});
