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
  readonly drift: Section<unknown>;
  readonly fairness: Section<unknown>;
  readonly quality: Section<unknown>;
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
