/** What decides: the version of the champion, a canary with its share in percent, and the policy. */
export interface Deciders {
  readonly champion: string;
  readonly canary?: { readonly version: string; readonly percent: number } | undefined;
  readonly policy: string;
}

/**
 * A time in which the deciders changed. By partition: before `from` the first state decided, and from
 * `to` on the last one. Between them, the states follow each other.
 */
export interface Change {
  readonly kind: string;
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly states: readonly Deciders[];
  /** Partitions moved between replicas, which do not change at the same moment. */
  readonly moved: boolean;
  /** From the change of the files until all replicas had followed. */
  readonly tookMs: number;
}

/** Everything that changed, in its order. The changes of a partition do not overlap. */
export interface History {
  readonly first: Deciders;
  readonly changes: readonly Change[];
}
