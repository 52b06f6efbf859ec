import { SideQueue } from '../../../src/rollout/side-queue.ts';
import { everythingReady } from '../../support/settled.ts';

function world(limits = { maxRows: 10, maxBytes: 100 }) {
  const done: string[] = [];
  const begun: string[] = [];
  let waiting: (() => void) | undefined;
  const queue = new SideQueue<string>(limits, async (item) => {
    begun.push(item);
    await new Promise<void>((resolve) => (waiting = resolve));
    done.push(item);
  });
  const finish = async (): Promise<void> => {
    waiting?.();
    await everythingReady();
  };
  return { queue, done, begun, finish };
}

describe('a queue beside the stream', () => {
  it('works on one item after the other, and not within the call', async () => {
    const { queue, done, begun, finish } = world();
    expect([queue.offer('a', 1, 1), queue.offer('b', 1, 1)]).toEqual([true, true]);
    expect(begun).toEqual([]);
    await everythingReady();
    expect(begun).toEqual(['a']);
    await finish();
    expect([begun, done]).toEqual([['a', 'b'], ['a']]);
    await finish();
    expect(queue.offer('c', 1, 1)).toBe(true);
    await everythingReady();
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['rows', 6, 1],
    ['bytes', 1, 51],
  ])(
    'does not take what would be too many %s, until there is room again',
    async (_what, rows, bytes) => {
      const { queue, finish } = world();
      expect(queue.offer('a', rows, bytes)).toBe(true);
      expect(queue.offer('b', rows, bytes)).toBe(false);
      expect(queue.offer('c', 1, 1)).toBe(true);
      await everythingReady();
      await finish();
      expect(queue.offer('d', rows, bytes)).toBe(true);
    },
  );

  it('gives back what nobody worked on when it closes, and waits for the item in progress', async () => {
    const { queue, done, finish } = world();
    for (const item of ['a', 'b', 'c']) queue.offer(item, 1, 1);
    await everythingReady();
    const closing = queue.close();
    expect(queue.offer('d', 1, 1)).toBe(false);
    await finish();
    expect(await closing).toEqual(['b', 'c']);
    expect(done).toEqual(['a']);
  });
});
