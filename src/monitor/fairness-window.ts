import {
  groupFigures,
  groupsBelow,
  type CountedGroup,
  type GroupFigures,
  type Judging,
} from './group-figures.ts';
import { MAX_GROUPS } from './group-names.ts';
import type { BoundedNames } from './names.ts';

/** Numbers of groups that are no value (`GroupNames`). */
const OTHER = 0;
export const NONE = 1;
export const CODES = MAX_GROUPS + 2;
/** Events and favourable decisions, for each group of each field. */
export const CELLS = 2 * CODES;

/** A field, and the names of its groups. */
export interface GroupField {
  readonly path: string;
  readonly names: BoundedNames;
}

/** Counts of decisions by group since a time, and which groups raised an alarm in it. */
export class FairnessWindow {
  readonly since: Date;
  /** By field: events and favourable decisions of each group. */
  readonly counts: Float64Array;
  events = 0;
  #nextLook = 0;
  readonly #alarms: readonly Set<string>[];

  constructor(fields: number, since: Date) {
    this.since = since;
    this.counts = new Float64Array(fields * CELLS);
    this.#alarms = Array.from({ length: fields }, () => new Set<string>());
  }

  add(counts: ArrayLike<number>, events: number): void {
    for (let i = 0; i < this.counts.length; i++) this.counts[i]! += counts[i]!;
    this.events += events;
  }

  /** A look costs a little, so it is due only after one event more in fifty. */
  isLookDue(firstAfter: number): boolean {
    if (this.events < Math.max(firstAfter, this.#nextLook)) return false;
    this.#nextLook = this.events * 1.02;
    return true;
  }

  figures(field: number, names: GroupField, judging: Judging): GroupFigures[] {
    return groupFigures(this.#groups(field, names), judging);
  }

  /** An interval that is valid at all times needs no second look: an alarm of a window stands. */
  look(field: number, names: GroupField, judging: Judging): void {
    for (const group of groupsBelow(this.#groups(field, names), judging))
      this.#alarms[field]!.add(group);
  }

  alarms(field: number): ReadonlySet<string> {
    return this.#alarms[field]!;
  }

  #groups(field: number, { names }: GroupField): CountedGroup[] {
    return names.all.flatMap((group, code) => {
      const at = field * CELLS + 2 * code;
      const of = this.counts[at]!;
      if (of === 0) return [];
      return [{ group, rest: code === OTHER || code === NONE, of, hits: this.counts[at + 1]! }];
    });
  }
}
