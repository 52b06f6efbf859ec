import type { Events } from '../flow/events.ts';
import type { Fates } from '../flow/fates.ts';
import type { Slots } from '../flow/projection.ts';
import { NOTHING_DECIDED, type Decisions, type Scores } from '../flow/scores.ts';
import { bandsOf } from './bands.ts';
import type { Policy } from './compile-policy.ts';
import { compileTruth } from './columns/evaluator.ts';
import { PolicyRows } from './columns/policy-rows.ts';
import { TRUE, WHY } from './columns/vector.ts';
import { Segments } from './segments.ts';

export type Decide = (events: Events, scores: Scores) => Decisions;

/**
 * Makes the stage that turns scores into decisions:
 *
 * 1. the rules before the model, then those after it, in the order of the policy: the first one that
 *    holds decides;
 * 2. the bands of the first segment that the event belongs to, else those of the policy.
 *
 * An event becomes a dead letter if a condition that is reached cannot be evaluated: a rule that
 * silently does not match would be a decision that nobody made.
 */
export function createDecide(policy: Policy | null, slots: Slots = []): Decide {
  if (policy === null) return () => NOTHING_DECIDED;
  const { names, policy: label = null, fields } = policy;
  const nothing = { ...NOTHING_DECIDED, policy: label, names };
  const indexes = new Map(names.map((name, i) => [name, i]));
  const indexOf = (decision: string): number => indexes.get(decision)!;
  const bands = bandsOf(policy.bands, indexOf);
  const inOrder = [
    ...policy.rules.filter(({ stage }) => stage === 'before'),
    ...policy.rules.filter(({ stage }) => stage === 'after'),
  ];
  if (inOrder.length === 0 && policy.segments.length === 0) {
    const deciders = ['bands'];
    return function decide(_events, { score }) {
      const index = new Uint16Array(score.length);
      for (let row = 0; row < score.length; row++) index[row] = bands(score[row]!);
      return { ...nothing, index, deciders };
    };
  }

  const segments = new Segments(policy.segments, indexOf, fields);
  const deciders = ['bands', ...segments.names.map((name) => `segment:${name}`)];
  const rules = inOrder.map((rule) => ({
    ...rule,
    truth: compileTruth(rule.condition),
    index: rule.shadow ? 0 : indexOf(rule.decision),
    decider: rule.shadow ? 0 : deciders.push(`rule:${rule.name}`) - 1,
    reads: rule.reads.map((slot) => `event.${fields[slot]!.path}`).join(', '),
  }));
  const named = rules.map(({ name, shadow }) => ({ name, shadow }));
  let open = new Uint8Array(0);
  const batch = new PolicyRows(fields, slots, segments);

  return function decide(events, { score }) {
    const { fates } = events;
    const { rows } = fates;
    if (open.length < rows) open = new Uint8Array(rows);
    for (let row = 0; row < rows; row++) open[row] = fates.isAlive(row) ? 1 : 0;
    batch.take(events, score);
    const segmentOf = segments.assign(batch);
    const index = new Uint16Array(rows);
    const decidedBy = new Uint16Array(rows);
    const matched = new Uint32Array(rules.length);
    const failed = new Uint32Array(rules.length);

    for (const [i, { truth, shadow, ...rule }] of rules.entries()) {
      const holds = truth(batch);
      for (let row = 0; row < rows; row++) {
        const found = holds[row]!;
        if (found === 0 || open[row] === 0) continue;
        if (found > TRUE) {
          failed[i]!++;
          if (shadow) continue;
          open[row] = 0;
          kill(fates, row, `the rule ${rule.name}`, found, rule.reads);
          continue;
        }
        matched[i]!++;
        if (shadow) continue;
        open[row] = 0;
        index[row] = rule.index;
        decidedBy[row] = rule.decider;
      }
    }
    for (let row = 0; row < rows; row++) {
      if (open[row] === 0) continue;
      const wrong = segments.failed(row);
      if (wrong !== undefined) {
        kill(fates, row, `the condition of the segment ${wrong.name}`, wrong.error, wrong.reads);
        continue;
      }
      const segment = segmentOf?.[row] ?? 0;
      decidedBy[row] = segment;
      index[row] = segment === 0 ? bands(score[row]!) : segments.bands(segment, score[row]!);
    }
    const rulesSeen = { rules: named, matched, failed };
    return {
      ...nothing,
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
