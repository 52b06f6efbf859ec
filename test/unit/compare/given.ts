import { Comparison, type ComparisonOptions } from '../../../src/compare/comparison.ts';
import { UNLABELLED, type ComparedBatch, type Facts } from '../../../src/compare/compared-batch.ts';
import type { SideIdentity, Subject } from '../../../src/compare/report.ts';
import type { DeadCode } from '../../../src/flow/dead-code.ts';
import { Fates } from '../../../src/flow/fates.ts';
import { saidOf, type Said } from '../../../src/compare/said.ts';
import type { Outcome } from '../../../src/flow/outcome.ts';
import type { InputRecord } from '../../../src/flow/record.ts';
import { NOTHING_DECIDED, type Decisions } from '../../../src/flow/scores.ts';

export const NAMES = ['APPROVE', 'REVIEW', 'REJECT'];

/** A score of one side, a code if it has none, or null for an event that is skipped. */
export type Given = number | DeadCode | null;

/** What one side makes of a batch. Bands: below 0.3, 0.7 and the rest. */
export function said(given: readonly Given[], decided = true): Said {
  return saidOf(outcome(given, decided));
}

function outcome(given: readonly Given[], decided: boolean): Outcome {
  const fates = new Fates(given.length);
  given.forEach((score, row) => {
    if (score === null) fates.skip(row);
    else if (typeof score === 'string') fates.kill(row, 'map', score, 'wrong');
  });
  const score = Float64Array.from(given, (one) => (typeof one === 'number' ? one : 0));
  const index = Uint16Array.from(score, (one) => (one < 0.3 ? 0 : one < 0.7 ? 1 : 2));
  const none = fates.alive === 0;
  const decisions: Decisions = decided
    ? { ...NOTHING_DECIDED, policy: 'p', names: NAMES, index }
    : NOTHING_DECIDED;
  return {
    batch: { topic: 'in', partition: 0, records: [], closedBy: 'end' },
    fates,
    scores: none ? null : { models: [], modelOf: null, score, classes: null, perClass: null },
    decisions: none ? null : decisions,
    records: [],
    rows: new Int32Array(0),
  };
}

export const identity = (more: Partial<SideIdentity> = {}): SideIdentity => ({
  config: 'a.yaml',
  sets: [],
  model: { name: 'fraud', version: '1', sha256: 'a'.repeat(64) },
  policy: 'p',
  decisions: NAMES,
  alarms: ['REVIEW', 'REJECT'],
  descending: false,
  ...more,
});

export const subject = (more: Partial<Subject> = {}): Subject => ({
  a: identity(),
  b: identity({ config: 'b.yaml' }),
  input: 'events.jsonl',
  every: 1,
  by: null,
  amount: null,
  time: null,
  labels: null,
  ...more,
});

export const comparison = (more: Partial<ComparisonOptions> = {}): Comparison =>
  new Comparison({
    subject: subject(),
    maxEvents: 100_000,
    maxExamples: 3,
    times: false,
    ...more,
  });

const NO_FACTS: Facts = { time: null, segment: null, amount: null, label: null };

/** What both say about a batch that begins at an offset. */
export const batch = (
  a: readonly Given[] | Said,
  b: readonly Given[] | Said,
  { carried, ...facts }: Partial<Facts> & Partial<Pick<ComparedBatch, 'carried'>> = {},
  first = 0,
): ComparedBatch => {
  const own = { a: 'score' in a ? a : said(a), b: 'score' in b ? b : said(b) };
  const records = Array.from(own.a.score, (_, row): InputRecord => ({
    offset: first + row,
    timestamp: -1,
    key: null,
    value: null,
  }));
  return {
    batch: { topic: 'in', partition: 0, records, closedBy: 'end' },
    ...own,
    facts: { ...NO_FACTS, ...facts },
    carried: carried ?? ((row) => `event ${first + row}`),
  };
};

export const labels = (given: readonly (0 | 1 | null)[]): Uint8Array =>
  Uint8Array.from(given, (label) => label ?? UNLABELLED);
