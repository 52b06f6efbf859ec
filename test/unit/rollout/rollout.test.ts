import { ScorerError, type ErrorCode, type Problem } from '../../../src/errors.ts';
import { Rollout, type Attempt, type Refusal } from '../../../src/rollout/rollout.ts';
import type { FoundVersion } from '../../../src/rollout/version-store.ts';

class Version {
  readonly identity;
  readonly found: FoundVersion;
  retired = false;
  constructor(found: FoundVersion) {
    this.found = found;
    this.identity = { name: 'm', version: found.version, sha256: found.stamp };
  }
  retire(): void {
    if (this.retired) throw new Error('retired twice');
    this.retired = true;
  }
}

const MINUTE = 60_000;
const problem = (code: ErrorCode): Problem => ({ code, what: `${code} here` });

/** A rollout whose versions, clock and openings are the test's. */
function world({ keepWarm = 1, empty = false } = {}) {
  const heard: string[] = [];
  const state = {
    now: 0,
    wanted: 'latest' as string | undefined,
    there: { version: '1', stamp: 'a' } as FoundVersion | ScorerError,
    /** What comes of opening, by version. */
    problems: new Map<string, readonly Problem[]>(),
    /** Happens while a version is opened. */
    meanwhile: () => {},
    opened: [] as Version[],
    refusals: [] as Refusal[],
  };
  const first = new Version({ version: '1', stamp: 'a' });
  const rollout = new Rollout<Version>({
    store: {
      find: async () => {
        if (state.there instanceof ScorerError) throw state.there;
        return state.there;
      },
    },
    wanted: async () => state.wanted,
    ...(empty ? {} : { first: { found: first.found, version: first } }),
    open: async (found, warm): Promise<Attempt<Version>> => {
      heard.push(`open ${found.version}${warm === undefined ? '' : ' warm'}`);
      state.meanwhile();
      const problems = state.problems.get(found.version);
      if (problems !== undefined) return { problems };
      const opened = new Version(found);
      state.opened.push(opened);
      return { opened };
    },
    keepWarm,
    now: () => state.now,
    observer: {
      swapped: (before, after, warm) =>
        heard.push(
          `${before?.identity.version ?? 'none'} → ${after.identity.version}${warm ? ' warm' : ''}`,
        ),
      left: (before) => heard.push(`left ${before?.identity.version ?? 'none'}`),
      refused: (refusal) => {
        heard.push(`refused ${refusal.version} at ${refusal.gate}`);
      },
      postponed: (found, { code }) => heard.push(`postponed ${found.version}: ${code}`),
      unfound: (_wanted, why) => heard.push(why === undefined ? 'found again' : why.code),
    },
  });
  const look = async (times = 1): Promise<string[]> => {
    for (let i = 0; i < times; i++) await rollout.look();
    return heard.splice(0);
  };
  const put = (version: string, stamp = version): void => {
    state.there = { version, stamp };
  };
  return { rollout, state, first, look, put };
}

describe('a rollout', () => {
  it('does nothing while the wanted version is the one that decides', async () => {
    const { look, rollout, first } = world();
    expect(await look(5)).toEqual([]);
    expect(rollout.active).toBe(first);
  });

  it('opens another version once two looks have found the same, and lets it decide', async () => {
    const { look, put, rollout, first } = world();
    put('2');
    expect(await look()).toEqual([]);
    expect(await look()).toEqual(['open 2', '1 → 2']);
    expect(rollout.active!.identity.version).toBe('2');
    expect(first.retired).toBe(false);
    expect(rollout.warm).toEqual([first]);
    expect(await look(3)).toEqual([]);
  });

  it('waits while the files of a version still change', async () => {
    const { look, put } = world();
    for (const stamp of ['a', 'b', 'c', 'd']) {
      put('2', stamp);
      expect(await look()).toEqual([]);
    }
    expect(await look()).toEqual(['open 2', '1 → 2']);
  });

  it('does not take a version whose files changed while it was opened', async () => {
    const { look, put, state, rollout, first } = world();
    put('2', 'half');
    state.meanwhile = () => {
      put('2', 'whole');
    };
    expect(await look(2)).toEqual(['open 2']);
    expect(state.opened[0]!.retired).toBe(true);
    expect(rollout.active).toBe(first);
    state.meanwhile = () => {};
    expect(await look()).toEqual(['open 2', '1 → 2']);
  });

  it('says nothing against a version that changed while it was refused', async () => {
    const { look, put, state, rollout } = world();
    put('2', 'half');
    state.problems.set('2', [problem('MODEL_CHECKSUM')]);
    state.meanwhile = () => {
      put('2', 'whole');
    };
    expect(await look(2)).toEqual(['open 2']);
    expect(rollout.refusals).toEqual([]);
  });

  it('takes the last version where the wanted one moves twice while one is opened', async () => {
    const { look, put, state } = world();
    put('2');
    state.meanwhile = () => {
      put('3');
      put('4');
      state.meanwhile = () => {};
    };
    expect(await look(2)).toEqual(['open 2']);
    expect(await look()).toEqual(['open 4', '1 → 4']);
  });

  it('refuses a version with gate and reason, and lets the one before go on', async () => {
    const { look, put, state, rollout, first } = world();
    put('2');
    state.now = 5;
    state.problems.set('2', [problem('CONTRACT_FIELD'), problem('MODEL_CHECKSUM')]);
    expect(await look(2)).toEqual(['open 2', 'refused 2 at files']);
    expect(rollout.active).toBe(first);
    expect(rollout.refusals).toEqual([
      { version: '2', gate: 'files', problems: state.problems.get('2'), at: 5 },
    ]);
    put('3');
    expect(await look(2)).toEqual(['open 3', '1 → 3']);
    expect(rollout.refusals.map(({ version }) => version)).toEqual(['2']);
  });

  it.each([
    ['its folder is gone', () => ({ version: '1', stamp: 'a' })],
    ['the source has nothing', () => new ScorerError(problem('MODEL_NOT_FOUND'))],
    ['another version is there', () => ({ version: '3', stamp: '3' })],
  ])('has a refusal that stands until %s', async (_why, there) => {
    const { look, put, state, rollout } = world();
    expect(rollout.standing).toBeUndefined();
    put('2');
    state.problems.set('2', [problem('MODEL_GOLDEN')]);
    await look(2);
    expect(rollout.standing).toMatchObject({ version: '2', gate: 'golden' });
    state.there = there();
    await look(2);
    expect(rollout.standing).toBeUndefined();
    expect(rollout.refusals).toHaveLength(1);
  });

  it('has a refusal of its own version that stands until the files are the old ones', async () => {
    const { look, put, state, rollout } = world();
    put('1', 'broken');
    state.problems.set('1', [problem('MODEL_GOLDEN')]);
    await look(2);
    expect(rollout.standing).toMatchObject({ version: '1' });
    put('1', 'a');
    await look();
    expect(rollout.standing).toBeUndefined();
  });

  it('tries a refused version again after a minute, then after two, and tells the same once', async () => {
    const { look, put, state, rollout } = world();
    put('2');
    state.problems.set('2', [problem('CONTRACT_FIELD')]);
    expect(await look(2)).toEqual(['open 2', 'refused 2 at contract']);
    state.now = MINUTE - 1;
    expect(await look(3)).toEqual([]);
    state.now = MINUTE;
    expect(await look(3)).toEqual(['open 2']);
    state.now = 3 * MINUTE - 1;
    expect(await look(3)).toEqual([]);
    state.now = 3 * MINUTE;
    state.problems.delete('2');
    expect(await look()).toEqual(['open 2', '1 → 2']);
    expect(rollout.refusals).toEqual([]);
  });

  it('opens a refused version at once when its files are other ones', async () => {
    const { look, put, state } = world();
    put('2', 'wrong');
    state.problems.set('2', [problem('MODEL_GOLDEN')]);
    expect(await look(2)).toEqual(['open 2', 'refused 2 at golden']);
    state.problems.delete('2');
    put('2', 'right');
    expect(await look(2)).toEqual(['open 2', '1 → 2']);
  });

  it('tries again after ten seconds while something that opening needs is away', async () => {
    const { look, put, state, rollout } = world();
    put('2');
    state.problems.set('2', [problem('CONTRACT_FIELD'), problem('REGISTRY_UNAVAILABLE')]);
    expect(await look(2)).toEqual(['open 2', 'postponed 2: REGISTRY_UNAVAILABLE']);
    state.now = 10_000 - 1;
    expect(await look(2)).toEqual([]);
    state.now = 10_000;
    expect(await look(2)).toEqual(['open 2']);
    expect(rollout.refusals).toEqual([]);
    state.now = 20_000;
    state.problems.delete('2');
    expect(await look()).toEqual(['open 2', '1 → 2']);
  });

  it('goes back at once to a version that is still open', async () => {
    const { look, put, rollout, state, first } = world();
    put('2');
    await look(2);
    put('1', 'a');
    expect(await look()).toEqual(['open 1 warm', '2 → 1 warm']);
    expect(rollout.active).toBe(state.opened[1]);
    expect(first.retired).toBe(true);
    expect(rollout.warm).toEqual([state.opened[0]]);
    expect(state.opened[0]!.retired).toBe(false);
  });

  it('opens a version anew that has the name of one that is open, and other files', async () => {
    const { look, put } = world();
    put('2');
    await look(2);
    put('1', 'other');
    expect(await look(2)).toEqual(['open 1', '2 → 1']);
  });

  it.each([0, 1, 2])('keeps %i versions open besides the one that decides', async (keepWarm) => {
    const { look, put, state, rollout, first } = world({ keepWarm });
    for (const version of ['2', '3', '4']) {
      put(version);
      await look(2);
    }
    const all = [first, ...state.opened];
    expect(all.map(({ retired }) => retired)).toEqual([true, keepWarm < 2, keepWarm < 1, false]);
    expect(rollout.warm.map(({ identity }) => identity.version)).toEqual(
      ['3', '2'].slice(0, keepWarm),
    );
  });

  it('goes on where the wanted version is not there, and says so once', async () => {
    const { look, put, state, rollout, first } = world();
    state.there = new ScorerError(problem('MODEL_NOT_FOUND'));
    expect(await look(3)).toEqual(['MODEL_NOT_FOUND']);
    expect(rollout.active).toBe(first);
    put('1', 'a');
    expect(await look(2)).toEqual(['found again']);
  });

  describe('of a role that may be empty', () => {
    it('opens the version once one is wanted, and lets it go once none is', async () => {
      const { look, put, state, rollout } = world({ empty: true, keepWarm: 0 });
      state.wanted = undefined;
      expect(await look(3)).toEqual([]);
      expect(rollout.active).toBeUndefined();
      state.wanted = '2';
      put('2');
      expect(await look(2)).toEqual(['open 2', 'none → 2']);
      state.wanted = undefined;
      expect(await look(3)).toEqual(['left 2']);
      expect(rollout.active).toBeUndefined();
      expect(state.opened[0]!.retired).toBe(true);
    });

    it('forgets what was refused once nothing is wanted, and tries it again after that', async () => {
      const { look, put, state, rollout } = world({ empty: true });
      put('2');
      state.problems.set('2', [problem('MODEL_GOLDEN')]);
      expect(await look(4)).toEqual(['open 2', 'refused 2 at golden']);
      state.wanted = undefined;
      expect(await look(2)).toEqual(['left none']);
      expect(rollout.refusals).toEqual([]);
      state.wanted = '2';
      expect(await look(2)).toEqual(['open 2', 'refused 2 at golden']);
    });

    it('does not take a version that is no longer wanted when it is open', async () => {
      const { look, put, state, rollout } = world({ empty: true });
      put('2');
      state.meanwhile = () => {
        state.wanted = undefined;
      };
      expect(await look(2)).toEqual(['open 2']);
      expect(rollout.active).toBeUndefined();
      expect(state.opened[0]!.retired).toBe(true);
    });

    it('opens at the first look what is known to be whole', async () => {
      const { rollout, put } = world({ empty: true });
      put('2');
      await rollout.look(true);
      expect(rollout.active!.identity.version).toBe('2');
    });
  });
});
