import { LEAST, load, problemsOf } from './given.ts';

const withDrift = (drift: string): string => `${LEAST}\ndrift: { ${drift} }\n`;

describe('the topic of the reports of drift', () => {
  it('has a time between two of them, and is none by default', async () => {
    expect((await load(withDrift('topic: drift'))).drift).toMatchObject({
      topic: 'drift',
      reportMs: 60_000,
    });
    expect((await load(withDrift(''))).drift).not.toHaveProperty('topic');
    const [problem] = await problemsOf(withDrift('topic: drift, reportMs: 10'));
    expect(problem).toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it.each(['in', 'out', 'in-dead', 'compared'])(
    'is not %s, which has another use',
    async (topic) => {
      const compared = 'model: { dir: models/fraud, challengerTopic: compared }';
      const text = withDrift(`topic: ${topic}`).replace('model: { dir: models/fraud }', compared);
      const [problem, ...more] = await problemsOf(text);
      expect(problem).toMatchObject({ code: 'CONFIG_INVALID' });
      expect(problem!.where).toMatch(/drift\.topic$/);
      expect(more).toEqual([]);
    },
  );
});
