import { timeOf } from '../flow/record.ts';
import { capacityOf } from './capacity.ts';
import {
  both,
  SIDES,
  UNLABELLED,
  type Both,
  type ComparedBatch,
  type Side,
} from './compared-batch.ts';
import { DecidedByTally } from './decided-by-tally.ts';
import { commonRange, distributionOf, histogramOf } from './distribution.ts';
import { FlipTally } from './flip-tally.ts';
import { countsOf, groupOf, nameOf, type GroupOptions } from './group-report.ts';
import { GroupTally } from './group-tally.ts';
import { HourTally } from './hour-tally.ts';
import type { LabelTable } from './label-table.ts';
import { rankingOf } from './ranking.ts';
import type { Report, SideIdentity, Subject } from './report.ts';
import { ScoreStore } from './score-store.ts';
import { Verdicts } from './verdicts.ts';

/** This many segments get figures of their own. */
export const MAX_SEGMENTS = 200;
const BINS = 50;

export interface ComparisonOptions {
  readonly subject: Subject;
  readonly maxEvents: number;
  readonly maxExamples: number;
  /** Whether the records or a field have times. */
  readonly times: boolean;
  readonly labels?: LabelTable | undefined;
  /** Reviews a day. */
  readonly capacity?: number | undefined;
  /** Decisions that count as an alarm. Default: all but the first one of the side. */
  readonly alarms?: readonly string[] | undefined;
}

/** Counts what two sides say about the same events, batch by batch. */
export class Comparison {
  readonly #options: ComparisonOptions;
  readonly #verdicts = new Verdicts();
  readonly #all = new GroupTally();
  readonly #segments = new Map<string, GroupTally>();
  readonly #flips: FlipTally;
  readonly #hours = new HourTally();
  readonly #decidedBy = both(() => new DecidedByTally());
  readonly #store: ScoreStore;
  readonly #agreed: number[] = [];
  readonly #policies: { a: string | null; b: string | null } = { a: null, b: null };
  #otherSegments = 0;

  constructor(options: ComparisonOptions) {
    this.#options = options;
    this.#flips = new FlipTally(options.maxExamples);
    this.#store = new ScoreStore({
      maxEvents: options.maxEvents,
      days: options.capacity !== undefined,
      labels: options.labels !== undefined,
      amounts: options.subject.amount !== null && options.labels !== undefined,
    });
  }

  get events(): number {
    return this.#all.events;
  }

  add(batch: ComparedBatch): void {
    const { a, b, facts } = batch;
    const verdicts = both((side) => this.#verdicts.of(batch[side]));
    for (let row = 0; row < a.score.length; row++) {
      const own = { a: verdicts.a[row]!, b: verdicts.b[row]! };
      const label = facts.label?.[row] ?? UNLABELLED;
      const amount = facts.amount?.[row] ?? NaN;
      const time = facts.time?.[row] ?? NaN;
      const scores = { a: a.score[row]!, b: b.score[row]! };
      const segment = facts.segment === null ? undefined : this.#segment(facts.segment[row]!);
      for (const tally of segment === undefined ? [this.#all] : [this.#all, segment])
        count(tally, own, scores, label, amount, this.#verdicts);
      if (this.#options.times) this.#hours.add(time, own);
      this.#store.add({ ...scores, time, label, amount });
      if (Number.isNaN(scores.a) || Number.isNaN(scores.b)) continue;
      if (own.a === own.b) this.#agreed[own.a] = (this.#agreed[own.a] ?? 0) + 1;
      else this.#addFlip(batch, row, own, scores);
    }
    for (const side of SIDES) {
      this.#decidedBy[side].add(batch[side]);
      this.#policies[side] = batch[side].policy ?? this.#policies[side];
    }
  }

  /** Events that are no events, such as a line that is not JSON. */
  addInvalid(code: string): void {
    const id = this.#verdicts.id('unscored', code);
    this.#all.add({ a: id, b: id }, UNLABELLED, NaN);
  }

  report(): Report {
    const { times, labels } = this.#options;
    const subject = { ...this.#options.subject, ...both((side) => this.#identity(side)) };
    const sides = { a: subject.a, b: subject.b };
    const options: GroupOptions = {
      sides,
      verdicts: this.#verdicts,
      amounts: subject.amount !== null,
      labels: labels !== undefined,
    };
    const sorted = both((side) => this.#store.sorted(side));
    const range = { ...commonRange(sorted.a, sorted.b), bins: BINS };
    const named = (counts: readonly number[]): Readonly<Record<string, number>> =>
      countsOf(counts, this.#verdicts, ['decision', 'scored']);
    const { all } = this.#verdicts;
    const decidedBy = both((side) => this.#decidedBy[side].counts);
    return {
      format: 1,
      subject,
      all: groupOf(this.#all, options),
      flips: this.#flips.kinds.map(({ from, to, count, examples }) => ({
        from: nameOf(all[from]!),
        to: nameOf(all[to]!),
        count,
        examples,
      })),
      agreed: named(this.#agreed),
      scores: both((side) => distributionOf(sorted[side])),
      histogram: {
        from: range.from,
        to: range.to,
        a: histogramOf(sorted.a, range).counts,
        b: histogramOf(sorted.b, range).counts,
      },
      decidedBy:
        decidedBy.a === null && decidedBy.b === null
          ? null
          : { a: decidedBy.a ?? {}, b: decidedBy.b ?? {} },
      hours: this.#hours.hours.map(({ hour, counts }) => ({
        hour,
        a: named(counts.a),
        b: named(counts.b),
      })),
      withoutTime: times ? this.#hours.withoutTime : this.#all.events,
      segments: [...this.#segments]
        .sort(([x, { events }], [y, other]) => other.events - events || (x < y ? -1 : 1))
        .map(([segment, tally]) => ({ segment, ...groupOf(tally, options) })),
      otherSegments: this.#otherSegments,
      labels:
        labels === undefined
          ? null
          : {
              ...labels.counts,
              unlabelled: this.#all.events - labels.counts.joined,
            },
      ranking: labels === undefined ? null : both((side) => this.#ranking(side)),
      capacity: this.#capacity(),
    };
  }

  /** With the policy as the scores name it, and the decisions that it made beyond those of its bands, in the order of the first. */
  #identity(side: Side): SideIdentity {
    const given = this.#options.subject[side];
    const counts = this.#all.counts(side);
    const made = this.#verdicts.all
      .filter(({ kind }, id) => kind === 'decision' && (counts[id] ?? 0) > 0)
      .map(({ name }) => name);
    const decisions = [...new Set([...given.decisions, ...made])];
    const policy = this.#policies[side] ?? given.policy;
    return { ...given, policy, decisions, alarms: this.#options.alarms ?? decisions.slice(1) };
  }

  #segment(name: string): GroupTally | undefined {
    let tally = this.#segments.get(name);
    if (tally !== undefined) return tally;
    if (this.#segments.size >= MAX_SEGMENTS) {
      this.#otherSegments++;
      return undefined;
    }
    this.#segments.set(name, (tally = new GroupTally()));
    return tally;
  }

  #addFlip(batch: ComparedBatch, row: number, own: Both<number>, scores: Both<number>): void {
    const { topic, partition, records } = batch.batch;
    const place = { topic, partition, offset: String(records[row]!.offset), ...scores };
    this.#flips.add(own.a, own.b, place, () => {
      const time = batch.facts.time?.[row] ?? timeOf(records[row]!) ?? NaN;
      return {
        time: Number.isNaN(time) ? null : new Date(time).toISOString(),
        event: batch.carried(row),
      };
    });
  }

  #ranking(side: Side): ReturnType<typeof rankingOf> {
    const { descending } = this.#options.subject[side];
    const of = (label: number): Float64Array => {
      const sorted = this.#store.sorted(side, (i) => this.#store.label(i) === label);
      return descending ? sorted.map((score) => -score).reverse() : sorted;
    };
    const ranking = rankingOf(of(1), of(0));
    if (!descending) return ranking;
    const curve = ranking.curve.map((point) => ({ ...point, threshold: -point.threshold }));
    return { ...ranking, curve };
  }

  #capacity(): Report['capacity'] {
    const { capacity, labels, subject } = this.#options;
    if (capacity === undefined) return null;
    return both((side) =>
      capacityOf(this.#store, side, {
        perDay: capacity,
        descending: subject[side].descending,
        amounts: subject.amount !== null,
        labels: labels !== undefined,
      }),
    );
  }
}

function count(
  tally: GroupTally,
  own: Both<number>,
  scores: Both<number>,
  label: number,
  amount: number,
  verdicts: Verdicts,
): void {
  tally.add(own, label, amount);
  if (!verdicts.isScored(own.a) || !verdicts.isScored(own.b)) return;
  tally.addScores(scores.a, scores.b);
  if (own.a !== own.b) tally.flips++;
}
