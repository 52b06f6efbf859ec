import type { Capacity } from './capacity.ts';
import type { Both } from './compared-batch.ts';
import type { Distribution } from './distribution.ts';
import type { Example } from './flip-tally.ts';
import type { LabelCounts } from './label-table.ts';
import type { Ranking } from './ranking.ts';
import type { RecordedCounts } from './recorded-scores.ts';

/** Who scores on one side. */
export interface SideIdentity {
  /** The configuration file, and what was set on top of it. */
  readonly config: string;
  readonly sets: readonly string[];
  readonly model: { readonly name: string; readonly version: string; readonly sha256: string };
  readonly policy: string | null;
  /** All decisions it may make, from the least to the most severe. */
  readonly decisions: readonly string[];
  /** Decisions that count as an alarm. */
  readonly alarms: readonly string[];
  /** Lower scores are worse. */
  readonly descending: boolean;
  /** Only for a side that is what an output topic says. */
  readonly recorded?: RecordedCounts & { readonly topic: string };
}

/** What was compared, and how. */
export interface Subject {
  readonly a: SideIdentity;
  readonly b: SideIdentity;
  /** The file, or the topic with its bounds. */
  readonly input: string;
  /** Every so many-th event was compared. */
  readonly every: number;
  /** Fields that the figures are grouped by, counted as money, and dated by. */
  readonly by: string | null;
  readonly amount: string | null;
  readonly time: string | null;
  /** How labels found their events. */
  readonly labels: string | null;
}

export type Counts = Readonly<Record<string, number>>;

/** One decision of one side, and what the labels say about it. */
export interface DecisionQuality {
  readonly decision: string;
  readonly events: number;
  readonly positives: number;
  readonly negatives: number;
  /** Positive events among the labelled ones with this decision. */
  readonly precision: number | null;
  /** This decision among the positive events that have a score. */
  readonly recall: number | null;
  readonly amount?: MoneyOf;
}

export interface MoneyOf {
  readonly all: number;
  readonly positives: number;
  readonly negatives: number;
}

/** All alarms of one side together. */
export interface AlarmQuality {
  readonly caught: number;
  readonly missed: number;
  readonly falseAlarms: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly falsePositiveRate: number | null;
  /** Positive events without a score. They are neither caught nor missed. */
  readonly unscored: number;
  readonly amount?: {
    readonly caught: number;
    readonly missed: number;
    readonly falseAlarms: number;
    readonly unscored: number;
  };
}

export interface Quality {
  readonly decisions: readonly DecisionQuality[];
  /** Null without decisions. */
  readonly alarms: AlarmQuality | null;
}

/** The figures of all events, or of one segment. */
export interface Group {
  readonly events: number;
  readonly bothScored: number;
  readonly flips: number;
  /** Flips among the events that both sides have scored. */
  readonly flipShare: number | null;
  readonly identicalScores: number;
  readonly difference: {
    readonly mean: number | null;
    readonly meanAbsolute: number | null;
    readonly maxAbsolute: number | null;
  };
  readonly decisions: Both<Counts>;
  readonly unscored: Both<Counts>;
  readonly skipped: Both<Counts>;
  /** With an amount: its sum for each decision. */
  readonly amounts?: Both<Counts>;
  /** With labels. */
  readonly quality?: Both<Quality>;
}

export interface FlipKind {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly examples: readonly Example[];
}

/** The result of a comparison: what `--json` writes. */
export interface Report {
  readonly format: 1;
  readonly subject: Subject;
  readonly all: Group;
  readonly flips: readonly FlipKind[];
  /** Events for which both sides decide the same. */
  readonly agreed: Counts;
  readonly scores: Both<Distribution>;
  readonly histogram: {
    readonly from: number;
    readonly to: number;
    readonly a: readonly number[];
    readonly b: readonly number[];
  };
  /** What decided (a rule, a list, the bands), where a policy says so. */
  readonly decidedBy: Both<Counts> | null;
  readonly hours: readonly { readonly hour: string; readonly a: Counts; readonly b: Counts }[];
  readonly withoutTime: number;
  readonly segments: readonly (Group & { readonly segment: string })[];
  /** Events whose segment has no group of its own, because there are too many. */
  readonly otherSegments: number;
  readonly labels: (LabelCounts & { readonly unlabelled: number }) | null;
  readonly ranking: Both<Ranking> | null;
  readonly capacity: Both<Capacity> | null;
}
