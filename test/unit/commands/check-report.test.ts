import { featureNotes, profileLines } from '../../../src/commands/check-report.ts';

describe('what check says of a column', () => {
  it.each([
    [Number.NaN, 'null → NaN'],
    [-1.5, 'null → -1.5'],
    ['none', 'null → "none"'],
  ])('names what stands for null: %p', (missing, told) => {
    expect(featureNotes({ field: 'altitude', transforms: [], missing }, true)).toBe(told);
  });

  it('says that null is a dead letter where nothing stands for it', () => {
    expect(featureNotes({ field: 'altitude', transforms: [] }, true)).toContain(
      'null is a dead letter',
    );
  });
});

describe('what check says of the profile', () => {
  const drift = {
    effect: 0.1,
    falseAlarmsPerMillion: 0.01,
    quietMs: 1,
    reportMs: 60_000,
    probing: { within: 0.01, events: 5 },
  };
  const profile = {
    version: 1 as const,
    model: { name: 'm', version: '1', sha256: '' },
    rows: 7,
    read: 9,
    from: null,
    to: null,
    features: [],
    leftOut: [],
    score: { edges: [], counts: [7], low: 0, high: 1 },
  };

  it('is what the events are compared with', () => {
    expect(profileLines({ profile }, {})).toEqual(['profile        7 rows, 0 features']);
    expect(profileLines({ profile }, { drift })).toEqual([
      'profile        7 rows, 0 features',
      expect.stringContaining('  warning: drift: the profile has only 7 rows'),
    ]);
    const large = { ...profile, rows: 50_000 };
    expect(profileLines({ profile: large }, { drift })).toHaveLength(1);
  });

  it('is a warning where drift has nothing to compare with', () => {
    expect(profileLines({ profile: undefined }, { drift })).toEqual([
      '  warning: drift: this version has no profile, so nothing is compared',
    ]);
    expect(profileLines({ profile: undefined }, {})).toEqual([]);
  });
});
