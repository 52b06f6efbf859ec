import { Pauses } from '../../../chaos/pauses.ts';

describe('the pauses of partitions', () => {
  const told = (
    inputs: readonly number[],
    outputs: readonly (readonly [offset: number, at: number])[],
  ): Pauses => {
    const pauses = new Pauses(2);
    for (const [offset, at] of inputs.entries()) pauses.input(1, offset, at);
    for (const [offset, at] of outputs) pauses.output(1, offset, at);
    return pauses;
  };

  it('last from one output to the next while input waits', () => {
    const pauses = told(
      [1000, 1100, 1200],
      [
        [0, 1010],
        [1, 6010],
        [2, 6020],
      ],
    );
    expect(pauses.longestMs(0, 10_000)).toBe(4910);
  });

  it('begin with the input where there was none to wait', () => {
    const pauses = told(
      [1000, 9000],
      [
        [0, 1010],
        [1, 9500],
      ],
    );
    expect(pauses.longestMs(0, 10_000)).toBe(500);
  });

  it('are those that were under way in a time, and none where outputs follow closely', () => {
    const pauses = told(
      [1000, 1100, 1200, 7000],
      [
        [0, 1010],
        [1, 6010],
        [2, 6110],
        [3, 7900],
      ],
    );
    expect([
      pauses.longestMs(2000, 3000),
      pauses.longestMs(6500, 9000),
      pauses.longestMs(6200, 6300),
    ]).toEqual([4910, 900, 0]);
  });

  it('count what is scored again after a crash, whose input is old', () => {
    const pauses = told(
      [1000, 1100],
      [
        [0, 1010],
        [1, 1110],
        [0, 5000],
      ],
    );
    expect(pauses.longestMs(0, 10_000)).toBe(3890);
  });

  it('grow with the topic, and know nothing of outputs without an input', () => {
    const pauses = new Pauses(1);
    pauses.input(0, 100_000, 1000);
    pauses.output(0, 100_000, 3000);
    pauses.output(0, 5, 9000);
    pauses.output(-1, 5, 9000);
    expect(pauses.longestMs(0, 10_000)).toBe(2000);
  });
});
