import type { Outcome } from '../flow/outcome.ts';
import type { ModelIdentity } from '../flow/scores.ts';
import type { Metrics } from '../observe/metrics.ts';

/** The roles that a version of the model may have. `warm`: it is only kept open. */
export type Role = 'champion' | 'canary' | 'challenger' | 'warm';

/** What a version has done since it has its role, on this replica. */
export interface VersionReport extends ModelIdentity {
  readonly since: string;
  /** Scores of it that were written. */
  readonly rows: number;
  /** Dead letters because of its contract or its model. */
  readonly deadLetters: number;
  /** Batches and rows that its model scored, attempts that were repeated included. */
  readonly inference: {
    readonly batches: number;
    readonly rows: number;
    readonly seconds: number;
  };
}

/** What one version does in one role. */
export class VersionStatistics {
  readonly identity: ModelIdentity;
  readonly role: Role;
  readonly #metrics: Metrics;
  readonly #since: Date;
  #rows = 0;
  #deadLetters = 0;
  readonly #inference = { batches: 0, rows: 0, seconds: 0 };

  constructor(identity: ModelIdentity, role: Role, metrics: Metrics, since: Date) {
    this.identity = identity;
    this.role = role;
    this.#metrics = metrics;
    this.#since = since;
  }

  inferred(rows: number, seconds: number): void {
    this.#inference.batches += 1;
    this.#inference.rows += rows;
    this.#inference.seconds += seconds;
    const labels = { model_version: this.identity.version, role: this.role };
    this.#metrics.inferenceRows.inc(labels, rows);
    this.#metrics.inferenceSeconds.inc(labels, Math.max(0, seconds));
  }

  delivered(rows: number, deadLetters: number): void {
    this.#rows += rows;
    this.#deadLetters += deadLetters;
  }

  get report(): VersionReport {
    return {
      ...this.identity,
      since: this.#since.toISOString(),
      rows: this.#rows,
      deadLetters: this.#deadLetters,
      inference: { ...this.#inference },
    };
  }
}

/** Counts the records of a delivered batch for the versions that decided for them. */
export function countVersions(
  { scores, fates, rows }: Outcome,
  champion: VersionStatistics,
  canary: VersionStatistics | undefined,
): void {
  // where no version has a score for a record, the champion decides about it
  let dead = 0;
  for (const { stage } of fates.rejects) if (stage === 'map' || stage === 'infer') dead++;
  const count = scores === null ? [] : rowsOf(scores.models, scores.modelOf, rows);
  for (const one of [champion, canary]) {
    if (one === undefined) continue;
    const at = scores?.models.findIndex((model) => isSame(model, one.identity)) ?? -1;
    one.delivered(at === -1 ? 0 : count[at]!, one === champion ? dead : 0);
  }
}

const isSame = (a: ModelIdentity, b: ModelIdentity): boolean =>
  a.version === b.version && a.sha256 === b.sha256;

function rowsOf(
  models: readonly ModelIdentity[],
  modelOf: Uint8Array | null,
  rows: Int32Array,
): number[] {
  if (modelOf === null) return [rows.length];
  const count = models.map(() => 0);
  for (const row of rows) count[modelOf[row]!]!++;
  return count;
}
