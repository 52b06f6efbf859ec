import fc from 'fast-check';
import { BatchBudget } from '../../../src/consume/batch-budget.ts';

/** A model that costs so many seconds a batch and so many a row. */
const model = (perBatch: number, perRow: number) => (rows: number) => perBatch + perRow * rows;

/** Scores whole batches only, `waiting` rows at most, and answers the sizes. */
function backlog(
  budget: BatchBudget,
  seconds: (rows: number) => number,
  batches: number,
  waiting = Infinity,
): number[] {
  return Array.from({ length: batches }, () => {
    const rows = Math.min(budget.size, waiting);
    budget.observe(rows, seconds(rows));
    return rows;
  });
}

describe('the size of a batch', () => {
  it('is what is configured as long as nothing is known, and for a model that is fast', () => {
    const budget = new BatchBudget(1024, 0.05);
    expect(backlog(budget, model(0.0001, 0.0000025), 50)).toEqual(new Array(50).fill(1024));
  });

  it('comes down after the first batch of a slow model, and stays within the budget', () => {
    const budget = new BatchBudget(1024, 0.05);
    const [first, ...later] = backlog(budget, model(0, 0.0002), 50);
    expect(first).toBe(1024);
    for (const rows of later) expect([249, 250]).toContain(rows);
  });

  it('does not shrink for a cost that a batch of any size has', () => {
    const budget = new BatchBudget(1024, 0.05);
    const sizes = backlog(budget, model(0.2, 0.00001), 50);
    expect(sizes.at(-1)).toBe(1024);
  });

  it('grows when a slow stream of single rows becomes a backlog, whatever a single row seemed to cost', () => {
    const budget = new BatchBudget(1024, 0.05);
    backlog(budget, model(0.03, 0.0001), 500, 1);
    const sizes = backlog(budget, model(0.03, 0.0001), 50);
    expect(sizes.at(-1)).toBeGreaterThanOrEqual(199);
    expect(sizes.at(-1)).toBeLessThanOrEqual(301);
  });

  it('stays one row where a row alone takes longer than the budget, but for a try', () => {
    const budget = new BatchBudget(1024, 0.05);
    const sizes = backlog(budget, model(0, 0.06), 100, 8);
    expect(sizes.slice(3).every((rows) => rows === 1)).toBe(true);
  });

  it('follows a model that becomes slower, and one that becomes faster again', () => {
    const budget = new BatchBudget(1024, 0.05);
    backlog(budget, model(0, 0.0002), 50);
    expect(backlog(budget, model(0, 0.0004), 60).at(-1)).toBeCloseTo(125, -1);
    expect(backlog(budget, model(0, 0.0002), 60).at(-1)).toBeCloseTo(250, -1);
  });

  it('is from one to what is configured, whatever is observed', () => {
    const seen = fc.tuple(
      fc.integer({ min: 1, max: 5000 }),
      fc.double({ min: 0, max: 100, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(seen), (observed) => {
        const budget = new BatchBudget(1024, 0.05);
        for (const [rows, seconds] of observed) {
          budget.observe(rows, seconds);
          expect(Number.isInteger(budget.size) && budget.size >= 1 && budget.size <= 1024).toBe(
            true,
          );
        }
      }),
    );
  });
});
