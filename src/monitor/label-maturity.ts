import { CODES, UNLABELLED } from './score-day.ts';
import type { ScoreTable } from './score-table.ts';

/** How far the labels of some events are. */
export interface Maturity {
  events: number;
  labelled: number;
  /** Events whose horizon has passed: no further label counts. */
  matured: number;
  /** Matured events without a label that counts; a label that came late does not. */
  never: number;
}

/** All segments of a version, as a number of a segment. */
export const ALL_SEGMENTS = 0xff;

/** The key of a version and a segment, by their numbers. */
export const maturityKey = (version: number, segment: number): number => (version << 8) | segment;

/** Events of the table by version, and by version and segment where there are segments. */
export function maturityOf(table: ScoreTable): ReadonlyMap<number, Maturity> {
  const all = new Map<number, Maturity>();
  const of = (key: number): Maturity => {
    let own = all.get(key);
    if (own === undefined) all.set(key, (own = { events: 0, labelled: 0, matured: 0, never: 0 }));
    return own;
  };
  for (const [number, day] of table.days) {
    const isPast = table.isComplete(number);
    day.forEach((at) => {
      const codes = day.words[at + CODES]!;
      const [version, segment] = [(codes >>> 16) & 0xff, (codes >>> 8) & 0xff];
      const isLabelled = day.label(at) !== UNLABELLED;
      for (const one of segment === 0 ? [ALL_SEGMENTS] : [ALL_SEGMENTS, segment]) {
        const own = of(maturityKey(version, one));
        own.events++;
        if (isLabelled) own.labelled++;
        if (!isPast) continue;
        own.matured++;
        if (!isLabelled) own.never++;
      }
    });
  }
  return all;
}
