import type { DeadCode } from './dead-code.ts';

/** The model version that decided. */
export interface ModelIdentity {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/**
 * Scores of a batch, one per row. `classes` with `perClass` (row-major, rows × classes) for
 * multi-class models.
 */
export interface Scores {
  /** The models that scored the batch; nearly always one. */
  readonly models: readonly ModelIdentity[];
  /** Index into `models` per row; null: the first one scored all rows. */
  readonly modelOf: Uint8Array | null;
  readonly score: Float64Array;
  readonly classes: readonly string[] | null;
  readonly perClass: Float64Array | null;
  /** Rows for which the model did not answer in time. */
  readonly timedOut?: readonly number[];
  /** Rows for which the model failed. */
  readonly failed?: readonly FailedRow[];
  /**
   * Rows that the model has no score for, and that are decided without one (`model.onFailure`).
   * Their numbers are NaN.
   */
  readonly degraded?: readonly DegradedRow[];
  /** How long the model itself took for the batch. */
  readonly seconds?: number;
}

/** `code`: why the model has no score for the row. */
export interface DegradedRow {
  readonly row: number;
  readonly code: DeadCode;
}

/** The rows that are decided without a score. */
export function degradedRows({ degraded = [] }: Pick<Scores, 'degraded'>): ReadonlySet<number> {
  return degraded.length === 0 ? NO_ROWS : new Set(degraded.map(({ row }) => row));
}

const NO_ROWS: ReadonlySet<number> = new Set();

/** A row for which the model fails even alone. `why` has no values of the event. */
export interface FailedRow {
  readonly row: number;
  readonly why: string;
  /** It crashed the process of the model, twice. */
  readonly crashed?: boolean;
}

/** Decisions of a batch, one per row; null without a policy. */
export interface Decisions {
  /** The label of the policy, and how far its lists were read. */
  readonly policy: string | null;
  /** All names a decision may have, in the order of the policy. */
  readonly names: readonly string[];
  /** Index into `names` per row; null if there are no decisions. */
  readonly index: Uint16Array | null;
  /** What may decide: `bands`, `segment:NAME`, `rule:NAME`, `list:NAME`. */
  readonly deciders: readonly string[];
  /** Index into `deciders` per row; null: the first one decided all rows. */
  readonly decidedBy: Uint16Array | null;
  readonly segments: readonly string[];
  /** Index into `segments` per row, plus 1; 0 where there is none. Null: no row has one. */
  readonly segmentOf: Uint16Array | null;
  /** What was seen of the rules, to be counted once the batch is delivered. */
  readonly rulesSeen?: RulesSeen;
}

/** By rule: how many events it decided (in shadow: would have decided), and how many it failed for. */
export interface RulesSeen {
  readonly rules: readonly { readonly name: string; readonly shadow: boolean }[];
  readonly matched: Uint32Array;
  readonly failed: Uint32Array;
}

/** Without a policy, only the score is written. */
export const NOTHING_DECIDED: Decisions = {
  policy: null,
  names: [],
  index: null,
  deciders: [],
  decidedBy: null,
  segments: [],
  segmentOf: null,
};
