import { readSoakOptions } from '../../../chaos/soak-options.ts';

describe('the command line of npm run soak', () => {
  it('has defaults', () => {
    expect(readSoakOptions([])).toEqual({
      minutes: 10,
      delivery: 'at-least-once',
      limitMb: 500,
    });
  });

  it('takes part of a minute, and asks for help', () => {
    expect(readSoakOptions(['--minutes', '0.5'])).toMatchObject({ minutes: 0.5 });
    expect(readSoakOptions(['--help'])).toBe('help');
  });

  it.each([
    [['--minutes', 'x'], '--minutes'],
    [['--limit-mb', '0'], '--limit-mb'],
    [['--delivery', 'twice'], '--delivery'],
    [['--unknown'], '--unknown'],
  ])('refuses %j', (args, named) => {
    expect(() => readSoakOptions(args)).toThrow(named);
  });
});
