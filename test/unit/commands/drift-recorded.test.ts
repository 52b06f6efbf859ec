import { checkRecorded } from '../../../src/commands/drift-recorded.ts';
import { problemsOf } from '../../support/thrown.ts';

const PLAIN = { config: '', set: [], format: 'jsonl', every: 1 } as const;

describe('the counts of drift.topic', () => {
  it('need no events', () => {
    expect(() => {
      checkRecorded({ ...PLAIN, from: '24h' });
    }).not.toThrow();
  });

  it('leave no choice of events: every such option is named', async () => {
    const options = { ...PLAIN, input: 'a', topic: 'b', time: 'c', every: 2 };
    const problems = await problemsOf(() => {
      checkRecorded(options);
    });
    expect(problems.map(({ where }) => where)).toEqual(['--input', '--topic', '--time', '--every']);
  });
});
