import { afterEnd, type End } from '../../../src/supervise/policy.ts';

const end = (given: Partial<End> = {}): End => ({
  exitCode: 1,
  failure: undefined,
  livedMs: 1000,
  anyStarted: true,
  quickEnds: 1,
  ...given,
});

describe('after a process ended by itself', () => {
  it.each<[string, Partial<End>, ReturnType<typeof afterEnd>]>([
    ['by a signal: a fresh one', { exitCode: null }, { restartInMs: 250 }],
    ['in peace, though nobody asked: a fresh one', { exitCode: 0 }, { restartInMs: 250 }],
    ['once more at its start: a little later', { quickEnds: 3 }, { restartInMs: 1000 }],
    ['many times at its start: all end', { quickEnds: 6 }, { exitCode: 1 }],
    [
      'because the client gave up: a fresh one',
      { failure: 'CONSUMER_CRASHED' },
      { restartInMs: 250 },
    ],
    [
      'because of the limit on dead letters: all end',
      { failure: 'DEAD_LETTER_LIMIT' },
      { exitCode: 1 },
    ],
    ['because offsets are gone: all end', { failure: 'OFFSET_OUT_OF_RANGE' }, { exitCode: 1 }],
    [
      'of a wrong configuration: all end',
      { exitCode: 2, failure: 'CONFIG_INVALID' },
      { exitCode: 2 },
    ],
    ['of a wrong configuration, unnamed: all end', { exitCode: 2 }, { exitCode: 2 }],
    [
      'brokers away at the first start: all end',
      { exitCode: 2, failure: 'KAFKA_UNREACHABLE', anyStarted: false },
      { exitCode: 2 },
    ],
    [
      'brokers away later: a fresh one',
      { exitCode: 2, failure: 'KAFKA_UNREACHABLE' },
      { restartInMs: 250 },
    ],
    [
      'brokers away for long: all end',
      { exitCode: 2, failure: 'KAFKA_UNREACHABLE', quickEnds: 6 },
      { exitCode: 2 },
    ],
  ])('%s', (_what, given, verdict) => {
    expect(afterEnd(end(given))).toEqual(verdict);
  });
});
