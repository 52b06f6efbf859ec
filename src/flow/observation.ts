/**
 * What one observer saw of a batch while it was scored. It is pure data until the batch is
 * delivered, so a batch that is scored twice because of an outage is counted once.
 */
export interface Observation {
  /** Adds what the same observer saw of a later batch. */
  merge(other: this): void;
  /** Counts it, once all of the batch is written and its offset may be committed. */
  record(): void;
}

/** Combines observations into one; undefined if there are none. */
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
