import { readOptions } from '../../../chaos/options.ts';
import { commandOf, replaceSection } from '../../../chaos/page.ts';

describe('the page of the chaos runs', () => {
  it('replaces the section of its own guarantee and keeps the other', () => {
    let page = replaceSection('', 'at-least-once', 'the run before');
    page = replaceSection(page, 'exactly-once', 'second');
    page = replaceSection(page, 'at-least-once', 'third');
    expect(page).toContain(
      '## exactly-once\n\nsecond\n\n## at-least-once\n\nthird\n\n## How long partitions pause',
    );
    expect(page).not.toContain('the run before');
  });

  it('says with which command the run is made again', () => {
    const command = (...args: string[]): string => {
      const options = readOptions(args);
      if (options === 'help') throw new Error('no help was asked for');
      return commandOf(options);
    };
    expect(command()).toBe(
      'npm run chaos -- --delivery exactly-once --events 500000 --faults 20 --replicas 3 --seed 1 --write',
    );
    expect(command('--network', '--kinds', 'refused,half-open', '--at-once', '3')).toContain(
      '--network --brokers 3 --at-once 3 --kinds refused,half-open --delivery exactly-once',
    );
    expect(command('--rollout', '--swaps', '30')).toBe(
      'npm run chaos -- --rollout --delivery exactly-once --swaps 30 --rate 600 --replicas 2 --seed 1 --write',
    );
  });
});
