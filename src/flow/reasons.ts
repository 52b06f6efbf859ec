/** Why rows have their scores and decisions: for each row its reasons, the strongest first. */
export interface Reasons {
  /** Everything that a reason may name. It is the same object in every batch of a version. */
  readonly names: readonly ReasonName[];
  /** Where the reasons of each row begin in the lists below; one more for the end. */
  readonly starts: Uint32Array;
  /** Index into `names`. */
  readonly name: Uint16Array;
  /** The event's value of the field; null for a group of several fields, and where it is null. */
  readonly value: readonly ReasonValue[];
  /** How much it moves the score, in the raw unit of the model. */
  readonly contribution: Float64Array;
}

/** What a reason names, and its code in `labels` of model.yaml. */
export interface ReasonName {
  /** A field of the event, the name of a group of fields, or what decided (`rule:NAME`). */
  readonly feature: string;
  readonly code: string | null;
}

export type ReasonValue = number | string | null;
