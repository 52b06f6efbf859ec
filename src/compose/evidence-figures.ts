import type { Decided, Left, Section } from '../audit/evidence.ts';
import type { PastSettings } from './audit-explain.ts';
import type { AuditKafka, OnShare } from './audit-records.ts';
import type { DriftFigures } from './evidence-drift.ts';
import type { ScannedScores } from './evidence-scan.ts';
import { figuresOfSpan, type OpenDrift, type PolicyFigures } from './evidence-span.ts';

/** The figures of each version, and of each version and policy, that decided in the range. */
export interface Figures {
  readonly drift: Section<readonly VersionFigures[]>;
  readonly fairness: Section<readonly PolicyFigures[]>;
}

/** `left`: events that are not judged, by policy. */
export interface VersionFigures extends Decided {
  readonly drift: Section<DriftFigures>;
}

/**
 * Drift and fairness of the events of a range. Each event is scored once more by the version and the
 * policy that decided about it, and seen by the monitors of the stream. One version follows the
 * other, so that only one of them is open.
 */
export async function figuresOf(
  options: AuditKafka & PastSettings,
  to: number,
  { timeline, deciders, withoutScore }: ScannedScores,
  onShare: OnShare = () => undefined,
): Promise<Figures> {
  const { settings } = options;
  const none = (section: 'drift' | 'fairness'): Section<never> | undefined => {
    if (settings[section] === undefined)
      return { notAvailable: `the configuration has no section ${section}` };
    return timeline.records === 0 ? { notAvailable: NO_SCORES } : undefined;
  };
  const [noDrift, noFairness] = [none('drift'), none('fairness')];
  if (noDrift !== undefined && noFairness !== undefined)
    return { drift: noDrift, fairness: noFairness };
  let seen = 0;
  const onEvents = (events: number): void => {
    seen += events;
    onShare(Math.min(1, seen / timeline.records), seen);
  };
  const drift: VersionFigures[] = [];
  const fairness: PolicyFigures[] = [];
  const versions = Map.groupBy(timeline.numbered, ([, { version, sha256 }]) =>
    JSON.stringify([version, sha256]),
  );
  for (const spans of versions.values()) {
    const [[, { version, sha256 }]] = spans as [(typeof spans)[number]];
    const open: OpenDrift = { drift: undefined };
    const left: Left[] = [];
    let decided = 0;
    for (const [number, span] of spans) {
      const unscored = withoutScore.get(number) ?? 0;
      const given = { ...options, deciders: deciders!, to, onEvents };
      const figures = await figuresOfSpan(span, number, unscored, open, given);
      fairness.push(figures);
      left.push(...figures.left);
      decided += figures.decided;
    }
    const notAvailable = [...new Set(left.map(({ why }) => why))].join('; ');
    const figures = open.drift?.figures() ?? { notAvailable };
    drift.push({ version, sha256, decided, left, drift: figures });
  }
  return {
    drift: noDrift ?? { available: drift },
    fairness: noFairness ?? { available: fairness },
  };
}

export const NO_SCORES = 'there are no scores in the range';
