import { createDegradedDecide } from '../../../src/decide/degraded.ts';
import { KeyTable } from '../../../src/decide/lists/key-table.ts';
import type { KeyList } from '../../../src/decide/lists/key-list.ts';
import { eventsOf, policyOf, saidOf, scoresOf, type Given, type Row } from './given.ts';

const FIELDS = { id: 'string', amount: ['null', 'double'] } as const;

/** Decides about rows; those without a score are degraded. */
function decided(given: Given, rows: readonly (Row & { readonly score?: number })[]) {
  const policy = policyOf(given, FIELDS);
  const table = new KeyTable();
  table.set('blocked', Infinity);
  const keys: KeyList = {
    has: (...key) => table.has(...key),
    mark: (...batch) => table.mark(...batch),
    position: '0:1',
  };
  const options = { list: () => keys };
  const decide = createDegradedDecide(policy, [...policy.fields.keys()], options, 'HOLD');
  const events = eventsOf(policy, rows);
  const degraded = rows.flatMap(({ score }, row) =>
    score === undefined ? [{ row, code: 'INFERENCE_TIMEOUT' as const }] : [],
  );
  const scores = { ...scoresOf(rows.map(({ score = NaN }) => score)), degraded };
  const decisions = decide(events, scores);
  return { decisions, events, said: saidOf(decisions, events) };
}

it('decides about events without a score, and about the others as always', () => {
  const { said, decisions } = decided({}, [{ score: 0.2 }, {}, { score: 0.9 }, {}]);
  expect(said).toEqual([
    'APPROVE by bands',
    'HOLD by degraded',
    'REJECT by bands',
    'HOLD by degraded',
  ]);
  expect(decisions.names).toEqual(['APPROVE', 'REJECT', 'HOLD']);
});

it('changes nothing where every event has a score', () => {
  const { said, decisions } = decided({}, [{ score: 0.2 }]);
  expect(said).toEqual(['APPROVE by bands']);
  expect(decisions.names).toEqual(['APPROVE', 'REJECT']);
});

const RULE = { stage: 'after', shadow: false } as const;
const POLICY: Given = {
  lists: [{ name: 'cards', key: 'event.id', file: 'f', decision: 'BLOCK' }],
  rules: [
    { ...RULE, name: 'after', when: 'event.id == "after" || score > 2.0', decision: 'CALL' },
    { ...RULE, name: 'before', stage: 'before', when: 'event.id == "before"', decision: 'HOLD' },
    { ...RULE, name: 'seen', when: 'event.id == "plain"', decision: 'CALL', shadow: true },
  ],
  segments: [{ name: 'rich', when: 'event.amount > 9.0', bands: [{ decision: 'PHONE' }] }],
};

it('lets lists and rules before the model decide, and nothing that may need the score', () => {
  const rows = ['blocked', 'before', 'after', 'plain'].flatMap((id) => [
    { id, amount: 1 },
    { id, amount: 1, score: 0.1 },
  ]);
  const { said, decisions } = decided(POLICY, [...rows, { id: 'x', amount: 10 }]);
  expect(said).toEqual([
    'BLOCK by list:cards',
    'BLOCK by list:cards',
    'HOLD by rule:before',
    'HOLD by rule:before',
    'HOLD by degraded',
    'CALL by rule:after',
    'HOLD by degraded',
    'APPROVE by bands',
    'HOLD by degraded (rich)',
  ]);
  const { rules, matched } = decisions.rulesSeen!;
  expect(rules.map(({ name }, i) => `${name} ${matched[i]}`)).toEqual([
    'list:cards 2',
    'before 2',
    'after 1',
    'seen 1',
  ]);
});

it('makes a dead letter where a condition that is reached cannot be evaluated', () => {
  const { said, events } = decided(POLICY, [
    { id: 'x', amount: null },
    { id: 'x', amount: 1 },
  ]);
  expect(said[0]).toMatch(/^POLICY_FAILED: the condition of the segment rich/);
  expect(said[1]).toBe('HOLD by degraded');
  expect(events.fates.rejects).toHaveLength(1);
});
