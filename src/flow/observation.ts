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

/** What several observers saw of a batch. */
export class Observations implements Observation {
  readonly #parts: Observation[];

  constructor(parts: readonly Observation[]) {
    this.#parts = [...parts];
  }

  /** Observations of the same kind are merged. Batches of several lineups may have different kinds. */
  merge(other: Observations): void {
    for (const part of other.#parts) {
      const same = this.#parts.find((own) => own.constructor === part.constructor);
      if (same === undefined) this.#parts.push(part);
      else same.merge(part);
    }
  }

  record(): void {
    for (const part of this.#parts) part.record();
  }
}

/** Several observations of one batch as one; undefined if there are none. */
export function allOf(parts: readonly (Observation | undefined)[]): Observation | undefined {
  const seen = parts.filter((part) => part !== undefined);
  return seen.length > 1 ? new Observations(seen) : seen[0];
}

/** Combines observations of several batches into one; undefined if there are none. */
export function mergedObservation(
  observations: readonly (Observation | undefined)[],
): Observation | undefined {
  const seen = observations.filter((observation) => observation !== undefined);
  if (seen.length < 2) return seen[0];
  const all = new Observations([]);
  for (const one of seen) all.merge(one instanceof Observations ? one : new Observations([one]));
  return all;
}
