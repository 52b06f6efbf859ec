import type { GatedVersion } from '../../../src/compose/gated-version.ts';
import { KeptVersions } from '../../../src/compose/kept-versions.ts';
import type { Settings } from '../../../src/config/settings.ts';

type Model = Partial<Settings['model']>;

function world(start: Model) {
  const state = { model: start, bad: new Set<string>() };
  const heard: string[] = [];
  const kept = new KeptVersions(
    {
      store: {
        find: (version) => Promise.resolve({ version, stamp: version }),
      },
      open: ({ version }) => {
        if (state.bad.has(version))
          return Promise.resolve({ problems: [{ code: 'MODEL_GOLDEN', what: 'it misses' }] });
        heard.push(`open ${version}`);
        const opened = {
          identity: { name: 'm', version, sha256: version },
          retire: () => heard.push(`close ${version}`),
        } as unknown as GatedVersion;
        return Promise.resolve({ opened });
      },
      now: () => 0,
      observerOf: (name) => ({
        swapped: () => undefined,
        left: () => undefined,
        refused: ({ version }) => heard.push(`${name}: refused ${version}`),
        postponed: () => undefined,
        unfound: () => undefined,
      }),
    },
    () => state.model as Settings['model'],
  );
  const look = async (times = 1): Promise<string[]> => {
    for (let i = 0; i < times; i++) await kept.look();
    return heard.splice(0);
  };
  return { kept, state, look };
}

describe('versions that stay open', () => {
  it('are those of keepLoaded, as long as it names them', async () => {
    const { kept, state, look } = world({ keepLoaded: ['2', '3'] });
    expect(await look(3)).toEqual(['open 2', 'open 3']);
    expect(kept.openAs({ version: '3', stamp: '3' })!.identity.version).toBe('3');
    expect(kept.openAs({ version: '3', stamp: 'other' })).toBeUndefined();
    state.model = { keepLoaded: ['3'] };
    expect(await look(2)).toEqual(['close 2']);
    expect(kept.rollouts).toHaveLength(1);
  });

  it('are those of labels; a label means a version once that has passed its gates', async () => {
    const { kept, state, look } = world({ labels: { stable: '2' } });
    expect(kept.labels).toEqual({ stable: { wanted: '2', version: null } });
    await look(2);
    expect(kept.labels).toEqual({ stable: { wanted: '2', version: '2' } });
    state.model = { labels: { stable: '3' } };
    state.bad.add('3');
    expect(await look(2)).toEqual(['label stable: refused 3']);
    expect(kept.labels).toEqual({ stable: { wanted: '3', version: '2' } });
    state.model = { labels: { stable: '4' } };
    expect(await look(2)).toEqual(['open 4', 'close 2']);
    expect(kept.labels).toEqual({ stable: { wanted: '4', version: '4' } });
    state.model = {};
    expect(await look()).toEqual(['close 4']);
    expect(kept.labels).toEqual({});
  });

  it('are opened at the first look at the start', async () => {
    const { kept } = world({ keepLoaded: ['2'] });
    await kept.look(true);
    expect(kept.rollouts[0]!.active!.identity.version).toBe('2');
  });
});
