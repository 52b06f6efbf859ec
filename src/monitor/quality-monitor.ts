import {
  addCounts,
  countDay,
  type Cohort,
  type CohortFigures,
  type DayCounts,
} from './cohort-figures.ts';
import type { CountingOptions } from './cohort-figures.ts';
import { KeptNames, NO_DECISION } from './kept-names.ts';
import type { ScoreDay } from './score-day.ts';
import { DAY_MS, ScoreTable, type LabelOutcome } from './score-table.ts';

export interface QualityMonitorOptions {
  readonly horizonDays: number;
  readonly maxBytes: number;
  readonly keptDays?: number | undefined;
  readonly unlabelledIsNegative: boolean;
  /** Whether a decision is bad for whoever it is about. */
  readonly isAlarm: (decision: string) => boolean;
  /** Of `fairness`, if there is the section. */
  readonly favourable: readonly string[] | undefined;
  /** Number of fields of `fairness`. */
  readonly fields: number;
  readonly lowerIsWorse: boolean;
  readonly now: () => number;
  readonly startedAt?: number;
  /** As that of the table. */
  readonly followedFrom?: number;
  readonly onLabel: (outcome: LabelOutcome, count: number) => void;
  /** An event got its first label. */
  readonly onJoined: (event: JoinedEvent) => void;
  /** A day is complete, with all of its labels. Once for each day. */
  readonly onComplete?: ((complete: CompleteDay) => void) | undefined;
}

/** A day with all labels that are to be expected. */
export interface CompleteDay {
  readonly name: string;
  readonly day: ScoreDay;
  readonly names: KeptNames;
  readonly counting: CountingOptions;
}

export interface JoinedEvent {
  readonly model: string;
  readonly segment: string;
  readonly alarm: boolean | null;
  readonly positive: boolean;
}

/** The figures of the events of one day. */
export interface DayFigures {
  /** Day of the events, in UTC. */
  readonly day: string;
  readonly events: number;
  /** The part of the events that is kept: less than 1 where memory is short. */
  readonly sampled: number;
  /** All labels should be there. */
  readonly complete: boolean;
  readonly cohorts: readonly CohortFigures[];
}

/** With so many of its labels, a day of the past says enough. */
const MATURE = 0.9;

/** How good scores and decisions were, by the day of the events, once there are labels. */
export class QualityMonitor {
  readonly names = new KeptNames();
  readonly table: ScoreTable;
  readonly #options: QualityMonitorOptions;
  readonly #counts = new Map<number, DayCounts & { readonly complete: boolean }>();
  readonly #completed = new Set<number>();
  readonly #decisions: { alarm: boolean; favourable: boolean }[] = [];

  constructor(options: QualityMonitorOptions) {
    this.#options = options;
    const { horizonDays, maxBytes, keptDays, startedAt, followedFrom, onLabel, onJoined } = options;
    this.table = new ScoreTable({
      horizonDays,
      maxBytes,
      keptDays,
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(followedFrom === undefined ? {} : { followedFrom }),
      onLabel,
      onJoined: (day, at) => {
        onJoined(this.#joined(day, at));
      },
    });
  }

  /**
   * Counts the days that have changed, one at a step, so that nothing waits long. To be called from
   * time to time; figures are those of the last time.
   */
  *refresh(): Generator<undefined> {
    const { table } = this;
    table.expire(this.#options.now());
    const days = table.days;
    const there = new Set(days.map(([number]) => number));
    for (const number of this.#counts.keys()) if (!there.has(number)) this.#counts.delete(number);
    for (const number of this.#completed) if (!there.has(number)) this.#completed.delete(number);
    for (const [number, day] of days) {
      const isPast = table.isComplete(number);
      if (!day.changed && this.#counts.get(number)?.complete === isPast) continue;
      day.changed = false;
      this.#count(number, day, isPast);
      yield;
    }
  }

  get days(): readonly DayFigures[] {
    return this.table.days.flatMap(([number, day]): DayFigures[] => {
      const counts = this.#counts.get(number);
      if (counts === undefined) return [];
      return [
        {
          day: dayName(number),
          events: day.size,
          sampled: day.sampled,
          complete: this.#completed.has(number),
          cohorts: this.#named(counts.cohorts.values()),
        },
      ];
    });
  }

  /** Of all days whose labels are there, or nearly all of them. */
  get mature(): readonly CohortFigures[] {
    const all = new Map<number, Cohort>();
    for (const number of this.#mature()) addCounts(all, this.#counts.get(number)!.cohorts);
    return this.#named(all.values());
  }

  /** By field and group, of the same days: false alarms, negatives, missed, positives. */
  get groups(): Float64Array {
    const [first, ...others] = this.#mature().map((number) => this.#counts.get(number)!.groups);
    const sum = Float64Array.from(first ?? []);
    for (const other of others) for (let i = 0; i < sum.length; i++) sum[i]! += other[i]!;
    return sum;
  }

  #mature(): number[] {
    return [...this.#counts.keys()].filter((number) => this.#completed.has(number));
  }

  #count(number: number, day: ScoreDay, isPast: boolean): void {
    const { unlabelledIsNegative, onComplete } = this.#options;
    const counting = this.#counting(unlabelledIsNegative && isPast);
    const counts = countDay(day, counting);
    this.#counts.set(number, { ...counts, complete: isPast });
    if (this.#completed.has(number)) return;
    const isMature = !unlabelledIsNegative && this.#isMature(number, counts);
    if (!isPast && !isMature) return;
    this.#completed.add(number);
    onComplete?.({ name: dayName(number), day, names: this.names, counting });
  }

  #isMature(number: number, { cohorts }: DayCounts): boolean {
    if ((number + 1) * DAY_MS > this.#options.now()) return false; // the day is not over
    let [events, labelled] = [0, 0];
    for (const { segment, tally } of cohorts.values()) {
      if (segment !== null) continue;
      const figures = tally.figures(this.#options.lowerIsWorse);
      events += figures.events;
      labelled += figures.labelled;
    }
    return labelled >= MATURE * events;
  }

  #counting(unlabelledIsNegative: boolean): CountingOptions {
    const { fields, favourable } = this.#options;
    return {
      alarm: (decision) => (decision === NO_DECISION ? null : this.#decision(decision).alarm),
      favourable: favourable && ((decision) => this.#decision(decision).favourable),
      bounded: (version) => this.names.bounded[version] !== false,
      unlabelledIsNegative,
      fields,
    };
  }

  #decision(code: number): { readonly alarm: boolean; readonly favourable: boolean } {
    const { isAlarm, favourable = [] } = this.#options;
    const name = this.names.decisions.all[code]!;
    return (this.#decisions[code] ??= {
      alarm: isAlarm(name),
      favourable: favourable.includes(name),
    });
  }

  #joined(day: ScoreDay, at: number): JoinedEvent {
    const codes = day.words[at + 3]!;
    const decision = codes >>> 24;
    const segment = (codes >>> 8) & 0xff;
    return {
      model: this.names.versions.all[(codes >>> 16) & 0xff]!,
      segment: segment === 0 ? '' : this.names.segmentName(segment),
      alarm: decision === NO_DECISION ? null : this.#decision(decision).alarm,
      positive: day.label(at) === 2,
    };
  }

  #named(cohorts: Iterable<Cohort>): CohortFigures[] {
    return [...cohorts].map(({ version, segment, tally }) => ({
      model: this.names.versions.all[version]!,
      segment: segment === null ? null : this.names.segmentName(segment),
      ...tally.figures(this.#options.lowerIsWorse),
    }));
  }
}

const dayName = (number: number): string => new Date(number * DAY_MS).toISOString().slice(0, 10);
