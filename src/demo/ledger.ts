/** What the demo's reader takes from a score record. */
export interface SeenScore {
  readonly id: string;
  readonly score: number;
  readonly decision: string | null;
  readonly latencyMs: number;
}

export interface LedgerReport {
  readonly events: number;
  readonly scored: number;
  readonly missing: number;
  readonly duplicates: number;
  readonly frauds: number;
  /**
   * Precision: the share of frauds among the rejected. Recall: the share of rejected among the
   * frauds. NaN if there are none.
   */
  readonly precision: number;
  readonly recall: number;
  /** The same for everything that was not approved. */
  readonly flaggedPrecision: number;
  readonly flaggedRecall: number;
}

interface Entry {
  readonly fraud: boolean;
  decision: string | null;
  seen: number;
}

/** Remembers every event that was sent, and its result. */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  #open = 0;

  get sent(): number {
    return this.#entries.size;
  }

  /** Events without a result yet. */
  get open(): number {
    return this.#open;
  }

  send(id: string, fraud: boolean): void {
    this.#entries.set(id, { fraud, decision: null, seen: 0 });
    this.#open++;
  }

  see({ id, decision }: SeenScore): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    if (entry.seen++ === 0) {
      this.#open--;
      entry.decision = decision;
    }
  }

  isFraud(id: string): boolean | undefined {
    return this.#entries.get(id)?.fraud;
  }

  verdict(): LedgerReport {
    const entries = [...this.#entries.values()];
    const seen = entries.filter((entry) => entry.seen > 0);
    const rejected = seen.filter(({ decision }) => decision === 'REJECT');
    const flagged = seen.filter(({ decision }) => decision !== 'APPROVE');
    const frauds = count(entries);
    return {
      events: entries.length,
      scored: seen.length,
      missing: entries.length - seen.length,
      duplicates: seen.reduce((sum, entry) => sum + entry.seen - 1, 0),
      frauds,
      precision: count(rejected) / rejected.length,
      recall: count(rejected) / frauds,
      flaggedPrecision: count(flagged) / flagged.length,
      flaggedRecall: count(flagged) / frauds,
    };
  }
}

const count = (entries: readonly Entry[]): number => entries.filter(({ fraud }) => fraud).length;
