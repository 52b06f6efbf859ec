import type { Events } from '../flow/events.ts';
import type { Fates } from '../flow/fates.ts';
import type { Slots } from '../flow/projection.ts';
import { degradedRows, type Decisions, type RulesSeen } from '../flow/scores.ts';
import type { Policy } from './compile-policy.ts';
import { createDecide, type Decide, type DecideOptions } from './decide.ts';

/** Who decided about an event without a score. */
export const DEGRADED = 'degraded';

/**
 * Decides about events without a score (`model.onFailure`). Lists and rules before the model need
 * no score, so they decide as always. Where none of them holds, `decision` is the decision, and
 * `degraded` has decided. Everything else goes to the stage that it stands in for.
 */
export function createDegradedDecide(
  policy: Policy,
  slots: Slots,
  options: DecideOptions,
  decision: string,
): Decide {
  const decide = createDecide(policy, slots, options);
  const decideWithout = createDecide(withoutScore(policy, decision), slots, options);
  return function decideAll(events, scores, ...marks) {
    const degraded = degradedRows(scores);
    if (degraded.size === 0) return decide(events, scores, ...marks);
    const scored = only(events, (row) => !degraded.has(row));
    const unscored = only(events, (row) => degraded.has(row));
    const usual = decide(scored, scores, ...marks);
    const own = decideWithout(unscored, scores, ...marks);
    for (const { fates } of [scored, unscored]) takeOver(fates, events.fates);
    return joined(usual, own, degraded);
  };
}

/** The policy without what needs a score. */
function withoutScore(policy: Policy, decision: string): Policy {
  const bands = [{ decision }];
  return {
    ...policy,
    names: [...new Set([...policy.names, decision])],
    bands,
    segments: policy.segments.map((segment) => ({ ...segment, bands })),
    rules: policy.rules.filter(({ stage }) => stage === 'before'),
  };
}

/** The events with every other row skipped. */
function only(events: Events, wanted: (row: number) => boolean): Events {
  const fates = events.fates.copy();
  for (let row = 0; row < fates.rows; row++) if (!wanted(row)) fates.skip(row);
  return { ...events, fates };
}

/** Kills the rows that a stage has killed in a copy. */
function takeOver(copy: Fates, fates: Fates): void {
  for (const { row, stage, code, message } of copy.rejects) fates.kill(row, stage, code, message);
}

function joined(usual: Decisions, own: Decisions, degraded: ReadonlySet<number>): Decisions {
  const names = [...usual.names, ...own.names.filter((name) => !usual.names.includes(name))];
  const deciders = [...usual.deciders, DEGRADED];
  const nameOf = own.names.map((name) => names.indexOf(name));
  const deciderOf = own.deciders.map((decider) =>
    /^(?:list|rule):/.test(decider) ? deciders.indexOf(decider) : deciders.length - 1,
  );
  const index = usual.index!;
  const decidedBy = usual.decidedBy ?? new Uint16Array(index.length);
  for (const row of degraded) {
    index[row] = nameOf[own.index![row]!]!;
    decidedBy[row] = deciderOf[own.decidedBy?.[row] ?? 0]!;
    if (usual.segmentOf !== null) usual.segmentOf[row] = own.segmentOf![row]!;
  }
  const seen = usual.rulesSeen && own.rulesSeen && bothSeen(usual.rulesSeen, own.rulesSeen);
  return { ...usual, names, deciders, index, decidedBy, ...(seen && { rulesSeen: seen }) };
}

/** The parts that need no score come first in both. */
function bothSeen(usual: RulesSeen, own: RulesSeen): RulesSeen {
  const sum = (a: Uint32Array, b: Uint32Array): Uint32Array => a.map((n, i) => n + (b[i] ?? 0));
  return {
    rules: usual.rules,
    matched: sum(usual.matched, own.matched),
    failed: sum(usual.failed, own.failed),
  };
}
