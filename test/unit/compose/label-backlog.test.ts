import { LabelBacklog } from '../../../src/compose/label-backlog.ts';

/** `times`: what each look finds. */
function given(times: (number | undefined)[], fails = 0) {
  const read: number[] = [];
  const problems: unknown[] = [];
  const backlog = new LabelBacklog({
    take: () => times.shift(),
    replay: (from) => {
      read.push(from);
      return read.length <= fails ? Promise.reject(new Error('away')) : Promise.resolve();
    },
    onProblem: (error) => problems.push(error),
  });
  return { backlog, read, problems };
}

it('reads labels once no more events of before come, from the oldest one on', async () => {
  const { backlog, read } = given([undefined, 30, 10, 20]);
  expect(await backlog.look()).toBe(true);
  for (let i = 0; i < 3; i++) expect(await backlog.look()).toBe(false);
  expect([backlog.isWaiting(), read]).toEqual([true, []]);
  expect(await backlog.look()).toBe(true);
  expect([backlog.isWaiting(), read]).toEqual([false, [10]]);
  expect(await backlog.look()).toBe(true);
  expect(read).toHaveLength(1);
});

it('waits as soon as such an event came, and a question is no look', async () => {
  const { backlog, read } = given([undefined, 30]);
  expect(backlog.isWaiting()).toBe(false);
  expect([backlog.isWaiting(), backlog.isWaiting()]).toEqual([true, true]);
  expect([await backlog.look(), await backlog.look(), read]).toEqual([false, true, [30]]);
});

it('does not wait forever where events always have old times', async () => {
  const { backlog, read } = given(new Array<number>(40).fill(5));
  const looks: boolean[] = [];
  for (let i = 0; i < 20; i++) looks.push(await backlog.look());
  expect(looks.flatMap((counts, i) => (counts ? [i] : []))).toEqual([9, 19]);
  expect(read).toEqual([5, 5]);
});

it('tries again where the topic cannot be read', async () => {
  const { backlog, read, problems } = given([7], 1);
  const looks = [await backlog.look(), await backlog.look(), await backlog.look()];
  expect([looks, read, problems.length]).toEqual([[false, false, true], [7, 7], 1]);
});
