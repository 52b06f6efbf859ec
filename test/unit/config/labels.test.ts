import { LEAST, problemsOf } from './given.ts';

const withLabels = (topic: string, decided: string): string =>
  `${LEAST}
decision: { bands: [{ upTo: 0.5, decision: APPROVE }, { decision: REVIEW }] }
labels:
  topic: ${topic}
  id: id
  label: fraud
  overrides: { topic: ${decided}, decision: decision }
`.replace(
    'model: { dir: models/fraud }',
    'model: { dir: models/fraud, challengerTopic: compared }',
  );

describe('a topic with labels', () => {
  it.each(['out', 'in-dead', 'compared'])('is not %s, which the service writes', async (topic) => {
    const [problem, ...more] = await problemsOf(withLabels(topic, 'people'));
    expect(problem).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(problem!.where).toMatch(/labels\.topic$/);
    expect(more).toEqual([]);
    const [other] = await problemsOf(withLabels('labels', topic));
    expect(other!.where).toMatch(/labels\.overrides\.topic$/);
  });

  it('may have what people decided, too', async () => {
    expect(await problemsOf(withLabels('labels', 'labels'))).toEqual([]);
  });
});
