import { findCounterfactuals, type Change } from '../../../src/explain/counterfactual.ts';

const AMOUNTS = [10, 20, 30, 40, 50];

/** Rejects amounts of 37.25 and more, but for one country; counts from 7 on are reviewed. */
function decide(event: { amount: number; country: string; count: number }) {
  const decisions: { changes: readonly Change[]; made: readonly string[] }[] = [];
  const one = ({ field, value }: Change): string => {
    const { amount, country, count } = Object.assign({ ...event }, { [field]: value });
    if (amount >= 37.25 && country !== 'DE') return 'REJECT';
    return count >= 7 ? 'REVIEW' : 'APPROVE';
  };
  return {
    decisions,
    decide: (changes: readonly Change[]) => {
      const made = changes.map(one);
      decisions.push({ changes, made });
      return Promise.resolve(made);
    },
  };
}

const fieldsOf = (amount: number, country: string, count: number) => [
  { field: 'amount', value: amount, kind: 'number' as const, known: AMOUNTS },
  { field: 'country', value: country, kind: 'text' as const, known: ['DE', 'FR', 'FR', 'IT'] },
  { field: 'count', value: count, kind: 'whole' as const, known: [1, 2, 3, 8, 9] },
];

it('finds for each field the smallest change that gives a better decision', async () => {
  const given = decide({ amount: 45, country: 'FR', count: 3 });
  const found = await findCounterfactuals({
    fields: fieldsOf(45, 'FR', 3),
    decide: given.decide,
    isWanted: (decision) => decision === 'APPROVE',
  });
  const sd = Math.sqrt(200);
  expect(found).toEqual([
    {
      field: 'amount',
      from: 45,
      to: 37.2,
      decision: 'APPROVE',
      distance: (45 - 37.2) / sd,
      share: 0.2,
    },
    { field: 'country', from: 'FR', to: 'DE', decision: 'APPROVE', distance: null, share: 0.25 },
  ]);
});

it('goes to the limit itself where few digits do not tell', async () => {
  const found = await findCounterfactuals({
    fields: [{ field: 'x', value: 0.7, kind: 'number', known: [0.7, 0, 1] }],
    decide: (changes) =>
      Promise.resolve(changes.map(({ value }) => (Number(value) > 0.70000042 ? 'A' : 'B'))),
    isWanted: (decision) => decision === 'A',
  });
  expect(found[0]!.to).toBeGreaterThan(0.70000042);
  expect(found[0]!.to).toBeLessThan(0.7000005);
});

it('looks at both sides, and knows whole numbers', async () => {
  const given = decide({ amount: 10, country: 'FR', count: 8 });
  const found = await findCounterfactuals({
    fields: fieldsOf(10, 'FR', 8),
    decide: given.decide,
    isWanted: (decision) => decision === 'APPROVE',
  });
  expect(found.map(({ field, to }) => [field, to])).toEqual([['count', 6]]);
});

it('answers only what was decided', async () => {
  const given = decide({ amount: 45, country: 'FR', count: 3 });
  const found = await findCounterfactuals({
    fields: fieldsOf(45, 'FR', 3),
    decide: given.decide,
    isWanted: (decision) => decision !== 'REJECT',
  });
  for (const { field, to, decision } of found) {
    const asked = given.decisions.flatMap(({ changes, made }) =>
      changes.flatMap((change, i) =>
        change.field === field && change.value === to ? [made[i]] : [],
      ),
    );
    expect(asked).toContain(decision);
  }
});

it('finds nothing where no change helps, or the event has no value to change', async () => {
  const nothing = await findCounterfactuals({
    fields: [
      ...fieldsOf(10, 'FR', 3),
      { field: 'limit', value: null, kind: 'number', known: [1, 2] },
    ],
    decide: (changes) => Promise.resolve(changes.map(() => null)),
    isWanted: () => true,
  });
  expect(nothing).toEqual([]);
});
