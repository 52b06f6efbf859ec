import { createAtLeastOnce, type AtLeastOnceOptions } from '../../../src/commit/at-least-once.ts';
import { Committer } from '../../../src/commit/committer.ts';
import { ScorerError } from '../../../src/errors.ts';
import { createDelivery } from '../../../src/pipeline.ts';
import { batchOf, inputRecords, outcomeOf } from '../../support/given-records.ts';
import { everythingReady } from '../../support/settled.ts';

const OUTCOME = outcomeOf(batchOf(inputRecords(3)));

function guaranteeOf(write: AtLeastOnceOptions['write']) {
  const committed: bigint[] = [];
  const delivered: bigint[] = [];
  const retried: string[] = [];
  const committer = new Committer({
    commit: (offsets) => {
      committed.push(...offsets.map(({ offset }) => offset));
      return Promise.resolve(true);
    },
    intervalMs: 60_000,
    onFatal: () => undefined,
    onCommitted: () => undefined,
  });
  const guarantee = createAtLeastOnce({
    write,
    committer,
    onRetry: ({ code }) => retried.push(code),
  });
  /** What would be committed now. */
  const committable = async (): Promise<bigint[]> => {
    await committer.flush();
    return committed;
  };
  const deliver = createDelivery({
    limit: () => undefined,
    guarantee,
    record: (_outcome, nextOffset) => delivered.push(nextOffset),
  });
  return { guarantee: { ...guarantee, deliver }, delivered, retried, committable };
}

const live = new AbortController().signal;

describe('at least once', () => {
  it('lets the offset move only after everything is acknowledged', async () => {
    const acknowledged = Promise.withResolvers<undefined>();
    const { guarantee, delivered, committable } = guaranteeOf(() => acknowledged.promise);
    const done = guarantee.deliver([OUTCOME], 3n, live);
    await everythingReady();
    expect(await committable()).toEqual([]);
    acknowledged.resolve(undefined);
    await done;
    expect(await committable()).toEqual([3n]);
    expect(delivered).toEqual([3n]);
  });

  it('moves nothing for a batch whose assignment is over, though it is written', async () => {
    const acknowledged = Promise.withResolvers<undefined>();
    const { guarantee, delivered, committable } = guaranteeOf(() => acknowledged.promise);
    const abort = new AbortController();
    const done = guarantee.deliver([OUTCOME], 3n, abort.signal);
    abort.abort();
    acknowledged.resolve(undefined);
    await expect(done).rejects.toBe(abort.signal.reason);
    expect([await committable(), delivered]).toEqual([[], []]);
  });

  it('waits an outage out, writing again only what was not acknowledged', async () => {
    const away = new ScorerError({ code: 'DESTINATION_UNAVAILABLE', what: 'no leader' });
    const writes: string[] = [];
    const { guarantee, retried, committable } = guaranteeOf(async (_outcome, persist) => {
      await persist(async () => writes.push('scores'));
      await persist(async () => {
        writes.push('dead letters');
        if (writes.length === 2) throw away;
      });
    });
    await guarantee.deliver([OUTCOME], 3n, live);
    expect(writes).toEqual(['scores', 'dead letters', 'dead letters']);
    expect(retried).toEqual(['DESTINATION_UNAVAILABLE']);
    expect(await committable()).toEqual([3n]);
  });

  it('moves nothing when a write fails for good', async () => {
    const denied = new ScorerError({ code: 'KAFKA_DENIED', what: 'may not write' });
    const { guarantee, committable } = guaranteeOf((_outcome, persist) =>
      persist(() => Promise.reject(denied)),
    );
    await expect(guarantee.deliver([OUTCOME], 3n, live)).rejects.toBe(denied);
    expect(await committable()).toEqual([]);
  });

  it('moves over what needs no output', async () => {
    const { guarantee, committable } = guaranteeOf(() => Promise.resolve());
    await guarantee.skipTo({ topic: 'in', partition: 0 }, 9n, live);
    expect(await committable()).toEqual([9n]);
  });
});
