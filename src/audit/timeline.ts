import { ScorerError } from '../errors.ts';
import type { Place } from './place.ts';

/** What one score record says about who decided. */
export interface DecidedScore {
  readonly place: Place;
  /** In ms since the epoch. */
  readonly scoredAt: number;
  readonly model: string;
  readonly version: string;
  readonly sha256: string;
  /** The label of the policy. */
  readonly policy: string | null;
  readonly decision: string | null;
  readonly decidedBy: string | null;
}

/** From the first to the last record that a version decided by a policy. */
export interface Span {
  readonly model: string;
  readonly version: string;
  readonly sha256: string;
  readonly policy: string | null;
  readonly records: number;
  readonly from: string;
  readonly to: string;
  readonly partitions: readonly PartitionSpan[];
  readonly decisions: Readonly<Record<string, number>>;
  readonly decidedBy: Readonly<Record<string, number>>;
}

export interface PartitionSpan {
  readonly partition: number;
  readonly records: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
}

/** A range has few of them, unless something else was written to the topic. */
const MAX_SPANS = 10_000;
const NONE = '(none)';

interface OpenSpan {
  readonly number: number;
  readonly score: DecidedScore;
  records: number;
  from: number;
  to: number;
  readonly partitions: Map<number, { records: number; firstOffset: number; lastOffset: number }>;
  readonly decisions: Map<string, number>;
  readonly decidedBy: Map<string, number>;
}

/**
 * Which version decided by which policy, and from where to where, as the score records say it. A
 * swap is a span that ends and another one that begins; a canary is a span beside that of the champion.
 */
export class Timeline {
  readonly #spans = new Map<string, OpenSpan>();
  #records = 0;

  get records(): number {
    return this.#records;
  }

  /** The number of the span that the score belongs to, from 1. It depends on the order of the scores. */
  add(score: DecidedScore): number {
    const { version, sha256, policy, place, scoredAt, decision, decidedBy } = score;
    const key = JSON.stringify([score.model, version, sha256, policy]);
    let span = this.#spans.get(key);
    if (span === undefined) {
      if (this.#spans.size === MAX_SPANS) throw tooMany();
      span = {
        number: this.#spans.size + 1,
        score,
        records: 0,
        from: Infinity,
        to: -Infinity,
        partitions: new Map(),
        decisions: new Map(),
        decidedBy: new Map(),
      };
      this.#spans.set(key, span);
    }
    this.#records++;
    span.records++;
    span.from = Math.min(span.from, scoredAt);
    span.to = Math.max(span.to, scoredAt);
    const { partition, offset } = place;
    const at = span.partitions.get(partition);
    if (at === undefined)
      span.partitions.set(partition, { records: 1, firstOffset: offset, lastOffset: offset });
    else {
      at.records++;
      at.firstOffset = Math.min(at.firstOffset, offset);
      at.lastOffset = Math.max(at.lastOffset, offset);
    }
    count(span.decisions, decision ?? NONE);
    count(span.decidedBy, decidedBy ?? NONE);
    return span.number;
  }

  /** In the order in which they begin. */
  get spans(): readonly Span[] {
    return this.numbered.map(([, span]) => span);
  }

  /** The same, each with its number. */
  get numbered(): readonly (readonly [number, Span])[] {
    const order = ([keyA, a]: [string, OpenSpan], [keyB, b]: [string, OpenSpan]): number =>
      a.from - b.from || (keyA < keyB ? -1 : 1);
    return [...this.#spans].sort(order).map(([, span]) => [span.number, shown(span)]);
  }
}

function shown(span: OpenSpan): Span {
  return {
    model: span.score.model,
    version: span.score.version,
    sha256: span.score.sha256,
    policy: span.score.policy,
    records: span.records,
    from: new Date(span.from).toISOString(),
    to: new Date(span.to).toISOString(),
    partitions: [...span.partitions]
      .map(([partition, at]) => ({ partition, ...at }))
      .sort((a, b) => a.partition - b.partition),
    decisions: sorted(span.decisions),
    decidedBy: sorted(span.decidedBy),
  };
}

function tooMany(): ScorerError {
  return new ScorerError({
    code: 'INPUT_INVALID',
    what: `the score records name more than ${MAX_SPANS} versions and policies`,
    where: '--from',
    remedy: 'Choose a shorter range.',
  });
}

export function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** By name, so that the same counts are always written the same. */
export function sorted(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
