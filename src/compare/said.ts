import { SKIP_REASONS } from '../flow/fates.ts';
import type { Outcome } from '../flow/outcome.ts';

/** Why an event that has a decision is not compared: the model had no score (`model.onFailure`). */
export const WITHOUT_SCORE = 'decided without a score';

/** What one side says about the events of a batch, row by row. */
export interface Said {
  /** NaN: the event has no score. */
  readonly score: Float64Array;
  /** The policy, with how far its lists were read; null: it has none, or several decided. */
  readonly policy: string | null;
  /** Decisions that it may make. */
  readonly names: readonly string[];
  /** Index into `names` per row; null: it makes no decisions. */
  readonly index: Uint16Array | null;
  /** What decided about a row, where the policy says it. */
  readonly by: ((row: number) => string | null) | undefined;
  /** Why rows have no score. */
  readonly unscored: readonly { readonly row: number; readonly code: string }[];
  readonly skipped: readonly { readonly row: number; readonly reason: string }[];
}

/** What the pipeline makes of a batch. */
export function saidOf({ fates, scores, decisions }: Outcome): Said {
  const score = new Float64Array(fates.rows).fill(NaN);
  const degraded: { row: number; reason: string }[] = [];
  for (let row = 0; row < fates.rows; row++) {
    if (!fates.isAlive(row)) continue;
    score[row] = scores!.score[row]!;
    if (Number.isNaN(score[row])) degraded.push({ row, reason: WITHOUT_SCORE });
  }
  return {
    score,
    policy: decisions?.policy ?? null,
    names: decisions?.names ?? [],
    index: decisions?.index ?? null,
    by: decidedByOf(decisions),
    unscored: fates.rejects,
    skipped: [
      ...degraded,
      ...SKIP_REASONS.flatMap(([state, reason]) =>
        fates.skippedFor(state) === 0
          ? []
          : [...fates.state.keys()]
              .filter((row) => fates.state[row] === state)
              .map((row) => ({ row, reason })),
      ),
    ],
  };
}

/** What decided about a row; undefined if the policy does not say it. */
function decidedByOf(decisions: Outcome['decisions']): ((row: number) => string) | undefined {
  if (decisions === null || decisions.index === null) return undefined;
  const { deciders, decidedBy } = decisions;
  if (deciders.length === 0) return undefined;
  return (row) => deciders[decidedBy === null ? 0 : decidedBy[row]!]!;
}
