/** What is compared with the profile: a number or a category of the event, as the model gets it. */
export interface SeriesField {
  readonly name: string;
  /** Path of the event's field. */
  readonly field: string;
  readonly kind: 'numeric' | 'categorical';
  /** Which number of an array it is. */
  readonly element?: number;
  readonly part?: 'length';
  /** The column of the decoded events, and how many cells it has per row. */
  readonly slot: number;
  readonly width: number;
}

/** The series of a model, and what is not compared. */
export interface SeriesFields {
  readonly fields: readonly SeriesField[];
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
}

/** The series of the score has no field. */
export const SCORE = 'score';
