import { jest } from '@jest/globals';
import { SideQueue } from '../../../src/rollout/side-queue.ts';
import { everythingReady } from '../../support/settled.ts';

function world({
  limits = { maxRows: 10, maxBytes: 100 },
  together = 1,
  waitMs = 0,
}: {
  limits?: { maxRows: number; maxBytes: number };
  together?: number;
  waitMs?: number;
} = {}) {
  const done: string[] = [];
  const begun: string[] = [];
  const state = { together };
  let waiting: (() => void) | undefined;
  const queue = new SideQueue<string>(limits, {
    rows: () => state.together,
    waitMs,
    work: async (items) => {
      begun.push(items.join('+'));
      await new Promise<void>((resolve) => (waiting = resolve));
      done.push(items.join('+'));
    },
  });
  const finish = async (): Promise<void> => {
    waiting?.();
    await everythingReady();
  };
  return { queue, done, begun, finish, state };
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

  it('works on all items together that fit into a round, in their order', async () => {
    const { queue, begun, finish } = world({ together: 4 });
    queue.offer('a', 1, 1);
    await everythingReady();
    expect(begun).toEqual(['a']);
    queue.offer('b', 2, 1);
    queue.offer('c', 2, 1);
    queue.offer('d', 1, 1); // it would fit, but not before c
    queue.offer('e', 3, 1);
    await finish();
    await finish();
    await finish();
    expect(begun).toEqual(['a', 'b+c', 'd+e']);
  });

  it('works on an item that is larger than a round', async () => {
    const { queue, begun } = world({ together: 4 });
    queue.offer('a', 9, 1);
    await everythingReady();
    expect(begun).toEqual(['a']);
  });

  describe('where items wait for others', () => {
    beforeEach(() => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    it('begins when the first one has waited long enough', async () => {
      const { queue, begun, finish } = world({ together: 4, waitMs: 100 });
      queue.offer('a', 1, 1);
      await jest.advanceTimersByTimeAsync(60);
      queue.offer('b', 1, 1);
      await jest.advanceTimersByTimeAsync(39);
      await everythingReady();
      expect(begun).toEqual([]);
      await jest.advanceTimersByTimeAsync(1);
      expect(begun).toEqual(['a+b']);
      queue.offer('c', 1, 1);
      await jest.advanceTimersByTimeAsync(100);
      await finish(); // c has waited meanwhile
      expect(begun).toEqual(['a+b', 'c']);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('begins as soon as there are enough for a round', async () => {
      const { queue, begun, finish } = world({ together: 4, waitMs: 100 });
      queue.offer('a', 2, 1);
      await everythingReady();
      expect(begun).toEqual([]);
      queue.offer('b', 2, 1);
      await everythingReady();
      expect(begun).toEqual(['a+b']);
      expect(jest.getTimerCount()).toBe(0);
      queue.offer('c', 1, 1);
      await finish();
      expect(begun).toEqual(['a+b']);
      await jest.advanceTimersByTimeAsync(100);
      expect(begun).toEqual(['a+b', 'c']);
    });

    it('works on what only waits for others when it closes', async () => {
      const { queue, done, begun, finish } = world({ together: 4, waitMs: 100 });
      for (const item of ['a', 'b', 'c']) queue.offer(item, 1, 1);
      await everythingReady();
      const closing = queue.close();
      await everythingReady();
      expect(begun).toEqual(['a+b+c']);
      await finish();
      expect(await closing).toEqual([]);
      expect(done).toEqual(['a+b+c']);
      expect(jest.getTimerCount()).toBe(0);
    });
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

  it('counts all items of a round as taken until it is done', async () => {
    const { queue, begun, finish } = world({ together: 10 });
    queue.offer('a', 4, 1);
    queue.offer('b', 5, 1);
    await everythingReady();
    expect(begun).toEqual(['a+b']);
    expect(queue.offer('c', 2, 1)).toBe(false);
    await finish();
    expect(queue.offer('d', 10, 100)).toBe(true);
  });

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
