/**
 * What one observer saw of a batch while it was scored. It is pure data until the batch is
 * delivered: a batch that is scored twice, because something was away, is counted once.
 */
export interface Observation {
  /** Takes in what the same observer saw of a later batch. */
  merge(other: this): void;
  /** Counts it, once all of it is written and its offset may be committed. */
  record(): void;
}

/** Makes an observation of several, or of none where nothing was seen. */
export function mergedObservation(
  observations: readonly (Observation | undefined)[],
): Observation | undefined {
  let merged: Observation | undefined;
  for (const observation of observations) {
    if (merged === undefined) merged = observation;
    else if (observation !== undefined) merged.merge(observation);
  }
  return merged;
}
