import type { SampleReport } from './sample-report.ts';
import type { Span } from './timeline.ts';

/** Something that belongs to the evidence, or why it is not there. */
export type Section<T> = { readonly available: T } | { readonly notAvailable: string };

/** What `evidence` has found about a range of time. Plain data, for JSON too. */
export interface Evidence {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly inputTopics: readonly string[];
  readonly outputTopic: string;
  readonly scores: number;
  /** Who decided, and from when to when. */
  readonly spans: readonly Span[];
  readonly models: readonly ModelEvidence[];
  readonly policies: readonly PolicyEvidence[];
  /** By code. */
  readonly deadLetters: Section<Readonly<Record<string, number>>>;
  readonly sample: Section<SampleReport>;
  readonly drift: Section<readonly DriftEvidence[]>;
  readonly fairness: Section<readonly FairnessEvidence[]>;
  readonly quality: Section<QualityEvidence>;
  readonly expected: Section<readonly ExpectedEvidence[]>;
}

/** What figures are about. */
export interface Decided {
  readonly version: string;
  readonly sha256: string;
  /** Events that it decided by a score. */
  readonly decided: number;
  /** Events that are not judged, and why. */
  readonly left: readonly Left[];
}

export interface Left {
  readonly events: number;
  readonly why: string;
}

/** Of the figures of the monitors: what the index page shows. */
export interface DriftEvidence extends Decided {
  readonly drift: Section<{
    readonly events: number;
    readonly series: readonly {
      readonly series: string;
      readonly psi: number | null;
      readonly alarms: readonly { readonly change: string; readonly since: string | null }[];
    }[];
  }>;
}

export interface FairnessEvidence extends Decided {
  readonly policy: string | null;
  readonly fairness: Section<
    readonly {
      readonly by: string;
      readonly groups: readonly {
        readonly group: string;
        readonly events: number;
        readonly rate: number | null;
        readonly ratio: number | null;
      }[];
      readonly alarms: readonly string[];
    }[]
  >;
}

export interface QualityEvidence {
  readonly labels: { readonly topic: string; readonly asOf: string };
  readonly versions: readonly {
    readonly version: string;
    readonly segment: string | null;
    readonly events: number;
    readonly labelled: number;
    readonly matured: number;
    readonly never: number;
    readonly late: number;
    readonly figures: {
      readonly labelled: number;
      readonly alarms: { readonly precision: number | null; readonly recall: number | null } | null;
      readonly averagePrecision: number | null;
      readonly calibration: { readonly error: number } | null;
    } | null;
  }[];
  readonly overrides: {
    readonly agreement: readonly {
      readonly by: string;
      readonly decision: string;
      readonly agreed: number;
      readonly disagreed: number;
    }[];
  } | null;
}

/** What calibrated scores led to expect. */
export interface ExpectedEvidence {
  readonly version: string;
  readonly sha256: string;
  readonly decided: number;
  readonly outOfRange: number;
  readonly expected: Section<{
    readonly all: {
      readonly from: string;
      readonly to: string;
      readonly events: number;
      readonly alarms: number;
      readonly expectedPositives: number;
      readonly expectedPrecision: number | null;
      readonly expectedRecall: number | null;
    };
  }>;
}

export interface ModelEvidence {
  readonly version: string;
  readonly sha256: string;
  readonly records: number;
  /** The files of the bundle with their checksums. */
  readonly files: Section<readonly { readonly file: string; readonly sha256: string }[]>;
  /** Copies in the folder of the evidence. */
  readonly copies: readonly string[];
}

export interface PolicyEvidence {
  readonly label: string | null;
  readonly records: number;
  readonly sha256: Section<string>;
  /** Copy in the folder of the evidence. */
  readonly copy: string | null;
  /** What differs from the policy that decided before. */
  readonly diff: string | null;
}

/** A file of the evidence. */
export interface EvidenceFile {
  /** Its path in the folder. */
  readonly path: string;
  readonly text: string;
}

export const isAvailable = <T>(section: Section<T>): section is { readonly available: T } =>
  'available' in section;
