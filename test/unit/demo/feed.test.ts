import { feed, type FeedEvent } from '../../../src/demo/feed.ts';
import { FakeSink } from '../../support/fake-sink.ts';

const event = (id: string): FeedEvent => ({ id, key: Buffer.from(id), value: Buffer.from(id) });

function feeding(
  events: Iterator<FeedEvent | undefined>,
  signal: AbortSignal,
): { sent: number[]; fed: Promise<void> } {
  const sent: number[] = [];
  const sink = new FakeSink({ t: 2 });
  const onSent = (count: number): undefined => void sent.push(count);
  return { sent, fed: feed({ events, sink, topic: 't', rate: 1e6, signal, onSent }) };
}

describe('a feed', () => {
  it('passes over what is not ready yet, and sends everything else', async () => {
    const events = [undefined, undefined, event('a'), event('b'), undefined, event('c')];
    const { sent, fed } = feeding(events[Symbol.iterator](), new AbortController().signal);
    await fed;
    expect(sent.at(-1)).toBe(3);
  });

  it('waits where it is held back', async () => {
    const order: string[] = [];
    const sink = new FakeSink({ t: 1 });
    const release = Promise.withResolvers<undefined>();
    const onSent = (count: number): Promise<undefined> | undefined => {
      order.push(`sent ${count}`);
      if (count > 1) return undefined;
      setImmediate(() => {
        order.push('released');
        release.resolve(undefined);
      });
      return release.promise;
    };
    const events = [event('a'), event('b')][Symbol.iterator]();
    const { signal } = new AbortController();
    await feed({ events, sink, topic: 't', rate: 1e6, signal, onSent });
    expect(order).toEqual(['sent 1', 'released', 'sent 2']);
  });

  it('hears that it is to stop while the first event is not ready', async () => {
    const stop = new AbortController();
    function* never(): Generator<undefined> {
      for (;;) yield undefined;
    }
    setImmediate(() => {
      stop.abort();
    });
    const { sent, fed } = feeding(never(), stop.signal);
    await fed;
    expect(sent).toEqual([]);
  });

  it('that is stopped before it began says so in a way that its caller knows', async () => {
    const stop = AbortSignal.abort();
    const { fed } = feeding([event('a')][Symbol.iterator](), stop);
    await expect(fed).rejects.toBe(stop.reason);
  });
});
