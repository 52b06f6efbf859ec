import { ScorerError, type ErrorCode } from '../../../src/errors.ts';
import { untilAvailable, withDeadline } from '../../../src/runtime/retry.ts';
import { everythingReady } from '../../support/settled.ts';

const error = (code: ErrorCode): ScorerError => new ScorerError({ code, what: 'it failed' });
const AWAY = error('BROKER_UNAVAILABLE');
const live = new AbortController().signal;

/** Fails with each of these in turn, then succeeds. */
function failing(...errors: Error[]) {
  let calls = 0;
  const work = (): Promise<string> => {
    const next = errors[calls++];
    return next === undefined ? Promise.resolve('done') : Promise.reject(next);
  };
  return { work, calls: () => calls };
}

describe('untilAvailable', () => {
  it('waits outages out, and each is seen', async () => {
    const { work } = failing(AWAY, error('REGISTRY_UNAVAILABLE'), error('DESTINATION_UNAVAILABLE'));
    const seen: [ErrorCode, number][] = [];
    const onRetry = ({ code }: ScorerError, attempt: number): void => {
      seen.push([code, attempt]);
    };
    expect(await untilAvailable(work, { signal: live, onRetry, firstWaitMs: 1 })).toBe('done');
    expect(seen).toEqual([
      ['BROKER_UNAVAILABLE', 1],
      ['REGISTRY_UNAVAILABLE', 2],
      ['DESTINATION_UNAVAILABLE', 3],
    ]);
  });

  it('waits twice as long each time, up to a limit, a little more at random', async () => {
    const { work } = failing(...new Array<Error>(6).fill(AWAY));
    const waits: number[] = [];
    const onRetry = (_error: ScorerError, _attempt: number, waitMs: number): void => {
      waits.push(waitMs);
    };
    await untilAvailable(work, { signal: live, onRetry, firstWaitMs: 1, longestWaitMs: 10 });
    for (const [i, least] of [1, 2, 4, 8, 10, 10].entries()) {
      expect(waits[i]).toBeGreaterThanOrEqual(least);
      expect(waits[i]).toBeLessThanOrEqual(least * 1.2);
    }
  });

  it.each([
    ['a record', error('AVRO_TRUNCATED')],
    ['a denial', error('KAFKA_DENIED')],
    ['a bug of ours', error('INTERNAL')],
    ['a bug', new TypeError('a bug')],
  ])('does not wait for what no waiting mends: %s', async (_what, other) => {
    const { work, calls } = failing(AWAY, other);
    await expect(untilAvailable(work, { signal: live, firstWaitMs: 1 })).rejects.toBe(other);
    expect(calls()).toBe(2);
  });

  it('does not begin what nobody wants any more', async () => {
    const { work, calls } = failing();
    const signal = AbortSignal.abort();
    await expect(untilAvailable(work, { signal })).rejects.toBe(signal.reason);
    expect(calls()).toBe(0);
  });

  it('answers what succeeded while nobody wanted it any more: it has happened', async () => {
    const stop = new AbortController();
    const work = async (): Promise<string> => {
      stop.abort();
      return 'committed';
    };
    expect(await untilAvailable(work, { signal: stop.signal })).toBe('committed');
  });

  it('ends a wait that nobody wants any more', async () => {
    const { work, calls } = failing(AWAY, AWAY);
    const abort = new AbortController();
    const done = untilAvailable(work, {
      signal: abort.signal,
      firstWaitMs: 3_600_000,
      longestWaitMs: 3_600_000,
    });
    await everythingReady();
    abort.abort();
    await expect(done).rejects.toBe(abort.signal.reason);
    expect(calls()).toBe(1);
  });
});

describe('withDeadline', () => {
  const late = (): Error => new Error('too late');

  it('answers what comes in time, also a failure', async () => {
    expect(await withDeadline(Promise.resolve(7), 60_000, late)).toBe(7);
    await expect(withDeadline(Promise.reject(new Error('its own')), 60_000, late)).rejects.toThrow(
      'its own',
    );
  });

  it('rejects what does not come', async () => {
    await expect(withDeadline(new Promise(() => undefined), 1, late)).rejects.toThrow('too late');
  });

  it('leaves no timer behind that would keep the process', async () => {
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    await withDeadline(Promise.resolve(7), 3_600_000, late);
    expect(timers()).toBe(before);
  });
});
