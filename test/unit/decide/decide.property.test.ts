import fc from 'fast-check';
import { createDecide } from '../../../src/decide/decide.ts';
import type { RuleSettings } from '../../../src/flow/policy-settings.ts';
import { eventsOf, policyOf, saidOf, scoresOf } from './given.ts';

const FIELDS = {
  a: ['null', 'double'],
  b: 'double',
  text: 'string',
} as const;

type Event = {
  readonly a: number | null;
  readonly b: number;
  readonly text: string;
  readonly score: number;
};

type Answer = boolean | 'fails';

/** Conditions, and what each says of one event. `null > 1.0` cannot be evaluated. */
const CONDITIONS: Readonly<Record<string, (event: Event) => Answer>> = {
  'event.a > 1.0': ({ a }) => (a === null ? 'fails' : a > 1),
  'event.b > 1.0': ({ b }) => b > 1,
  'event.b > 2.0 && event.text == "x"': ({ b, text }) => b > 2 && text === 'x',
  'event.text in ["y", "long text"]': ({ text }) => text === 'y' || text === 'long text',
  'event.text == "x" || event.b == 3.0': ({ b, text }) => text === 'x' || b === 3,
  'event.a > 1.0 && event.b > 1.0': ({ a, b }) => (b <= 1 ? false : a === null ? 'fails' : a > 1),
  'event.a > 1.0 || event.text == "y"': ({ a, text }) =>
    text === 'y' ? true : a === null ? 'fails' : a > 1,
  'score > 0.5 && !(event.text == "y")': ({ score, text }) => score > 0.5 && text !== 'y',
  'event.b > 9.0': () => false,
  'event.b < 9.0': () => true,
};

const event: fc.Arbitrary<Event> = fc.record({
  a: fc.constantFrom(null, 0, 2, 2, 2, 2),
  b: fc.constantFrom(0, 0, 0, 2, 3),
  text: fc.constantFrom('n', 'n', 'n', 'x', 'y', 'long text', 'long tent'),
  score: fc.constantFrom(0.2, 0.8),
});

const rules: fc.Arbitrary<RuleSettings[]> = fc
  .array(
    fc.record({
      when: fc.constantFrom(...Object.keys(CONDITIONS)),
      decision: fc.constantFrom('X', 'Y', 'REVIEW'),
      shadow: fc.constantFrom(false, false, false, true),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((all) => all.map((one, i) => ({ ...one, name: `r${i}`, stage: 'after' })));

interface Counted {
  readonly said: string[];
  readonly matched: number[];
  readonly failed: number[];
}

/** One event after the other, one rule after the other. */
function plainly(given: readonly RuleSettings[], events: readonly Event[], dead: number): Counted {
  const [matched, failed] = [given.map(() => 0), given.map(() => 0)];
  const said = events.map((one, row): string => {
    if (row === dead) return 'dead';
    for (const [i, { name, when, decision, shadow }] of given.entries()) {
      const answer = CONDITIONS[when]!(one);
      if (answer === 'fails') failed[i]!++;
      if (answer === true) matched[i]!++;
      if (shadow || answer === false) continue;
      return answer === 'fails' ? `rule ${name} fails` : `${decision} by rule:${name}`;
    }
    return one.score < 0.5 ? 'APPROVE by bands' : 'REJECT by bands';
  });
  return { said, matched, failed };
}

it('decides as the first rule that holds does, however many events are in a batch', () => {
  const batches = fc.array(fc.array(event, { minLength: 1, maxLength: 21 }), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(rules, batches, fc.nat(25), (given, all, dead) => {
      const policy = policyOf({ rules: given }, FIELDS);
      const decide = createDecide(policy, [...policy.fields.keys()]);
      for (const batch of all) {
        const events = eventsOf(policy, batch);
        if (dead < batch.length) events.fates.kill(dead, 'map', 'FIELD_NULL', 'so');
        const decisions = decide(events, scoresOf(batch.map(({ score }) => score)));
        const expected = plainly(given, batch, dead);
        const said = saidOf(decisions, events).map((one, row) =>
          row === dead
            ? 'dead'
            : one.replace(
                /^POLICY_FAILED: the (rule \w+) cannot be evaluated: a field is null;.*/,
                '$1 fails',
              ),
        );
        expect(said).toEqual(expected.said);
        expect([...decisions.rulesSeen!.matched]).toEqual(expected.matched);
        expect([...decisions.rulesSeen!.failed]).toEqual(expected.failed);
      }
    }),
    { numRuns: 400 },
  );
});
