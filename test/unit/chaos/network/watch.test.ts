import { OpenTransactions } from '../../../../chaos/network/open-transactions.ts';
import { Watch } from '../../../../chaos/network/watch.ts';

describe('the watch over the group', () => {
  it('measures how long input waits without anything being committed', () => {
    const watch = new Watch(2);
    watch.see(0, [0, 5], [5, 5]);
    watch.see(1000, [0, 5], [6, 5]);
    watch.see(3000, [1, 5], [6, 5]);
    expect(watch.longestStallMs).toBe(3000);
    watch.see(5000, [6, 5], [6, 5]);
    watch.see(90_000, [6, 5], [6, 5]); // nothing waits
    watch.see(91_000, [6, 5], [7, 5]);
    watch.see(95_000, [6, 5], [7, 5]);
    expect(watch.longestStallMs).toBe(4000);
  });

  it('takes no offset that went back for progress, and says how long it stayed back', () => {
    const watch = new Watch(1);
    watch.see(0, [8], [10]);
    watch.see(1000, [3], [10]);
    watch.see(5000, [7], [10]);
    watch.see(6000, [9], [10]);
    expect(watch.longestStallMs).toBe(6000);
    expect(watch.longestBehindMs).toBe(4000);
  });

  it('tells when offsets were reached in every partition', async () => {
    const watch = new Watch(2);
    const reached = watch.reached([3, 4], 60_000);
    watch.see(10, [3, 3], [9, 9]);
    watch.see(20, [2, 4], [9, 9]);
    expect(await reached).toBe(20);
    expect(watch.ends).toEqual([9, 9]);
  });

  it('gives up after a time', async () => {
    expect(await new Watch(1).reached([1], 1)).toBeUndefined();
  });
});

describe('open transactions', () => {
  it('count while the last stable offset stays where it is, before the end', () => {
    const open = new OpenTransactions();
    expect(open.see(0, [{ place: 'a-0', stable: 5, end: 9 }])).toBe(false);
    expect(open.see(4000, [{ place: 'a-0', stable: 5, end: 12 }])).toBe(false);
    open.see(5000, [{ place: 'a-0', stable: 9, end: 12 }]); // another one by now
    open.see(8000, [{ place: 'a-0', stable: 9, end: 12 }]);
    expect(open.see(9000, [{ place: 'a-0', stable: 12, end: 12 }])).toBe(true);
    expect(open.longestMs).toBe(4000);
  });
});
