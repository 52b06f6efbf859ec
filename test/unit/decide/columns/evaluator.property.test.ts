import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { Expressions } from '../../../../src/decide/columns/evaluator.ts';
import { policyBatch, PolicyRows } from '../../../../src/decide/columns/policy-rows.ts';
import { eventsOf, OTHER, policyOf, type Row, scoresOf } from '../given.ts';

/**
 * The library is the oracle: for the same expression and event it has to give the same truth value,
 * or an error as well. Only has() is written differently for it, because a field that is null counts
 * as there in a map.
 */
const FIELDS = {
  i: 'int',
  l: 'long',
  nl: ['null', 'long'],
  d: 'double',
  nd: ['null', 'double'],
  s: 'string',
  ns: ['null', 'string'],
  b: 'boolean',
  nb: ['null', 'boolean'],
} as const;

const BIG = 2n ** 53n;
const longs = fc.oneof(
  fc.constantFrom(0n, 1n, -1n, 3n, BIG - 1n, BIG, BIG + 1n, -BIG - 1n, 2n ** 62n, 2n ** 63n - 1n),
  fc.bigInt({ min: -10n, max: 10n }),
  fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }),
);
const numbers = fc.oneof(
  fc.constantFrom(0, -0, 1, 1.5, -1, 3, 2 ** 53, 2 ** 53 + 2, 9.3e18, NaN, Infinity, -Infinity),
  fc.double(),
);
// No code point from U+D800 on: there the library compares UTF-16 units instead of code points.
const texts = fc.oneof(
  fc.constantFrom('', 'a', 'ab', 'b', 'DE', 'ä', 'Straße', '日本', 'a"b', "it's", '\\'),
  fc.string({ maxLength: 3, unit: fc.constantFrom('a', 'b', 'ä', 'é', '日', '\n', '"') }),
);
const or = <T>(value: fc.Arbitrary<T>, ...others: unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof({ arbitrary: value, weight: 6 }, { arbitrary: fc.constantFrom(...others), weight: 1 });
const events = fc.record({
  i: or(fc.oneof(fc.integer(), fc.integer({ min: -3, max: 3 })), undefined),
  l: or(longs, undefined, OTHER),
  nl: or(longs, null, null, undefined),
  d: or(numbers, undefined),
  nd: or(numbers, null, null, undefined, OTHER),
  s: or(texts, undefined),
  ns: or(texts, null, null, undefined, OTHER),
  b: or(fc.boolean(), undefined),
  nb: or(fc.boolean(), null, null, undefined),
  score: fc.double({ noNaN: true }),
});

/** An expression, and how it is written for the library. */
interface Pair {
  readonly ours: string;
  readonly oracle: string;
}
const same = (text: string): Pair => ({ ours: text, oracle: text });
const join = (parts: readonly Pair[], write: (texts: readonly string[]) => string): Pair => ({
  ours: write(parts.map(({ ours }) => ours)),
  oracle: write(parts.map(({ oracle }) => oracle)),
});
const quoted = (text: string): string => JSON.stringify(text);
const asDouble = (value: number): string =>
  Number.isInteger(value) ? `${BigInt(value)}.0` : String(value).replace('e+', 'e');
const names = (...all: readonly string[]): fc.Arbitrary<Pair> =>
  fc.constantFrom(...all.map((name) => same(name)));
const parts = (
  write: (texts: readonly string[]) => string,
  ...all: fc.Arbitrary<Pair>[]
): fc.Arbitrary<Pair> => fc.tuple(...all).map((found) => join(found, write));

const finite = numbers.filter((value) => Number.isFinite(value) && Math.abs(value) < 1e300);
const { bool } = fc.letrec<{ bool: Pair; int: Pair; double: Pair; string: Pair }>((tie) => ({
  int: fc.oneof(
    { maxDepth: 3 },
    names('event.i', 'event.l', 'event.nl'),
    longs.map((value) => same(String(value))),
    parts(
      ([a]) => `size(${a} + "")`.replace(' + ""', ''),
      names('event.s', 'event.ns', '"häßlich"'),
    ),
    ...['+', '-', '*'].map((by) => parts(([a, b]) => `(${a} ${by} ${b})`, tie('int'), tie('int'))),
    // -2^63 / -1 does not fit into 64 bits, and its remainder is an error as well. The library finds
    // that only when it adds.
    ...['/', '%'].map((by) =>
      fc.tuple(tie('int'), tie('int')).map(([a, b]): Pair => {
        const overflows = `0 * ((${a.oracle} / ${b.oracle}) + 0)`;
        return {
          ours: `(${a.ours} ${by} ${b.ours})`,
          oracle: `((${a.oracle} ${by} ${b.oracle}) + ${overflows})`,
        };
      }),
    ),
    parts(([a]) => `(-(${a}))`, names('event.i', 'event.l')),
    parts(([a]) => `int(${a})`, names('event.i', 'event.nl')),
    parts(([a]) => `(-(${a}))`, names('event.nl')),
    parts(([c, a, b]) => `(${c} ? ${a} : ${b})`, tie('bool'), tie('int'), tie('int')),
  ),
  double: fc.oneof(
    { maxDepth: 3 },
    names('event.d', 'event.nd', 'score'),
    finite.map((value) => same(asDouble(value))),
    parts(([a]) => `(-(${a}))`, names('event.d', 'event.nd')),
    ...['+', '-', '*', '/'].map((by) =>
      parts(([a, b]) => `(${a} ${by} ${b})`, tie('double'), tie('double')),
    ),
    parts(([a]) => `double(${a})`, tie('int')),
    parts(([a]) => `double(${a})`, tie('double')),
    parts(([c, a, b]) => `(${c} ? ${a} : ${b})`, tie('bool'), tie('double'), tie('double')),
  ),
  string: fc.oneof(
    { maxDepth: 2 },
    names('event.s', 'event.ns'),
    texts.map((text) => same(quoted(text))),
    parts(([c, a, b]) => `(${c} ? ${a} : ${b})`, tie('bool'), tie('string'), tie('string')),
  ),
  bool: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    names('event.b', 'event.nb', 'true', 'false'),
    fc.constantFrom(...Object.keys(FIELDS)).map((name) => ({
      ours: `has(event.${name})`,
      oracle: `there.${name}`,
    })),
    ...['<', '<=', '>', '>=', '==', '!='].flatMap((by) => [
      parts(([a, b]) => `(${a} ${by} ${b})`, tie('int'), tie('int')),
      parts(([a, b]) => `(${a} ${by} ${b})`, tie('double'), tie('double')),
      parts(([a, b]) => `(${a} ${by} ${b})`, tie('string'), tie('string')),
    ]),
    ...['<', '>='].map((by) => parts(([a, b]) => `(${a} ${by} ${b})`, tie('int'), tie('double'))),
    ...['==', '!='].flatMap((by) => [
      parts(([a]) => `(${a} ${by} null)`, names('event.nl', 'event.nd', 'event.ns', 'event.nb')),
      parts(([a, b]) => `(${a} ${by} ${b})`, names('event.b', 'event.nb'), tie('bool')),
    ]),
    parts(([a, ...b]) => `(${a} in [${b.join()}])`, tie('string'), ...constants(texts, quoted)),
    parts(([a, ...b]) => `(${a} in [${b.join()}])`, tie('int'), ...constants(longs, String)),
    parts(([a, ...b]) => `(${a} in [${b.join()}])`, tie('double'), ...constants(finite, asDouble)),
    parts(([a]) => `(${a} in [null, "a"])`, names('event.ns')),
    ...['startsWith', 'endsWith', 'contains'].map((test) =>
      parts(([a, b]) => `${a}.${test}(${b})`, tie('string'), tie('string')),
    ),
    ...['&&', '||', '&&', '||'].map((by) =>
      parts(([a, b]) => `(${a} ${by} ${b})`, tie('bool'), tie('bool')),
    ),
    parts(([a]) => `!(${a})`, tie('bool')),
    parts(([c, a, b]) => `(${c} ? ${a} : ${b})`, tie('bool'), tie('bool'), tie('bool')),
  ),
}));

function constants<T>(value: fc.Arbitrary<T>, write: (value: T) => string): fc.Arbitrary<Pair>[] {
  return [1, 2, 3].map(() => value.map((one) => same(write(one))));
}

const ORACLE = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
});
/** Has neither a field nor an operator, so that any use of it is an error. */
class AnotherType {
  is = 'of another type';
}

function oracle(expression: string, { score, ...row }: Row): boolean | 'error' {
  const event = Object.entries(row).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const whole = name === 'i' && typeof value === 'number' ? BigInt(value) : value;
    return [[name, value === OTHER ? new AnotherType() : whole] as const];
  });
  try {
    const value: unknown = ORACLE.evaluate(expression, {
      event: Object.fromEntries(event),
      there: Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, value !== undefined && value !== null]),
      ),
      score,
    });
    return typeof value === 'boolean' ? value : 'error';
  } catch {
    return 'error';
  }
}

describe('conditions over columns', () => {
  it('are true, false or in error where the library says so', () => {
    const rowsOf = fc.array(events, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        bool.filter(({ ours }) => ours.length < 2500),
        bool.filter(({ ours }) => ours.length < 2500),
        fc.tuple(rowsOf, rowsOf),
        (a, b, batches) => {
          // The conditions have parts in common, and a batch follows another one.
          const conditions = [a, b, join([a, b], ([x, y]) => `(${x}) && !(${y})`)];
          const rule = { stage: 'after', decision: 'X', shadow: false } as const;
          const rules = conditions.map(({ ours }, i) => ({ ...rule, name: `r${i}`, when: ours }));
          const policy = policyOf({ rules }, FIELDS);
          const segments = {
            vector: () => ({ is: 'string', values: [], state: null }) as const,
            places: () => ({ of: null, errors: null, names: [] }),
          };
          const batch = new PolicyRows(policy.fields);
          const slots = [...policy.fields.keys()];
          const expressions = new Expressions(batch.texts);
          const truths = policy.rules.map(({ condition }) => expressions.truth(condition));
          for (const rows of batches) {
            const scores = scoresOf(rows.map(({ score }) => score));
            const given = { scores, segments, marks: undefined };
            batch.take(policyBatch(eventsOf(policy, rows), slots, given));
            for (const [i, truth] of truths.entries()) {
              const { values, some } = truth(batch);
              const found = [...values.subarray(0, rows.length)];
              expect(found.map((value) => (value > 1 ? 'error' : value === 1))).toEqual(
                rows.map((row) => oracle(conditions[i]!.oracle, row)),
              );
              expect(some).toBe(found.reduce((all, value) => all | value, 0));
            }
          }
        },
      ),
      { numRuns: 700 },
    );
  });
});
