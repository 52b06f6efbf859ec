import { LEAST, load, problemsOf } from './given.ts';

const withModel = (more: string): string =>
  LEAST.replace('model: { dir: models/fraud }', `model: { dir: models/fraud, ${more} }`);
const BANDS = 'decision: { bands: [{ decision: A }] }\n';

describe('the versions of the model in the configuration', () => {
  it('are those that labels name', async () => {
    const labels = 'labels: { stable: 3, next: "4" }';
    const roles = 'champion: stable, challenger: next, canary: { version: next, percent: 5 }';
    const { model } = await load(withModel(`${labels}, ${roles}`));
    expect(model).toMatchObject({
      champion: '3',
      challenger: '4',
      canary: { version: '4', percent: 5 },
      labels: { stable: '3', next: '4' },
    });
  });

  it('are as they are written if they are not labels', async () => {
    const { model } = await load(withModel('labels: { stable: 3 }, champion: toString'));
    expect(model.champion).toBe('toString');
    expect((await load(LEAST)).model.champion).toBe('latest');
  });

  it.each(['latest', '3', ''])('cannot have the label "%s"', async (name) => {
    const [problem] = await problemsOf(withModel(`labels: { "${name}": 3 }`));
    expect(problem).toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it.each(['in', 'out', 'in-dead'])(
    'cannot be compared in the topic %s, which has another use',
    async (topic) => {
      const [problem, ...more] = await problemsOf(withModel(`challengerTopic: ${topic}`));
      expect(problem).toMatchObject({ code: 'CONFIG_INVALID' });
      expect(problem!.where).toMatch(/model\.challengerTopic$/);
      expect(more).toEqual([]);
    },
  );

  it('cannot stop for other decisions if there are none', async () => {
    const model = withModel('canary: { version: 3, percent: 5, stopWhen: { flipRate: 0.1 } }');
    const [problem] = await problemsOf(model);
    expect(problem!.where).toMatch(/model\.canary\.stopWhen\.flipRate$/);
    expect(await problemsOf(model + BANDS)).toEqual([]);
  });

  it('decides about events without a score only if there are decisions', async () => {
    const model = withModel('onFailure: { decision: REVIEW }');
    const [problem] = await problemsOf(model);
    expect(problem!.where).toMatch(/model\.onFailure\.decision$/);
    expect(await problemsOf(model + BANDS)).toEqual([]);
    expect((await load(model + BANDS)).model.onFailure).toEqual({ decision: 'REVIEW' });
    expect(await problemsOf(withModel('onFailure: sleep'))).toHaveLength(1);
  });

  it('have limits with the defaults that are written', async () => {
    const { model } = await load(
      withModel('canary: { version: 3, percent: 0.5, stopWhen: { latencyRatio: 2 } }'),
    );
    expect(model.canary!.stopWhen).toEqual({ latencyRatio: 2, minEvents: 1000 });
  });
});
