import { readOptions } from '../../../chaos/options.ts';

describe('the command line of the chaos run', () => {
  it('has defaults for everything', () => {
    expect(readOptions([])).toMatchObject({ delivery: 'exactly-once', replicas: 3, minutes: 15, bug: undefined });
  });

  it.each([
    ['--delivery', 'twice'],
    ['--bug', 'none'],
    ['--replicas', '1'],
    ['--faults', '0'],
    ['--events', '1.5'],
  ])('refuses %s %s', (name, value) => {
    expect(() => readOptions([name, value])).toThrow(`${name} has to be`);
  });
});
