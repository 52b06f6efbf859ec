import type { Problem } from '../errors.ts';

/** Hears about the source of the versions. */
export interface SourceObserver {
  /** Called after each request, with the problem if the source did not answer. */
  readonly onAnswer?: (problem: Problem | undefined) => void;
  /** What a person should know, although the work continues. */
  readonly warn?: (what: string) => void;
}
