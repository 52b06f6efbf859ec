import type { KeyList } from '../../../src/decide/lists/key-list.ts';
import { KeyTable } from '../../../src/decide/lists/key-table.ts';
import { createRulesObserver } from '../../../src/decide/rules-observer.ts';
import { mergedObservation } from '../../../src/flow/observation.ts';
import { createDecide } from '../../../src/decide/decide.ts';
import { mark, noMarks, type ProfileMarks } from '../../../src/flow/profile-marks.ts';
import { decideRows, eventsOf, OTHER, policyOf, problemsOf, saidOf, scoresOf } from './given.ts';

const FIELDS = {
  amount: ['null', 'double'],
  country: 'string',
  tier: ['null', 'string'],
  n: 'long',
} as const;
const rule = (
  name: string,
  when: string,
  decision: string,
  more: { readonly stage?: 'before' | 'after'; readonly shadow?: boolean } = {},
) => ({ name, when, decision, stage: 'after' as const, shadow: false, ...more });

describe('a policy with rules', () => {
  it('has no size for null, whether it is compared or looked up', () => {
    const rules = [
      rule('a', 'size(event.tier) != 4', 'X'),
      rule('b', 'size(event.tier) in [4]', 'Y'),
    ];
    const why = 'cannot be evaluated: a field is null; it reads event.tier';
    const decided = (names: readonly string[]) =>
      decideRows({ rules: rules.filter(({ name }) => names.includes(name)) }, FIELDS, [
        { tier: null },
        { tier: 'gold' },
      ]).said;
    expect(decided(['a'])).toEqual([`POLICY_FAILED: the rule a ${why}`, 'APPROVE by bands']);
    expect(decided(['b'])).toEqual([`POLICY_FAILED: the rule b ${why}`, 'Y by rule:b']);
  });

  it('takes the first rule that holds, those before the model first, and else the bands', () => {
    const rules = [
      rule('sure', 'score > 0.9', 'REJECT'),
      rule('large', 'event.amount > 1000.0', 'REVIEW'),
      rule('home', 'event.country == "DE"', 'APPROVE', { stage: 'before' }),
    ];
    const { said } = decideRows({ rules }, FIELDS, [
      { country: 'FR', amount: 1, score: 0.2 },
      { country: 'FR', amount: 1, score: 0.6 },
      { country: 'FR', amount: 2000, score: 0.95 },
      { country: 'FR', amount: 2000, score: 0.2 },
      { country: 'DE', amount: 2000, score: 0.95 },
    ]);
    expect(said).toEqual([
      'APPROVE by bands',
      'REJECT by bands',
      'REJECT by rule:sure',
      'REVIEW by rule:large',
      'APPROVE by rule:home',
    ]);
  });

  it('makes a dead letter of an event for which a rule that is reached fails, without its values', () => {
    const rules = [
      rule('home', 'event.country == "DE"', 'APPROVE'),
      rule('large', 'event.amount > 1000.0', 'REVIEW'),
      rule('odd', '100 / event.n > 5', 'REVIEW'),
    ];
    const { said } = decideRows({ rules }, FIELDS, [
      { country: 'DE', amount: null, n: 0n },
      { country: 'FR', amount: null, n: 0n },
      { country: 'FR', amount: 1, n: 0n },
      { country: 'FR', n: 1n },
      { country: 'FR', amount: OTHER, n: 1n },
      { country: 'FR', amount: 1, n: 50n },
    ]);
    const failed = (what: string): string => `POLICY_FAILED: ${what}`;
    expect(said).toEqual([
      'APPROVE by rule:home',
      failed('the rule large cannot be evaluated: a field is null; it reads event.amount'),
      failed('the rule odd cannot be evaluated: division by zero; it reads event.n'),
      failed(
        'the rule large cannot be evaluated: the event does not have a field; it reads event.amount',
      ),
      failed(
        'the rule large cannot be evaluated: a field has another type than in the schema of the subject; it reads event.amount',
      ),
      'APPROVE by bands',
    ]);
  });

  it('goes on where has() asks before, or the other side decides', () => {
    const rules = [
      rule('large', 'has(event.amount) && event.amount > 1000.0', 'REVIEW'),
      rule('any', 'event.amount > 5.0 || event.country == "FR"', 'REJECT'),
    ];
    const { said } = decideRows({ rules }, FIELDS, [{ country: 'FR', amount: null }]);
    expect(said).toEqual(['REJECT by rule:any']);
  });

  it('compares null as CEL does: it is equal to null alone', () => {
    const rules = [rule('abroad', 'event.tier != "gold"', 'REVIEW')];
    const { said } = decideRows({ rules }, FIELDS, [{ tier: null }, { tier: 'gold' }]);
    expect(said).toEqual(['REVIEW by rule:abroad', 'APPROVE by bands']);
  });

  it('leaves dead events alone', () => {
    const rules = [rule('all', 'true', 'REVIEW')];
    const { decisions } = decideRows({ rules }, FIELDS, [{}, {}]);
    expect([...decisions.rulesSeen!.matched]).toEqual([2]);
  });
});

describe('a rule in shadow', () => {
  it('decides nothing and kills nothing; what it would have decided is counted on delivery', () => {
    const rules = [
      rule('first', 'event.country == "DE"', 'REJECT'),
      rule('new', 'event.amount > 10.0', 'REVIEW', { shadow: true }),
      rule('last', 'event.country == "FR"', 'REJECT'),
    ];
    const rows = [
      { country: 'DE', amount: 50 },
      { country: 'FR', amount: 50 },
      { country: 'IT', amount: null },
    ];
    const { said, decisions } = decideRows({ rules }, FIELDS, rows);
    expect(said).toEqual(['REJECT by rule:first', 'REJECT by rule:last', 'APPROVE by bands']);
    expect(decisions.names).not.toContain('REVIEW');
    const counted: unknown[] = [];
    const observe = createRulesObserver(({ name, shadow }, matched, failed) => {
      counted.push([name, shadow, matched, failed]);
    });
    const observation = mergedObservation([observe(decisions), observe(decisions)]);
    expect(counted).toEqual([]);
    observation!.record();
    const once = [
      ['first', false, 1, 0],
      ['new', true, 1, 1],
      ['last', false, 1, 0],
    ];
    expect(counted).toEqual([...once, ...once]);
  });
});

describe('segments', () => {
  const segments = [
    {
      name: 'high',
      when: 'event.amount >= 500.0',
      bands: [{ upTo: 0.2, decision: 'OK' }, { decision: 'CALL' }],
    },
    { name: 'fr', when: 'event.country == "FR"', bands: [{ decision: 'REVIEW' }] },
  ];

  it('have their own bands; the first whose condition holds', () => {
    const { said } = decideRows({ segments }, FIELDS, [
      { country: 'FR', amount: 500, score: 0.1 },
      { country: 'DE', amount: 900, score: 0.3 },
      { country: 'FR', amount: 1, score: 0.3 },
      { country: 'DE', amount: 1, score: 0.3 },
    ]);
    expect(said).toEqual([
      'OK by segment:high (high)',
      'CALL by segment:high (high)',
      'REVIEW by segment:fr (fr)',
      'APPROVE by bands',
    ]);
  });

  it('may be the events that one version of the model has scored', () => {
    const bands = [{ upTo: 0.1, decision: 'OK' }, { decision: 'CALL' }];
    const policy = policyOf(
      { segments: [{ name: 'v2', when: 'model.version == "2"', bands }] },
      {},
    );
    const events = eventsOf(policy, [{}, {}, {}]);
    const identity = (version: string) => ({ name: 'm', version, sha256: '' });
    const scores = {
      ...scoresOf([0.3, 0.3, 0.05]),
      models: [identity('1'), identity('2')],
      modelOf: Uint8Array.of(0, 1, 1),
    };
    const decide = createDecide(policy);
    expect(saidOf(decide(events, scores), events)).toEqual([
      'APPROVE by bands',
      'CALL by segment:v2 (v2)',
      'OK by segment:v2 (v2)',
    ]);
    const one = { ...scores, models: [identity('2')], modelOf: null };
    expect(saidOf(decide(events, one), events)[0]).toBe('CALL by segment:v2 (v2)');
  });

  it('are known to rules, also before the model', () => {
    const rules = [
      rule('high', 'segment == "high"', 'REVIEW', { stage: 'before' }),
      rule('none', 'segment == null && score > 0.9', 'REJECT'),
    ];
    const { said } = decideRows({ segments, rules }, FIELDS, [
      { country: 'FR', amount: 500 },
      { country: 'DE', amount: 1, score: 0.95 },
    ]);
    expect(said).toEqual(['REVIEW by rule:high (high)', 'REJECT by rule:none']);
  });

  it('that fail make a dead letter where bands or a rule need them', () => {
    const rules = [
      rule('de', 'event.country == "DE"', 'REVIEW'),
      rule('seg', 'event.country == "IT" && segment == "high"', 'REVIEW'),
    ];
    const { said } = decideRows({ segments, rules }, FIELDS, [
      { country: 'DE', amount: null },
      { country: 'IT', amount: null },
      { country: 'FR', amount: null },
    ]);
    expect(said).toEqual([
      'REVIEW by rule:de',
      'POLICY_FAILED: the rule seg cannot be evaluated: a field is null; it reads event.country',
      'POLICY_FAILED: the condition of the segment high cannot be evaluated: a field is null; it reads event.amount',
    ]);
  });
});

describe('where the library and CEL differ, as CEL', () => {
  const holds = (when: string, row: Record<string, unknown>): string =>
    decideRows({ rules: [rule('r', when, 'YES')] }, FIELDS, [row]).said[0]!;

  it('strings are ordered by code points', () => {
    expect(holds('"\uffff" < event.country', { country: '\u{1F600}' })).toBe('YES by rule:r');
    expect(holds('event.country < "\ue000"', { country: '\u{1F600}' })).toBe('APPROVE by bands');
  });

  it('integers of more than 64 bits are errors', () => {
    const n = -(2n ** 63n);
    for (const when of ['-event.n > 0', 'event.n / -1 > 0', 'event.n % -1 == 0', 'event.n - 1 < 0'])
      expect(holds(when, { n })).toContain('a result does not fit into 64 bits');
    expect(holds('int(event.amount) > 0', { amount: 1e19 })).toContain('64 bits');
  });
});

describe('lists', () => {
  const keysOf = (position: string, entries: Readonly<Record<string, number>>): KeyList => {
    const table = new KeyTable();
    for (const [key, expires] of Object.entries(entries)) table.set(key, expires);
    return {
      position,
      has: (...asked) => table.has(...asked),
      mark: (...batch) => table.mark(...batch),
    };
  };
  const lists = [
    { name: 'vip', key: 'event.tier', file: 'vip.txt', decision: 'APPROVE' },
    { name: 'blocked', key: 'n', topic: 'blocked', decision: 'REJECT' },
  ];
  const opened: Record<string, KeyList> = {
    vip: keysOf('sha256:ab', { gold: Infinity }),
    blocked: keysOf('0:7', { '5': Infinity, '9007199254740993': 100 }),
  };
  const rules = [rule('all', 'event.country == "FR"', 'REVIEW', { stage: 'before' })];
  const decided = (rows: Parameters<typeof decideRows>[2], now = 50, policy?: string) =>
    decideRows({ lists, rules, ...(policy === undefined ? {} : { policy }) }, FIELDS, rows, {
      list: ({ name }) => opened[name]!,
      now: () => now,
    });

  it('decide before rules, the first that has the key; null is on none', () => {
    const { said } = decided([
      { tier: 'gold', country: 'FR', n: 5n },
      { tier: null, country: 'FR', n: 5n },
      { tier: 'silver', country: 'FR', n: 6n },
      { tier: 'silver', country: 'DE', n: 6n },
    ]);
    expect(said).toEqual([
      'APPROVE by list:vip',
      'REJECT by list:blocked',
      'REVIEW by rule:all',
      'APPROVE by bands',
    ]);
  });

  it('compare integers exactly, and drop what has expired', () => {
    const row = { tier: null, country: 'DE', n: 2n ** 53n + 1n };
    expect(decided([row]).said).toEqual(['REJECT by list:blocked']);
    expect(decided([{ ...row, n: 2n ** 53n }]).said).toEqual(['APPROVE by bands']);
    expect(decided([row], 100).said).toEqual(['APPROVE by bands']);
  });

  it('say in the policy of the score how far they were read', () => {
    const row = { tier: null, country: 'DE', n: 1n };
    expect(decided([row], 0, '2026-11').decisions.policy).toBe('2026-11 vip@sha256:ab blocked@0:7');
    expect(decided([row]).decisions.policy).toBe('vip@sha256:ab blocked@0:7');
  });

  it('make a dead letter of an event that lacks the field of the key', () => {
    expect(decided([{ tier: null, country: 'DE' }]).said).toEqual([
      'POLICY_FAILED: the list blocked cannot be evaluated: the event does not have a field; it reads event.n',
    ]);
  });

  it('need a key that is a string or an integer, and a field that exists', () => {
    const problems = problemsOf(
      {
        lists: [
          ...lists.map((list) => ({ ...list, key: 'event.amount' })),
          { ...lists[0]!, key: 'teer' },
        ],
      },
      FIELDS,
    );
    expect(problems.map(({ what, where, remedy }) => [what, where, remedy])).toEqual([
      [
        'the key is a double',
        'decision.lists[0].key',
        'Choose a field that is a string or an integer.',
      ],
      [
        'the key is a double',
        'decision.lists[1].key',
        'Choose a field that is a string or an integer.',
      ],
      ['the event has no field teer', 'decision.lists[2].key', 'Did you mean event.tier?'],
    ]);
  });
});

describe('outOfProfile', () => {
  const rules = [
    rule('amount', '"amount" in outOfProfile', 'X'),
    rule('several', 'size(outOfProfile) > 1', 'Y'),
    rule('one', 'size(outOfProfile) == 1 && event.country == "DE"', 'Z', { stage: 'before' }),
  ];
  const rows = [
    { country: 'DE', amount: 1, score: 0.1 },
    { country: 'FR', amount: 1, score: 0.1 },
    { country: 'FR', amount: 1, score: 0.1 },
    { country: 'FR', amount: 1, score: 0.1 },
  ];
  const policy = policyOf({ rules }, FIELDS);
  const decide = createDecide(policy, [...policy.fields.keys()]);
  const marked = (): ProfileMarks => {
    const marks = noMarks(['amount', 'country', 'n'], rows.length);
    mark(marks, 0, 1);
    mark(marks, 1, 0);
    mark(marks, 2, 1);
    mark(marks, 2, 2);
    return marks;
  };
  const decided = (marks?: ProfileMarks): string[] => {
    const scores = scoresOf(rows.map(({ score }) => score));
    const events = eventsOf(policy, rows);
    return saidOf(decide(events, scores, marks), events);
  };

  it('is a list whose size and names conditions may ask for', () => {
    expect(policy.marks).toEqual(['amount']);
    expect(decided(marked())).toEqual([
      'Z by rule:one',
      'X by rule:amount',
      'Y by rule:several',
      'APPROVE by bands',
    ]);
    expect(decided()).toEqual(rows.map(() => 'APPROVE by bands'));
  });

  it.each([
    ['outOfProfile', 'outOfProfile is a list', 'Write size(outOfProfile) > 0'],
    ['event.country in outOfProfile', 'outOfProfile has names of fields', 'Write "amount" in'],
    ['outOfProfil == 1', 'there is no outOfProfil here', 'Did you mean outOfProfile?'],
  ])('%s is refused', (when, what, remedy) => {
    const [problem] = problemsOf({ rules: [rule('r', when, 'X')] }, FIELDS);
    expect(problem!.what).toBe(what);
    expect(problem!.remedy).toContain(remedy);
  });

  it('is not read by other policies', () => {
    expect(policyOf({ rules: [rule('r', 'score > 0.5', 'X')] }, FIELDS).marks).toBeUndefined();
  });
});
