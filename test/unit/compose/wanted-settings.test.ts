import { WantedSettings } from '../../../src/compose/wanted-settings.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { ScorerError, type Problem } from '../../../src/errors.ts';

const START = {
  name: 'fraud',
  model: { dir: '/m', champion: 'latest' },
  decision: { policy: '1', bands: [{ decision: 'A' }] },
} as unknown as Settings;

function world() {
  const said: string[] = [];
  const log = (_what: unknown, text?: string): void => void said.push(text ?? String(_what));
  const state = {
    newer: undefined as Settings | ScorerError | undefined,
    problems: [] as Problem[],
    thrown: undefined as Error | undefined,
    tried: [] as (string | undefined)[],
    loads: 0,
    now: 0,
  };
  const wanted = new WantedSettings(
    START,
    async () => {
      state.loads += 1;
      const { newer } = state;
      state.newer = undefined;
      if (newer instanceof ScorerError) throw newer;
      return newer;
    },
    { info: log, warn: log, error: log } as never,
    ({ decision }) => {
      state.tried.push(decision?.policy);
      if (state.thrown !== undefined) return Promise.reject(state.thrown);
      return Promise.resolve(state.problems);
    },
    () => state.now,
  );
  const refresh = async (newer?: object): Promise<Settings> => {
    if (newer !== undefined) state.newer = { ...START, ...newer };
    return wanted.refresh();
  };
  return { wanted, refresh, state, said };
}

describe('the current configuration', () => {
  it('is that of the start until its file changes', async () => {
    const { refresh, said, state } = world();
    expect(await refresh()).toBe(START);
    expect(said).toEqual([]);
    expect(state.loads).toBe(1);
  });

  it('has the versions of now, and says what else needs a restart', async () => {
    const { refresh, wanted, said } = world();
    const model = { dir: '/m', champion: '2', canary: { version: '3', percent: 5 } };
    expect((await refresh({ model })).model).toEqual(model);
    expect(wanted.current.model.champion).toBe('2');
    expect(said).toEqual([
      'the configuration has another value of model.champion',
      'the configuration has another value of model.canary',
    ]);
    said.splice(0);
    await refresh({ model, name: 'other' });
    expect(said).toEqual([
      expect.stringMatching(/^the configuration has changed; without a restart only decision, /),
    ]);
  });

  it('goes on with the earlier one if it is not valid', async () => {
    const { wanted, state, said } = world();
    state.newer = new ScorerError({ code: 'CONFIG_INVALID', what: 'it is wrong' });
    expect(await wanted.refresh()).toBe(START);
    expect(said).toEqual([
      'the changed configuration is not valid; the service continues with the earlier one: it is wrong',
    ]);
  });

  it('has another policy once that can decide', async () => {
    const { refresh, state, said } = world();
    const decision = { policy: '2', bands: [{ decision: 'B' }] };
    expect((await refresh({ decision })).decision).toEqual(decision);
    expect(state.tried).toEqual(['2']);
    expect(said).toEqual(['the changed policy decides from now on']);
    await refresh({ decision }); // it is named again, so that an earlier refusal ends
    expect(state.tried).toEqual(['2', '2']);
    expect(said).toHaveLength(1);
    expect('decision' in (await refresh({ decision: undefined }))).toBe(false);
  });

  it('keeps the policy that decides if the changed one cannot', async () => {
    const { refresh, state, said } = world();
    state.problems = [{ code: 'CONFIG_INVALID', what: 'a field is unknown' }];
    const model = { dir: '/m', champion: '2' };
    const now = await refresh({ model, decision: { policy: '2', bands: [{ decision: 'B' }] } });
    expect(now.decision).toEqual(START.decision);
    expect(now.model.champion).toBe('2');
    expect(said.at(-1)).toBe(
      'the changed policy cannot decide, and the earlier one continues: a field is unknown',
    );
  });

  it('is read by one after the other', async () => {
    const { wanted, state } = world();
    await Promise.all([wanted.refresh(), wanted.refresh(), wanted.refresh()]);
    expect(state.loads).toBe(3);
  });

  it('tries a refused policy again, later and later, and says each reason once', async () => {
    const { refresh, wanted, state, said } = world();
    const decision = { policy: '2', bands: [{ decision: 'B' }] };
    state.problems = [{ code: 'LIST_INVALID', what: 'a line is wrong' }];
    await refresh({ decision });
    const refusal =
      'the changed policy cannot decide, and the earlier one continues: a line is wrong';
    expect(said).toEqual([refusal]);
    const triedAt: number[] = [];
    for (state.now = 0; state.now < 100_000; state.now += 2000) {
      const before = state.tried.length;
      await refresh();
      if (state.tried.length > before) triedAt.push(state.now);
    }
    expect(triedAt).toEqual([10_000, 30_000, 70_000]);
    expect(said).toEqual([refusal]);
    expect(wanted.current.decision?.policy).toBe('1');

    state.problems = [];
    state.now = 150_000;
    await refresh();
    expect(wanted.current.decision).toEqual(decision);
    expect(said.at(-1)).toBe('the changed policy decides from now on');
    const tries = state.tried.length;
    state.now = 1e9;
    await refresh();
    expect(state.tried).toHaveLength(tries);
  });

  it('takes an error that nobody expects for a refusal', async () => {
    const { refresh, wanted, state, said } = world();
    state.thrown = new RangeError('too many keys');
    const decision = { policy: '2', bands: [{ decision: 'B' }] };
    await refresh({ decision, model: { dir: '/m', champion: '2' } });
    expect(wanted.current.decision?.policy).toBe('1');
    expect(wanted.current.model.champion).toBe('2');
    for (state.now = 0; state.now < 60_000; state.now += 1000) await refresh();
    expect(state.tried).toEqual(['2', '2', '2']); // again after 10 s, and after 20 s more
    const told = said.filter((one) => one.includes('cannot decide'));
    expect(told).toEqual([
      'the changed policy cannot decide, and the earlier one continues: too many keys',
    ]);
    state.thrown = undefined;
    state.now = 1e6;
    expect((await refresh()).decision?.policy).toBe('2');
  });

  it('does not try a refused policy again once the configuration has another one', async () => {
    const { refresh, state } = world();
    state.problems = [{ code: 'LIST_INVALID', what: 'a line is wrong' }];
    await refresh({ decision: { policy: '2', bands: [{ decision: 'B' }] } });
    state.problems = [];
    await refresh({});
    state.now = 1e9;
    await refresh();
    expect(state.tried).toEqual(['2', '1']);
  });
});
