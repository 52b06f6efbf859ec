import fc from 'fast-check';
import { createDecide } from '../../../../src/decide/decide.ts';
import { KeyTable } from '../../../../src/decide/lists/key-table.ts';
import type { PolicySettings } from '../../../../src/flow/policy-settings.ts';
import type { Utf8Column } from '../../../../src/flow/utf8-column.ts';
import { eventsOf, OTHER, policyOf, saidOf, scoresOf } from '../given.ts';

/**
 * All rows evaluated by the columns are the oracle: they are compared with a library of CEL. Most
 * events are ordinary, so that only a few of them have a clue.
 */
const FIELDS = {
  d: 'double',
  nd: ['null', 'double'],
  l: 'long',
  nl: ['null', 'long'],
  s: 'string',
  ns: ['null', 'string'],
  b: 'boolean',
} as const;

const mostly = (usual: readonly unknown[], ...rare: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    { arbitrary: fc.constantFrom(...usual), weight: 12 },
    { arbitrary: fc.constantFrom(...rare), weight: 1 },
  );
const BIG = 2n ** 53n;
const TEXTS = ['DE', 'FR', 'a longer text', 'a longer tent', ''];
const event = fc.record({
  d: mostly([1, 2, 3], 0, -0, NaN, Infinity, -Infinity, 10, undefined, OTHER),
  nd: mostly([1, 2, null], NaN, 10, undefined, OTHER),
  l: mostly([1n, 2n], 0n, 10n, BIG - 1n, BIG + 1n, -BIG - 1n, undefined, OTHER),
  nl: mostly([1n, null], 10n, BIG + 1n, undefined, OTHER),
  s: mostly(['US', 'US', 'IT', 'other'], ...TEXTS, undefined, OTHER),
  ns: mostly(['US', null], ...TEXTS, undefined, OTHER),
  b: mostly([false], true, undefined),
  score: mostly([0.1, 0.6], 0.95, NaN, -Infinity),
});

const text = fc.constantFrom(...TEXTS).map((one) => JSON.stringify(one));
const double = fc.constantFrom('0.0', '2.5', '3.0', '9.0', '-1.0', '1e300');
const int = fc.constantFrom('0', '1', '2', '9', '-3', String(BIG - 1n), String(BIG + 1n));
const order = fc.constantFrom('<', '<=', '>', '>=', '==', '!=');
const written = (
  write: (...parts: string[]) => string,
  ...parts: fc.Arbitrary<string>[]
): fc.Arbitrary<string> => fc.tuple(...parts).map((all) => write(...all));
const one = (...all: string[]): fc.Arbitrary<string> => fc.constantFrom(...all);

/** Conditions that hold for few events. */
const few = fc
  .oneof(
    written((a, c) => `event.${a} == ${c}`, one('s', 'ns'), text),
    written((a, c, d) => `event.${a} in [${c}, ${d}]`, one('s', 'ns'), text, text),
    written((a, by) => `event.${a} ${by}`, one('d', 'nd', 'l', 'nl'), one('> X', '>= X', '< Y')),
    written((by, a) => `${by} event.${a}`, one('X <', 'Y >=', 'Y >'), one('d', 'nd', 'l', 'nl')),
    written((a, c) => `has(event.${a}) && event.${a} ${c}`, one('nd', 'd', 'l'), one('> X', '< Y')),
    written((a, c) => `has(event.${a}) && event.${a} == ${c}`, one('s', 'ns'), text),
    written((a, c) => `event.${a}.startsWith(${c})`, one('s', 'ns'), one('"D"', '"a lo"')),
    one('event.b', 'event.d / double(event.l) > 5.0', '100 / event.l > 160'),
  )
  .map((condition) => {
    const [x, y] = /event\.n?d /.test(`${condition} `) ? ['9.0', '-0.5'] : ['9', '0'];
    return condition.replaceAll('X', x).replaceAll('Y', y);
  });
const many = fc.oneof(
  written((a, by, c) => `event.${a} ${by} ${c}`, one('d', 'nd'), order, double),
  written((a, by, c) => `${c} ${by} event.${a}`, one('l', 'nl'), order, int),
  written((a, c) => `event.${a} != ${c}`, one('s', 'ns'), text),
  written((a, by) => `event.${a} ${by} null`, one('nd', 'nl', 'ns'), one('==', '!=')),
  written((a) => `has(event.${a})`, one(...Object.keys(FIELDS))),
  one('event.ns in [null, "DE"]', '!(event.s == "US")', 'event.ns != "US"', 'true', 'false'),
);
const ofSegments = (names: readonly string[]): fc.Arbitrary<string>[] =>
  names.length === 0
    ? []
    : [
        written((by, c) => `segment ${by} "${c}"`, one('==', '==', '!='), one(...names, 'none')),
        one('segment == null', `segment in ["${names[0]}", "x"]`, 'segment < "s1"'),
      ];
const conditions = (...more: fc.Arbitrary<string>[]): fc.Arbitrary<string> => {
  const any = fc.oneof(few, many, ...more);
  return fc.oneof(
    few,
    written((a, b) => `${a} && (${b})`, few, any),
    written((a, b) => `(${a}) && ${b}`, any, few),
    written((a, b) => `${a} || ${b}`, few, few),
    written((a, b, c) => `(${a}) && (${b} || ${c})`, any, few, few),
    written((a, b) => `!(${a}) && ${b}`, any, few),
    { arbitrary: any, weight: 1 },
  );
};

const bands = [{ upTo: 0.5, decision: 'APPROVE' }, { decision: 'REJECT' }];
const policies: fc.Arbitrary<Partial<PolicySettings>> = fc
  .array(fc.oneof(many, conditions()), { maxLength: 4 })
  .chain((segments) => {
    const names = segments.map((_, i) => `s${i}`);
    const after = written((by) => `score ${by} 0.9`, one('<', '>'));
    const ruleOf = (stage: 'before' | 'after') =>
      fc.record({
        stage: fc.constant(stage),
        when: conditions(...ofSegments(names), ...(stage === 'after' ? [after] : [])),
        decision: fc.constantFrom('X', 'Y', 'REVIEW'),
        shadow: fc.constantFrom(false, false, false, true),
      });
    return fc.record({
      segments: fc.constant(segments.map((when, i) => ({ name: names[i]!, when, bands }))),
      rules: fc
        .array(fc.oneof(ruleOf('before'), ruleOf('after')), { minLength: 1, maxLength: 6 })
        .map((all) => all.map((rule, i) => ({ ...rule, name: `r${i}` }))),
      lists: fc.subarray([
        { name: 'texts', key: 's', file: 'a', decision: 'LISTED' },
        { name: 'numbers', key: 'nl', file: 'b', decision: 'X' },
      ]),
    });
  });

const keys = new KeyTable();
for (const key of ['FR', 'a longer text', '10']) keys.set(key);
const list = () => ({
  position: '1',
  has: (...asked: Parameters<KeyTable['has']>) => keys.has(...asked),
  mark: (...batch: Parameters<KeyTable['mark']>) => keys.mark(...batch),
});

describe('the rows with a clue', () => {
  it('are decided as all rows are, and no other row has to be looked at', () => {
    const rows = fc.array(event, { minLength: 1, maxLength: 30 });
    const batches = fc.array(fc.tuple(rows, fc.nat(40)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(policies, batches, (given, all) => {
        const policy = policyOf(given, FIELDS);
        const ways = [Infinity, 1].map((rareFrom) =>
          createDecide(policy, [...policy.fields.keys()], { list, rareFrom }),
        );
        for (const [batch, dead] of all) {
          const [expected, found] = ways.map((decide) => {
            const events = eventsOf(policy, batch);
            if (dead < batch.length) events.fates.kill(dead, 'map', 'FIELD_NULL', 'so');
            const decisions = decide(events, scoresOf(batch.map(({ score }) => score as number)));
            const { matched, failed } = decisions.rulesSeen ?? {};
            return { said: saidOf(decisions, events), matched, failed };
          });
          expect(found).toEqual(expected);
        }
      }),
      { numRuns: 600 },
    );
  });

  it('are found for a rule that does not ask has() where another one with the same part does', () => {
    const when = 'event.s == "DE"';
    const rules = [when, `has(event.s) && ${when}`].map((one, i) => ({
      name: `r${i}`,
      when: one,
      stage: 'after' as const,
      decision: 'X',
      shadow: false,
    }));
    const policy = policyOf({ rules }, FIELDS);
    const decide = createDecide(policy, [...policy.fields.keys()], { rareFrom: 1 });
    for (const row of [{ s: 'US' }, {}]) {
      const events = eventsOf(policy, [row, { s: 'US' }, { s: 'US' }]);
      decide(events, scoresOf([0.1, 0.1, 0.1]));
      expect(events.fates.rejects).toHaveLength(row.s === undefined ? 1 : 0);
    }
  });

  it('have the segment of their text, not of its hash', () => {
    const segments = [{ name: 'long', when: 'event.s == "a longer text"', bands }];
    const rules = [
      { name: 'r', when: 'event.d > 9.0', stage: 'after', decision: 'X', shadow: false } as const,
    ];
    const policy = policyOf({ segments, rules }, FIELDS);
    const decide = createDecide(policy, [...policy.fields.keys()], { rareFrom: 1 });
    const events = eventsOf(policy, [
      { s: 'a longer text', d: 1 },
      { s: 'a longer tent', d: 1 },
    ]);
    const { places } = events.columns[0] as Utf8Column;
    places[7] = places[3]!;
    expect(saidOf(decide(events, scoresOf([0.1, 0.1])), events)).toEqual([
      'APPROVE by segment:long (long)',
      'APPROVE by bands',
    ]);
  });
});
