import { warmTransactions } from '../../../src/demo/warm-transactions.ts';
import { DEMO_WORLD } from '../../../src/demo/simulate/demo-world.ts';

const SMALL = { ...DEMO_WORLD, customers: 200, terminals: 100 };

function first(count: number, run?: string): { ids: string[]; pauses: number; amounts: number[] } {
  const ids: string[] = [];
  const amounts: number[] = [];
  let pauses = 0;
  for (const transaction of warmTransactions(1, count, run, SMALL)) {
    if (transaction === undefined) pauses++;
    else {
      ids.push(transaction.event.transactionId);
      amounts.push(transaction.event.amount);
    }
  }
  return { ids, pauses, amounts };
}

describe('transactions of the demo', () => {
  it('are the same in every run, under ids that no other run has', () => {
    const one = first(50, 'run1');
    const other = first(50, 'run2');
    expect(other.amounts).toEqual(one.amounts);
    expect(new Set([...one.ids, ...other.ids]).size).toBe(100);
  });

  it('pause often on the way through the weeks before, so that a signal is heard', () => {
    expect(first(1).pauses).toBeGreaterThan(3);
  });
});
