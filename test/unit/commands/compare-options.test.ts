import {
  checkOptions,
  configsOf,
  type CompareOptions,
} from '../../../src/commands/compare-options.ts';
import { problemsOf } from '../../support/thrown.ts';

const options = (more: Partial<CompareOptions>): CompareOptions => ({
  config: [],
  set: [],
  setA: [],
  setB: [],
  format: 'jsonl',
  examples: 3,
  every: 1,
  maxEvents: 100,
  ...more,
});
const placesOf = async (more: Partial<CompareOptions>): Promise<(string | undefined)[]> =>
  (
    await problemsOf(() => {
      checkOptions(options(more));
    })
  ).map(({ where }) => where);

describe('the options of a comparison', () => {
  it('are all looked at together', async () => {
    expect(
      await placesOf({
        config: ['a', 'b', 'c'],
        from: '1h',
        recorded: true,
        label: 'x',
        capacity: 5,
        every: 10,
      }),
    ).toEqual([
      '--config',
      '--input',
      '--from',
      '--recorded',
      '--label',
      '--capacity',
      '--capacity',
    ]);
  });

  it.each<Partial<CompareOptions>>([
    { input: 'e.jsonl' },
    { topic: 't', from: '1h', to: '5', capacity: 5, recorded: true },
    { input: 'e.jsonl', labels: 'l.csv', labelId: 'id', time: 'at', capacity: 5 },
  ])('may be %j', (more) => {
    expect(() => {
      checkOptions(options(more));
    }).not.toThrow();
  });

  it('do not take a file and a topic', async () => {
    expect(await placesOf({ input: 'e.jsonl', topic: 't' })).toEqual(['--input']);
  });

  it('name one configuration for both sides, or one for each', () => {
    expect(configsOf({ config: [] })).toEqual({ a: 'config/scorer.yaml', b: 'config/scorer.yaml' });
    expect(configsOf({ config: ['x'] })).toEqual({ a: 'x', b: 'x' });
    expect(configsOf({ config: ['x', 'y'] })).toEqual({ a: 'x', b: 'y' });
  });
});
