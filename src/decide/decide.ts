import type { Events } from '../flow/events.ts';
import type { Fates } from '../flow/fates.ts';
import type { ListSettings } from '../flow/policy-settings.ts';
import type { ProfileMarks } from '../flow/profile-marks.ts';
import type { Slots } from '../flow/projection.ts';
import { NOTHING_DECIDED, type Decisions, type Scores } from '../flow/scores.ts';
import { Bands } from './bands.ts';
import type { Policy } from './compile-policy.ts';
import { Expressions } from './columns/evaluator.ts';
import type { Rows } from './columns/rows.ts';
import { PolicyRows } from './columns/policy-rows.ts';
import { TRUE, WHY, type Bools } from './columns/vector.ts';
import { keyLookup, labelOf, notOpen } from './key-lookup.ts';
import type { KeyList } from './lists/key-list.ts';
import { Segments } from './segments.ts';
import { countHolds, failedRows, settle } from './settle.ts';

/** A list or a rule: what it decides where it holds. */
interface Part {
  readonly name: string;
  /** For messages. */
  readonly what: string;
  readonly shadow: boolean;
  readonly truth: (batch: Rows) => Bools;
  readonly index: number;
  readonly decider: number;
  readonly reads: string;
}

export interface DecideOptions {
  /** The keys of a list. */
  readonly list?: ((list: ListSettings) => KeyList) | undefined;
  /** In ms since the epoch: when an entry of a list expires. */
  readonly now?: (() => number) | undefined;
}

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
  { list = notOpen, now = Date.now }: DecideOptions = {},
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

  const batch = new PolicyRows(fields, slots);
  const expressions = new Expressions(batch.texts);
  const reading = (read: readonly number[]): string =>
    read.map((slot) => `event.${fields[slot]!.path}`).join(', ');
  const segments = new Segments(policy.segments, fields, expressions);
  const deciders = ['bands', ...segments.names.map((name) => `segment:${name}`)];
  let open = new Uint8Array(0);
  const keys = policy.lists.map((one) => ({ name: one.name, keys: list(one) }));
  const parts: readonly Part[] = [
    ...policy.lists.map((one, i) => ({
      name: `list:${one.name}`,
      what: `the list ${one.name}`,
      shadow: false,
      truth: keyLookup(keys[i]!.keys, one.slot, now, () => open),
      index: indexOf(one.decision),
      decider: deciders.push(`list:${one.name}`) - 1,
      reads: reading([one.slot]),
    })),
    ...inOrder.map((rule) => ({
      name: rule.name,
      what: `the rule ${rule.name}`,
      shadow: rule.shadow,
      truth: expressions.truth(rule.condition),
      index: rule.shadow ? 0 : indexOf(rule.decision),
      decider: rule.shadow ? 0 : deciders.push(`rule:${rule.name}`) - 1,
      reads: reading(rule.reads),
    })),
  ];
  const named = parts.map(({ name, shadow }) => ({ name, shadow }));

  return function decide(events, scores, marks) {
    const { score } = scores;
    const { fates } = events;
    const { rows } = fates;
    if (open.length < rows) open = new Uint8Array(rows);
    fates.markAlive(open);
    batch.take(events, scores, segments, marks);
    const segmentOf = segments.assign(batch);
    const labelled = labelOf(label, keys);
    const index = new Uint16Array(rows);
    const decidedBy = new Uint16Array(rows);
    const settled = { open, index, decidedBy };
    const matched = new Uint32Array(parts.length);
    const failed = new Uint32Array(parts.length);

    for (const [i, part] of parts.entries()) {
      const truth = part.truth(batch);
      const { values: holds, some } = truth;
      if (some === 0) continue;
      const wrong = some > TRUE ? failedRows(settled, holds) : [];
      failed[i] = wrong.length;
      if (part.shadow) {
        matched[i] = countHolds(settled, holds);
        continue;
      }
      for (const row of wrong) {
        open[row] = 0;
        kill(fates, row, part.what, holds[row]!, part.reads);
      }
      matched[i] = settle(settled, truth, part.index, part.decider);
    }
    if (segments.anyFailed) {
      for (let row = 0; row < rows; row++) {
        const wrong = open[row] === 0 ? undefined : segments.failed(row);
        if (wrong === undefined) continue;
        open[row] = 0;
        kill(fates, row, `the condition of the segment ${wrong.name}`, wrong.error, wrong.reads);
      }
    }
    bands.settle(settled, segmentOf, score);
    const rulesSeen = { rules: named, matched, failed };
    return {
      ...nothing,
      policy: labelled,
      index,
      deciders,
      decidedBy,
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
