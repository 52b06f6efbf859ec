import type { Check } from './checks.ts';
import type { Place } from './place.ts';

/** A past score, with everything that its recomputation shows. Plain data, for JSON too. */
export interface Explanation {
  /** The record that was asked for. */
  readonly asked: Place & { readonly as: 'event' | 'score' };
  /** Null if it is not there any more. */
  readonly event: ExplainedEvent | null;
  /** The score record; the first one if there are several. Null if there is none. */
  readonly score: RecordedScore | null;
  /** All score records of the event that were found, in their order. */
  readonly copies: readonly Copy[];
  readonly model: ExplainedModel | null;
  readonly policy: ExplainedPolicy | null;
  readonly columns: readonly ExplainedColumn[];
  readonly checks: readonly Check[];
  /** What could not be compared, because something is not there any more. */
  readonly missing: readonly Missing[];
  /** What a person should know about the comparison. */
  readonly notes: readonly string[];
  /** Where it was asked for: changes of one field that would change the decision. */
  readonly counterfactual?: readonly ExplainedChange[];
  readonly verdict: Verdict;
}

/**
 * - `matches`: every field that can be compared is the same;
 * - `differs`: at least one field is different, or another record of the event says something else;
 * - `incomplete`: nothing is different, and something could not be compared.
 */
export type Verdict = 'matches' | 'differs' | 'incomplete';

export interface ExplainedChange {
  readonly field: string;
  readonly from: number | string | null;
  readonly to: number | string;
  readonly decision: string;
  /** In standard deviations of the background; null for texts. */
  readonly distance: number | null;
}

export interface ExplainedEvent extends Place {
  /** ISO time; null where the record has none. */
  readonly time: string | null;
}

export interface RecordedScore extends Place {
  /** The record as JSON, by its schema in the registry. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Copy extends Place {
  readonly scoredAt: string | null;
  /** Whether it says the same as the first one, apart from the time. */
  readonly same: boolean;
  /** The fields in which it does not. */
  readonly different: readonly string[];
}

export interface ExplainedModel {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  /** The folder that it was read from. */
  readonly folder: string;
}

export interface ExplainedPolicy {
  readonly label: string | null;
  /** Of everything that the policy says, without its label. */
  readonly sha256: string;
}

export interface ExplainedColumn {
  readonly field: string;
  /** The event's value; several of an array; null: it is null or absent. */
  readonly value: unknown;
  readonly input: string;
  readonly type: string;
  /** The first column of the tensor that the field fills. */
  readonly column: number;
  readonly tensor: readonly (number | string)[];
  /** How the value becomes these numbers, for people; empty: as it is. */
  readonly how: string;
}

export interface Missing {
  readonly what: string;
  readonly code: string;
  readonly why: string;
  readonly remedy?: string | undefined;
}

/** `copies`: further records of the event that say something else. */
export function verdictOf(
  checks: readonly Check[],
  missing: readonly Missing[],
  copies: number,
): Verdict {
  if (copies > 0 || checks.some(({ result }) => result === 'differs')) return 'differs';
  const open = missing.length > 0 || checks.some(({ result }) => result === 'not compared');
  return open || checks.length === 0 ? 'incomplete' : 'matches';
}
