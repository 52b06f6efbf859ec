import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScorerError } from '../../../src/errors.ts';
import { parseProfile, profileText, readProfile } from '../../../src/monitor/profile-file.ts';
import type { Profile } from '../../../src/monitor/profile.ts';

const HOURS = 168;

export const PROFILE: Profile = {
  version: 1,
  model: { name: 'fraud', version: '1', sha256: 'ab' },
  rows: 100,
  read: 120,
  from: '2026-11-01T00:00:00.000Z',
  to: null,
  features: [
    {
      name: 'amount',
      field: 'amount',
      missing: 10,
      kind: 'numeric',
      edges: [1, 2.5],
      counts: [30, 30, 30],
      low: 0,
      high: 10,
    },
    {
      name: 'country',
      field: 'merchant.country',
      missing: 0,
      kind: 'categorical',
      categories: ['DE', 'FR'],
      counts: [60, 30],
      others: 10,
      otherCategories: ['IT'],
    },
  ],
  leftOut: [],
  score: { edges: [], counts: [100], low: 0, high: 1 },
};

function problemsOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    return (error as ScorerError).problems.map(({ what, where }) => `${what} (${where})`);
  }
  throw new Error('nothing is wrong');
}

function withFeature(change: object): string {
  const [first, ...others] = PROFILE.features;
  return JSON.stringify({ ...PROFILE, features: [{ ...first, ...change }, ...others] });
}

describe('profile.json', () => {
  it('is read as it was written', () => {
    const hourOfWeek = {
      rows: Array.from({ length: HOURS }, () => 0),
      features: {
        amount: Array.from({ length: HOURS }, () => [0, 0, 0, 0]),
        country: Array.from({ length: HOURS }, () => [0, 0, 0, 0]),
      },
      score: Array.from({ length: HOURS }, () => [0]),
    };
    const calibrator = { knots: [[0.5, 0.25]] as [number, number][], rows: 10, positives: 3 };
    const whole = { ...PROFILE, hourOfWeek, calibrator };
    expect(parseProfile(profileText(whole), 'p')).toEqual(whole);
    expect(parseProfile(profileText(PROFILE), 'p')).toEqual(PROFILE);
  });

  it('names what is wrong and where', () => {
    expect(problemsOf(() => parseProfile('{', 'p.json'))).toEqual([
      'the profile is not JSON (p.json)',
    ]);
    const edges = problemsOf(() => parseProfile(withFeature({ edges: [2, 1] }), 'p.json'));
    expect(edges).toEqual(['must ascend, without an edge twice (p.json features.0.edges)']);
    const bins = problemsOf(() => parseProfile(withFeature({ edges: [1] }), 'p.json'));
    expect(bins).toEqual(['needs one count more than edges (p.json features.0)']);
    const outside = problemsOf(() => parseProfile(withFeature({ high: 0 }), 'p.json'));
    expect(outside).toContain('has an edge that is not between low and high (p.json features.0)');
  });

  it('counts each row once in every series', () => {
    expect(problemsOf(() => parseProfile(withFeature({ missing: 9 }), 'p'))).toEqual([
      'counts 99 rows, but the profile has 100 (p features.0)',
    ]);
  });

  it('has each name once', () => {
    expect(problemsOf(() => parseProfile(withFeature({ name: 'country' }), 'p'))).toEqual([
      'has a name twice (p features)',
    ]);
  });

  it('is refused where it does not exist', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'profile-'));
    try {
      const file = join(folder, 'profile.json');
      await expect(readProfile(file)).rejects.toMatchObject({
        problems: [{ code: 'MODEL_PROFILE', what: 'the profile does not exist', where: file }],
      });
      await writeFile(file, profileText(PROFILE));
      await expect(readProfile(file)).resolves.toEqual(PROFILE);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
