import { problemsOf } from '../given.ts';

const MERCHANT = {
  type: 'record',
  name: 'Merchant',
  fields: [{ name: 'country', type: 'string' }],
};
const FIELDS = {
  amount: 'double',
  count: 'int',
  id: 'string',
  note: ['null', 'string'],
  paid: 'boolean',
  merchant: ['null', MERCHANT],
  tags: { type: 'array', items: 'string' },
  raw: 'bytes',
  either: ['int', 'string'],
  attributes: { type: 'map', values: 'double' },
};

const rule = (when: string, stage: 'before' | 'after' = 'after', name = 'r') => ({
  name,
  stage,
  when,
  decision: 'REVIEW',
  shadow: false,
});
const flaws = (when: string, stage?: 'before') =>
  problemsOf({ rules: [rule(when, stage)] }, FIELDS).map(
    ({ what, remedy }) => `${what} | ${remedy}`,
  );

describe('conditions that fit', () => {
  it.each([
    'event.amount > 10000.0 && event.merchant.country != "DE"',
    'event.amount > 10000',
    'event.count in [1, 2, -3] || event.id in ["a"]',
    'has(event.note) && event.note.startsWith("x")',
    'event.note == null || event.note in [null, "x"]',
    'has(event.merchant) && has(event.tags)',
    'size(event.tags) > 3 && event.tags[0] == "x" && event.id.size() > 2',
    'event.attributes["a.b"] > 1.5 || event.attributes.risk > 0.5',
    'double(event.count) * 1.5 > event.amount && int(event.amount) % 2 == 0',
    'score > 0.5 && segment == "high" && segment != null',
    'event.paid ? score > 0.5 : -event.amount < 0.0',
    'true',
  ])('%s', (when) => {
    expect(flaws(when)).toEqual([]);
  });
});

describe('conditions that do not fit', () => {
  it.each(['!', '-', '! '])('too many %s in a row', (operator) => {
    for (const count of [50, 1900, 9000])
      expect(flaws(`${operator.repeat(count)}event.paid`)).toEqual([
        'the expression has 50 times ! or - in a row | Remove them.',
      ]);
    expect(flaws(`event.id == "${operator.repeat(100)}"`)).toEqual([]);
  });

  it.each([
    ['event.amont > 1.0', 'the event has no field amont | Did you mean event.amount?'],
    ['amount > 1.0', 'there is no amount here | Write event.amount.'],
    ['scor > 1.0', 'there is no scor here | Did you mean score?'],
    ['event.amount', 'the condition is a double, not a bool | Compare it with something.'],
    ['event.amount == 1', 'a double cannot be == an int | Write 1.0 instead of 1.'],
    [
      'event.count * 1.5 > 2.0',
      '* cannot take an int and a double | Turn the int into a double: double(x).',
    ],
    [
      'event.amount % 2.0 == 0.0',
      '% cannot take a double and a double | Use values of the same type.',
    ],
    [
      'event.id > 1',
      '> cannot compare a string with an int | Compare numbers with numbers, and strings with strings.',
    ],
    ['event.id == null', 'a string that is never null is compared with null | Remove it.'],
    ['event.id && true', '&& takes a bool, not a string | Compare it with something.'],
    ['event.id in [1]', 'a string cannot be in a list with an int | Use values of the same type.'],
    ['event.id in event.tags', 'in needs a list of constants on its right | Write x in [a, b].'],
    ['event.id in [event.note]', 'a list may hold only constants | Compare with == instead.'],
    [
      'event.raw == "x"',
      'raw is bytes, which conditions cannot use | Choose a field that is a number, a string, an enum or a boolean, or the size() of an array or map.',
    ],
    [
      'event.either == 1',
      'either is int | string, which conditions cannot use | Choose a field that has one type.',
    ],
    [
      'size(event.amount) > 1',
      'amount is double, which has no size() | Take the size of an array, a map or a string.',
    ],
    [
      'event.id.matches("(a+)+$")',
      'the function matches is not supported | Its time is not bounded. Use startsWith, endsWith, contains or in.',
    ],
    [
      'event.tags.exists(t, t == "x")',
      'the function exists is not supported | Its time is not bounded. Compare single elements, such as event.items[0].price.',
    ],
    [
      'event.id.lower() == "x"',
      'the function lower is not supported | The functions are has, size, startsWith, endsWith, contains, int and double.',
    ],
    ['has(event)', 'has() takes one field of the event | Write has(event.field).'],
    [
      'event.count > 9223372036854775808',
      'the integer has more than 64 bits | Write it with a point: 1e20.',
    ],
    [
      'event.count > 1u',
      'a literal of bytes or of an unsigned number is not supported | Use comparisons, &&, ||, !, in, has(), arithmetic and startsWith().',
    ],
    ['event.paid ? 1 : 2', 'the condition is an int, not a bool | Compare it with something.'],
    ['(event.paid ? 1 : "x") == 1', '? : has an int and a string | Give both sides the same type.'],
    ['event.amount > 1.0 and event.paid', "unexpected character: 'd' | Write && instead of and."],
    ['event.amount = 1.0', 'unexpected character: = | Compare with ==.'],
  ])('%s', (when, flaw) => {
    expect(flaws(when)).toEqual([flaw]);
  });

  it('are not deeper, longer or wider than a person can check', () => {
    expect(flaws('('.repeat(100) + 'true' + ')'.repeat(100))[0]).toMatch(/^exceeded maxDepth/);
    expect(flaws(Array.from({ length: 900 }, () => 'event.paid').join(' && '))[0]).toMatch(
      /^exceeded maxAstNodes/,
    );
    expect(flaws(`event.id == "${'x'.repeat(20_000)}"`)[0]).toMatch(/more than 20000 characters/);
    expect(flaws(`event.count in [${[...Array(1001).keys()].join()}]`)[0]).toMatch(
      /^exceeded maxListElements/,
    );
  });

  it('cannot use the score before the model or for a segment, nor the segment for a segment', () => {
    expect(flaws('score > 0.5', 'before')).toEqual([
      'score is not known before the model | Set stage: after, or remove it.',
    ]);
    const bands = [{ decision: 'A' }];
    const segments = [{ name: 's', when: 'score > 0.5 && segment == "s"', bands }];
    expect(problemsOf({ segments }, FIELDS).map(({ what }) => what)).toEqual([
      'score is not known in the condition of a segment',
      'segment is not known in the condition of a segment',
    ]);
  });

  it('cannot use the version of the model before the model, and nothing else of it', () => {
    expect(flaws('model.version == "2"', 'before')).toEqual([
      'model.version is not known before the model | Set stage: after, or remove it.',
    ]);
    expect(flaws('model.name == "m"')).toEqual([
      'a condition may name only the version of the model | Write model.version.',
    ]);
    expect(flaws('model == "2"')).toEqual(['model is not a value | Write model.version.']);
  });

  it('are all reported together, each with its place', () => {
    const bands = [{ decision: 'A' }];
    const problems = problemsOf(
      {
        segments: [{ name: 's', when: 'event.nothing == 1', bands }],
        rules: [rule('event.paid'), rule('event.amont > 1.0 || event.id == 5'), rule('1 +')],
      },
      FIELDS,
    );
    expect(problems.map(({ code, where }) => [code, where])).toEqual([
      ['POLICY_INVALID', 'decision.segments[0].when, character 1'],
      ['POLICY_INVALID', 'decision.rules[1].when, character 1'],
      ['POLICY_INVALID', 'decision.rules[1].when, character 22'],
      ['POLICY_INVALID', 'decision.rules[2].when, character 4'],
    ]);
  });
});

describe('a policy with more parts than can be numbered', () => {
  it('is refused', () => {
    const bands = [
      ...Array.from({ length: 20_001 }, (_, i) => ({ upTo: i, decision: `D${i}` })),
      { decision: 'LAST' },
    ];
    expect(problemsOf({ bands }, FIELDS)).toMatchObject([
      { code: 'POLICY_INVALID', where: 'decision' },
    ]);
    const many = Array.from({ length: 70_000 }, (_, i) => `"k${i}"`);
    const rules = Array.from({ length: 70 }, (_, i) =>
      rule(`event.id in [${many.slice(1000 * i, 1000 * (i + 1)).join()}]`, 'after', `r${i}`),
    );
    expect(problemsOf({ rules }, FIELDS)).toEqual([]);
  });
});
