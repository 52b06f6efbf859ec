/** A policy as the configuration has it, after its form was checked. */
export interface PolicySettings {
  /** The label of all below. */
  readonly policy?: string | undefined;
  readonly bands: readonly BandSettings[];
  readonly segments?: readonly SegmentSettings[] | undefined;
  readonly rules?: readonly RuleSettings[] | undefined;
  readonly lists?: readonly ListSettings[] | undefined;
}

export interface BandSettings {
  /** Scores below this belong to the band; the last band has no end. */
  readonly upTo?: number | undefined;
  /**
   * Instead of `upTo`, if lower scores are worse and the bands go from high to low: scores above
   * this belong to the band.
   */
  readonly downTo?: number | undefined;
  readonly decision: string;
}

/** Other bands for the events of which `when` holds. */
export interface SegmentSettings {
  readonly name: string;
  readonly when: string;
  readonly bands: readonly BandSettings[];
}

/** A decision for the events of which `when` holds. `before`: it does not know the score. */
export interface RuleSettings {
  readonly name: string;
  readonly stage: 'before' | 'after';
  readonly when: string;
  readonly decision: string;
  /** Counted, not applied. */
  readonly shadow: boolean;
}

/** A decision for the events whose key is on a list. */
export interface ListSettings {
  readonly name: string;
  /** A field of the event. */
  readonly key: string;
  readonly topic?: string | undefined;
  readonly file?: string | undefined;
  readonly decision: string;
}

/** All names that a decision of the policy may have, each once. */
export function decisionNames({
  bands,
  segments = [],
  rules = [],
  lists = [],
}: PolicySettings): string[] {
  const all = [
    ...bands,
    ...segments.flatMap((segment) => segment.bands),
    ...rules.filter(({ shadow }) => !shadow),
    ...lists,
  ];
  return [...new Set(all.map(({ decision }) => decision))];
}
