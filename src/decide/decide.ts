import type { Events } from '../flow/events.ts';
import type { Fates } from '../flow/fates.ts';
import type { ListSettings } from '../flow/policy-settings.ts';
import type { ProfileMarks } from '../flow/profile-marks.ts';
import type { Slots } from '../flow/projection.ts';
import { NOTHING_DECIDED, type Decisions, type Scores } from '../flow/scores.ts';
import { Bands } from './bands.ts';
import type { Policy } from './compile-policy.ts';
import { Expressions } from './columns/evaluator.ts';
import { policyBatch, PolicyRows } from './columns/policy-rows.ts';
import { WHY } from './columns/vector.ts';
import { keyLookup, labelOf, notOpen } from './key-lookup.ts';
import type { KeyList } from './lists/key-list.ts';
import { decideParts, type Part } from './parts.ts';
import { RareRows } from './rare/rare-rows.ts';
import { TakenBatch } from './rare/taken-batch.ts';
import { Segments } from './segments.ts';
import { SettledRows } from './settle.ts';

export interface DecideOptions {
  /** The keys of a list. */
  readonly list?: ((list: ListSettings) => KeyList) | undefined;
  /** In ms since the epoch: when an entry of a list expires. */
  readonly now?: (() => number) | undefined;
  /** In batches of at least so many rows, only those with a clue are evaluated (see `RareRows`). */
  readonly rareFrom?: number | undefined;
}

const RARE_FROM = 64;

export type Decide = (events: Events, scores: Scores, marks?: ProfileMarks) => Decisions;

/**
 * Makes the stage that turns scores into decisions:
 *
 * 1. the lists: the first that has the key of the event;
 * 2. the rules before the model, then those after it, in the order of the policy: the first one that
 *    holds decides;
 * 3. the bands of the first segment that the event belongs to, else those of the policy.
 *
 * An event becomes a dead letter if a condition that is reached cannot be evaluated: a rule that
 * silently does not match would be a decision that nobody made.
 */
export function createDecide(
  policy: Policy | null,
  slots: Slots = [],
  { list = notOpen, now = Date.now, rareFrom = RARE_FROM }: DecideOptions = {},
): Decide {
  if (policy === null) return () => NOTHING_DECIDED;
  const { names, policy: label = null, fields } = policy;
  const nothing = { ...NOTHING_DECIDED, policy: label, names };
  const indexes = new Map(names.map((name, i) => [name, i]));
  const indexOf = (decision: string): number => indexes.get(decision)!;
  const lists = [policy.bands, ...policy.segments.map((segment) => segment.bands)];
  const bands = new Bands(lists, indexOf);
  const inOrder = [
    ...policy.rules.filter(({ stage }) => stage === 'before'),
    ...policy.rules.filter(({ stage }) => stage === 'after'),
  ];
  if (inOrder.length + policy.segments.length + policy.lists.length === 0) {
    const deciders = ['bands'];
    return function decide(_events, { score }) {
      const index = new Uint16Array(score.length);
      bands.decide(score, index);
      return { ...nothing, index, deciders };
    };
  }

  const reading = (read: readonly number[]): string =>
    read.map((slot) => `event.${fields[slot]!.path}`).join(', ');
  const keys = policy.lists.map((one) => ({ name: one.name, keys: list(one) }));
  const applied = inOrder.filter(({ shadow }) => !shadow);
  const deciders = [
    'bands',
    ...policy.segments.map(({ name }) => `segment:${name}`),
    ...policy.lists.map(({ name }) => `list:${name}`),
    ...applied.map(({ name }) => `rule:${name}`),
  ];
  const firstList = 1 + policy.segments.length;
  const firstRule = firstList + policy.lists.length;
  const partsOver = (expressions: Expressions, settled: SettledRows): readonly Part[] => [
    ...policy.lists.map((one, i) => ({
      name: `list:${one.name}`,
      what: `the list ${one.name}`,
      shadow: false,
      truth: keyLookup(keys[i]!.keys, one.slot, now, () => settled.open),
      index: indexOf(one.decision),
      decider: firstList + i,
      reads: reading([one.slot]),
    })),
    ...inOrder.map((rule) => ({
      name: rule.name,
      what: `the rule ${rule.name}`,
      shadow: rule.shadow,
      truth: expressions.truth(rule.condition),
      index: rule.shadow ? 0 : indexOf(rule.decision),
      decider: rule.shadow ? 0 : firstRule + applied.indexOf(rule),
      reads: reading(rule.reads),
    })),
  ];

  const batch = new PolicyRows(fields);
  const expressions = new Expressions(batch.texts);
  const segments = new Segments(policy.segments, fields, expressions);
  const settled = new SettledRows();
  const parts = partsOver(expressions, settled);
  const ofLists = parts.slice(0, policy.lists.length).map(({ truth }) => truth);
  const named = parts.map(({ name, shadow }) => ({ name, shadow }));

  // The same for some rows of a batch.
  const rare = new RareRows({
    fields,
    segments: policy.segments,
    rules: inOrder,
    lists: ofLists,
    expressions,
  });
  const taken = new PolicyRows(fields);
  const takenSettled = new SettledRows();
  const takenParts = partsOver(new Expressions(taken.texts), takenSettled);

  return function decide(events, scores, marks) {
    const { fates } = events;
    const { rows } = fates;
    settled.begin(rows);
    fates.markAlive(settled.open);
    const all = policyBatch(events, slots, { scores, segments, marks });
    batch.take(all);
    const labelled = labelOf(label, keys);
    const rulesSeen = {
      rules: named,
      matched: new Uint32Array(parts.length),
      failed: new Uint32Array(parts.length),
    };
    const found =
      rows < rareFrom ? undefined : rare.find(batch, settled.open, () => segments.assign(batch));
    const segmentOf = found ? segments.take(found.segmentOf) : segments.assign(batch);
    if (found === undefined)
      decideParts(parts, batch, settled, rulesSeen, (row, part, error) => {
        kill(fates, row, part.what, error, part.reads);
      });
    else if (found.rows.length > 0) {
      taken.take(new TakenBatch(all, found.rows));
      takenSettled.begin(found.rows.length);
      takenSettled.open.fill(1);
      decideParts(takenParts, taken, takenSettled, rulesSeen, (row, part, error) => {
        kill(fates, found.rows[row]!, part.what, error, part.reads);
      });
      settled.put(found.rows, takenSettled);
    }
    if (segments.anyFailed) {
      for (let row = 0; row < rows; row++) {
        const wrong = settled.open[row] === 0 ? undefined : segments.failed(row);
        if (wrong === undefined) continue;
        settled.open[row] = 0;
        kill(fates, row, `the condition of the segment ${wrong.name}`, wrong.error, wrong.reads);
      }
    }
    bands.settle(settled, segmentOf, scores.score);
    return {
      ...nothing,
      policy: labelled,
      index: settled.index,
      deciders,
      decidedBy: settled.decidedBy,
      segments: segments.names,
      segmentOf,
      rulesSeen,
    };
  };
}

function kill(fates: Fates, row: number, what: string, error: number, reads: string): void {
  const why = WHY[error] ?? 'unknown reason';
  const read = reads === '' ? '' : `; it reads ${reads}`;
  fates.kill(row, 'decide', 'POLICY_FAILED', `${what} cannot be evaluated: ${why}${read}`);
}
