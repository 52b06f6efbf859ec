import { isAvailable, type Section } from '../audit/evidence.ts';
import type { DecidedScore } from '../audit/timeline.ts';
import type { Settings } from '../config/settings.ts';
import { Calibrator } from '../monitor/calibrator.ts';
import {
  addDecision,
  addSums,
  expectedFigures,
  noSums,
  type ExpectedFigures,
  type ExpectedSums,
} from '../monitor/expected-sums.ts';
import { DAY_MS } from '../monitor/score-table.ts';
import { readBundleProfile } from './bundle-profile.ts';
import { alarmByAll } from './label-settings.ts';
import { recordedBundle, type RecordedVersion } from './recorded-bundle.ts';

/** What the calibrated scores of a version led to expect. Plain data, for JSON. */
export interface ExpectedOfVersion extends RecordedVersion {
  /** Events with a score and a decision. */
  readonly decided: number;
  /** Of them: more than a week older than the range, so they are in no figure. */
  readonly outOfRange: number;
  readonly expected: Section<{
    /** Of all days together. */
    readonly all: ExpectedFigures;
    /** By day of the event. */
    readonly days: readonly ExpectedFigures[];
  }>;
}

export interface RecordedExpectedOptions {
  readonly settings: Settings;
  /** The settings with other policies. */
  readonly policies: readonly Settings[];
  /** The range begins, in ms since the epoch. */
  readonly from: number;
  readonly signal: AbortSignal;
}

/** A score record that is counted. Times in ms. */
export type ExpectedScore = Pick<
  DecidedScore,
  'place' | 'version' | 'sha256' | 'decision' | 'scoredAt'
> & {
  readonly score: number | null;
  readonly eventTime: number | null;
};

type SumsByDay = Map<number, ExpectedSums>;

interface Version extends RecordedVersion {
  readonly calibrator: Section<Calibrator>;
  decided: number;
  outOfRange: number;
  /** By partition, because sums depend on the order, and only that of a partition is always the same. */
  readonly partitions: Map<number, SumsByDay>;
}

/** Events may be scored late. */
const LATE_DAYS = 7;

/**
 * Expected precision and recall from the scores of a range, by version and day of the event, with
 * the calibrator of the bundle of that version. They need no labels. A decision without a score, and
 * a score without a decision, say nothing.
 */
export class RecordedExpected {
  readonly #options: RecordedExpectedOptions;
  readonly #isAlarm: (decision: string) => boolean;
  readonly #firstDay: number;
  readonly #versions = new Map<string, Version>();
  /** That of the score before, which is nearly always that of the next one, too. */
  #last: Version | undefined;

  constructor(options: RecordedExpectedOptions) {
    const { settings, policies, from } = options;
    this.#options = options;
    this.#isAlarm = alarmByAll(settings, policies);
    this.#firstDay = Math.floor(from / DAY_MS) - LATE_DAYS;
  }

  /** Whether scores of the version may be added. */
  knows(of: RecordedVersion): boolean {
    return this.#versionOf(of) !== undefined;
  }

  /** Looks for the calibrator of a version that it does not know. */
  async learn(of: RecordedVersion): Promise<void> {
    const { version, sha256 } = of;
    const calibrator = await this.#calibratorOf(of);
    const counts = { decided: 0, outOfRange: 0, partitions: new Map() };
    this.#versions.set(keyOf(of), { version, sha256, calibrator, ...counts });
  }

  /** The version is known. */
  add({ place, decision, score, scoredAt, eventTime, ...of }: ExpectedScore): void {
    if (decision === null || score === null || Number.isNaN(score)) return;
    const version = this.#versionOf(of)!;
    version.decided++;
    if (!isAvailable(version.calibrator)) return;
    // as in the stream: no event comes from the future
    const day = Math.floor(Math.min(eventTime ?? scoredAt, scoredAt) / DAY_MS);
    if (day < this.#firstDay) {
      version.outOfRange++;
      return;
    }
    const days = getOrMake(version.partitions, place.partition, (): SumsByDay => new Map());
    const sums = getOrMake(days, day, noSums);
    addDecision(sums, this.#isAlarm(decision), version.calibrator.available.of(score));
  }

  get figures(): readonly ExpectedOfVersion[] {
    return [...this.#versions]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { calibrator, partitions, ...counts }]) => {
        if (!isAvailable(calibrator)) return { ...counts, expected: calibrator };
        const days = inOrder(partitions);
        if (days.length === 0) return { ...counts, expected: { notAvailable: NOTHING } };
        const [[first], [last]] = [days[0]!, days.at(-1)!];
        const all = noSums();
        for (const [, sums] of days) addSums(all, sums);
        return {
          ...counts,
          expected: {
            available: {
              all: expectedFigures(first, last, all),
              days: days.map(([day, sums]) => expectedFigures(day, day, sums)),
            },
          },
        };
      });
  }

  #versionOf(of: RecordedVersion): Version | undefined {
    const last = this.#last;
    if (last?.version === of.version && last.sha256 === of.sha256) return last;
    const found = this.#versions.get(keyOf(of));
    if (found !== undefined) this.#last = found;
    return found;
  }

  async #calibratorOf(of: RecordedVersion): Promise<Section<Calibrator>> {
    const { settings, signal } = this.#options;
    const found = await recordedBundle(of, settings, signal);
    if (!isAvailable(found)) return found;
    const { profile, problems } = await readBundleProfile(found.available);
    if (problems.length > 0) return { notAvailable: problems[0]!.what };
    if (profile?.calibrator === undefined) return { notAvailable: NO_CALIBRATOR };
    return { available: new Calibrator(profile.calibrator.knots) };
  }
}

const NO_CALIBRATOR =
  'its bundle has no calibrator: make its profile with labels (profile --labels)';
const NOTHING = 'no event with a score and a decision is in the range, or in the week before it';

const keyOf = ({ version, sha256 }: RecordedVersion): string => JSON.stringify([version, sha256]);

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

/** The sums by day, those of the partitions added in their order. */
function inOrder(
  partitions: ReadonlyMap<number, ReadonlyMap<number, ExpectedSums>>,
): [number, ExpectedSums][] {
  const days = new Map<number, ExpectedSums>();
  for (const [, own] of [...partitions].sort(([a], [b]) => a - b))
    for (const [day, sums] of own) addSums(getOrMake(days, day, noSums), sums);
  return [...days].sort(([a], [b]) => a - b);
}
