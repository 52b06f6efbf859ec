import { jest } from '@jest/globals';
import { Committer, type OffsetToCommit } from '../../../src/commit/committer.ts';
import { ScorerError } from '../../../src/errors.ts';

const P0 = { topic: 'in', partition: 0 };
const P1 = { topic: 'in', partition: 1 };
const INTERVAL_MS = 100;
const AWAY = new ScorerError({ code: 'BROKER_UNAVAILABLE', what: 'the broker is away' });

type Answer = boolean | Error | Promise<boolean>;

/** A committer whose broker gives these answers, then takes everything. */
function committerOf(...answers: Answer[]) {
  const asked: string[] = [];
  const committed: string[] = [];
  const fatal: unknown[] = [];
  const show = (offsets: readonly OffsetToCommit[]): string =>
    offsets.map(({ partition, offset }) => `${partition}:${offset.toString()}`).join(' ');
  const committer = new Committer({
    commit: async (offsets) => {
      asked.push(show(offsets));
      const answer = answers.shift() ?? true;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    intervalMs: INTERVAL_MS,
    onCommitted: (offsets) => committed.push(show(offsets)),
    onFatal: (error) => fatal.push(error),
  });
  return { committer, asked, committed, fatal };
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('Committer', () => {
  it('commits the newest offset of every partition together', async () => {
    const { committer, committed } = committerOf();
    committer.advance(P0, 5n);
    committer.advance(P1, 7n);
    committer.advance(P0, 9n);
    await committer.flush();
    expect(committed).toEqual(['0:9 1:7']);
  });

  it('commits again what it committed while nothing moves: a commit that was given up may still arrive', async () => {
    const { committer, asked } = committerOf();
    committer.advance(P0, 5n);
    committer.advance(P1, 7n);
    await committer.flush();
    await jest.advanceTimersByTimeAsync(9000);
    committer.advance(P0, 6n);
    await committer.flush();
    expect(asked).toEqual(['0:5 1:7', '0:6']);
    await jest.advanceTimersByTimeAsync(20_000);
    expect(asked.slice(2)).toEqual(['0:6 1:7', '0:6 1:7']);
  });

  it('never commits an older offset again behind a newer one that took long', async () => {
    const answer = Promise.withResolvers<boolean>();
    const { committer, asked } = committerOf(true, answer.promise);
    committer.advance(P0, 5n);
    await committer.flush();
    committer.advance(P0, 8n);
    const flushed = committer.flush();
    await jest.advanceTimersByTimeAsync(20_000); // the time to commit again comes meanwhile
    answer.resolve(true);
    await flushed;
    await jest.advanceTimersByTimeAsync(0);
    expect(asked).toEqual(['0:5', '0:8', '0:8']);
  });

  it('commits nothing again of an assignment that is over', async () => {
    const { committer, asked } = committerOf();
    committer.advance(P0, 5n);
    await committer.flush();
    committer.reset();
    await jest.advanceTimersByTimeAsync(20_000);
    expect(asked).toEqual(['0:5']);
  });

  it('commits at most once an interval, and not at all while nothing moves', async () => {
    const { committer, asked } = committerOf();
    for (let offset = 1n; offset <= 50n; offset++) {
      committer.advance(P0, offset);
      await jest.advanceTimersByTimeAsync(INTERVAL_MS / 10);
    }
    expect(asked).toEqual(['0:10', '0:20', '0:30', '0:40', '0:50']);
    await jest.advanceTimersByTimeAsync(10 * INTERVAL_MS);
    expect(asked).toHaveLength(5);
  });

  it('tries again after an outage', async () => {
    const { committer, asked, committed, fatal } = committerOf(AWAY, AWAY);
    committer.advance(P0, 5n);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(asked).toEqual(['0:5', '0:5', '0:5']);
    expect([committed, fatal]).toEqual([['0:5'], []]);
  });

  it('tries the newer offset where one has come during the outage', async () => {
    const answer = Promise.withResolvers<boolean>();
    const { committer, asked } = committerOf(answer.promise);
    committer.advance(P0, 5n);
    committer.advance(P1, 1n);
    const flushed = committer.flush();
    await jest.advanceTimersByTimeAsync(0);
    committer.advance(P0, 8n);
    answer.reject(AWAY);
    await flushed;
    await committer.flush();
    expect(asked).toEqual(['0:5 1:1', '0:8 1:1']);
  });

  it('forgets offsets that the group does not take from this member any more', async () => {
    const { committer, asked, committed, fatal } = committerOf(false);
    committer.advance(P0, 5n);
    await jest.advanceTimersByTimeAsync(10_000);
    await committer.flush();
    expect([asked, committed, fatal]).toEqual([['0:5'], [], []]);
  });

  it('forgets everything from before a reset', async () => {
    const { committer, asked } = committerOf();
    committer.advance(P0, 5n);
    committer.reset();
    await jest.advanceTimersByTimeAsync(10_000);
    await committer.flush();
    expect(asked).toEqual([]);
  });

  it('does not bring back what was under way during a reset', async () => {
    const answer = Promise.withResolvers<boolean>();
    const { committer, asked } = committerOf(answer.promise);
    committer.advance(P0, 5n);
    const flushed = committer.flush();
    await jest.advanceTimersByTimeAsync(0);
    committer.reset();
    committer.advance(P1, 1n);
    answer.reject(AWAY);
    await flushed;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(asked).toEqual(['0:5', '1:1']);
  });

  it('flushes after the commit under way, never beside it', async () => {
    const answer = Promise.withResolvers<boolean>();
    const { committer, asked, committed } = committerOf(answer.promise);
    committer.advance(P0, 5n);
    const first = committer.flush();
    await jest.advanceTimersByTimeAsync(0);
    committer.advance(P0, 6n);
    const second = committer.flush();
    await jest.advanceTimersByTimeAsync(INTERVAL_MS);
    expect(asked).toEqual(['0:5']);
    answer.resolve(true);
    await Promise.all([first, second]);
    expect(committed).toEqual(['0:5', '0:6']);
  });

  it.each([
    ['a bug', new TypeError('a bug')],
    ['a denial', new ScorerError({ code: 'KAFKA_DENIED', what: 'the group may not be written' })],
  ])('tells an error that nobody waits out: %s', async (_what, error) => {
    const { committer, asked, fatal } = committerOf(error);
    committer.advance(P0, 5n);
    await jest.advanceTimersByTimeAsync(10_000);
    expect([asked, fatal]).toEqual([['0:5'], [error]]);
  });
});
