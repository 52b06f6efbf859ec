import { printable } from '../page/table.ts';
import type { Check } from './checks.ts';
import { verdictOf, type Missing, type Verdict } from './explanation.ts';
import { describePlace, type Place } from './place.ts';

/** Many past scores, recomputed. Plain data, for JSON too. */
export interface SampleReport {
  /** Score records in the range, copies included. */
  readonly scores: number;
  readonly sampled: number;
  readonly seed: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  readonly versions: readonly SampledVersion[];
  /** Further records of the sampled events. */
  readonly copies: CopiesReport;
  /** Why scores could not be compared, and how many. */
  readonly missing: readonly (Missing & { readonly count: number })[];
  /** The first ones that differ. */
  readonly examples: readonly SampleExample[];
}

export interface CopiesReport {
  readonly records: number;
  /** Those that say something else than the first one of their event. */
  readonly differ: number;
  /** Events that differ only because of such a record. */
  readonly events: number;
}

export interface SampledVersion {
  readonly version: string;
  readonly sha256: string;
  readonly sampled: number;
  readonly matches: number;
}

export interface SampleExample {
  readonly event: Place;
  readonly score: Place;
  readonly version: string;
  readonly policy: string | null;
  /** The fields that differ. */
  readonly checks: readonly Check[];
  /** Further records of the event that say something else, and in which fields. */
  readonly copies: readonly DifferentCopy[];
}

export interface DifferentCopy extends Place {
  readonly fields: readonly string[];
}

/** One recomputed score. */
export interface SampledScore extends Omit<SampleExample, 'checks'> {
  readonly sha256: string;
  readonly checks: readonly Check[];
  readonly missing: readonly Missing[];
  /** Further records of the event, whatever they say. */
  readonly records: number;
}

const MAX_EXAMPLES = 20;

/** Adds recomputed scores up to a report. */
export class SampleTally {
  readonly #verdicts: Record<Verdict, number> = { matches: 0, differs: 0, incomplete: 0 };
  readonly #versions = new Map<
    string,
    { -readonly [K in keyof SampledVersion]: SampledVersion[K] }
  >();
  readonly #missing = new Map<string, Missing & { count: number }>();
  readonly #examples: SampleExample[] = [];
  readonly #copies = { records: 0, differ: 0, events: 0 };
  #sampled = 0;

  add({ checks, missing, sha256, records, ...score }: SampledScore): void {
    const { copies } = score;
    const verdict = verdictOf(checks, missing, copies.length);
    this.#copies.records += records;
    this.#copies.differ += copies.length;
    if (verdict !== verdictOf(checks, missing, 0)) this.#copies.events++;
    this.#sampled++;
    this.#verdicts[verdict]++;
    const key = `${score.version} ${sha256}`;
    const version = this.#versions.get(key) ?? {
      version: score.version,
      sha256,
      sampled: 0,
      matches: 0,
    };
    this.#versions.set(key, version);
    version.sampled++;
    if (verdict === 'matches') version.matches++;
    for (const one of [...missing, ...(missing.length > 0 ? [] : notCompared(checks))]) {
      const own = `${one.what} ${one.why}`;
      const seen = this.#missing.get(own) ?? { ...one, count: 0 };
      seen.count++;
      this.#missing.set(own, seen);
    }
    const different = checks.filter(({ result }) => result === 'differs');
    if (different.length + copies.length > 0 && this.#examples.length < MAX_EXAMPLES)
      this.#examples.push({ ...score, checks: different });
  }

  report(scores: number, seed: number): SampleReport {
    const byName = (a: SampledVersion, b: SampledVersion): number =>
      `${a.version} ${a.sha256}` < `${b.version} ${b.sha256}` ? -1 : 1;
    return {
      scores,
      sampled: this.#sampled,
      seed,
      verdicts: this.#verdicts,
      versions: [...this.#versions.values()].sort(byName),
      copies: this.#copies,
      missing: [...this.#missing.values()].sort((a, b) => b.count - a.count),
      examples: this.#examples,
    };
  }
}

function notCompared(checks: readonly Check[]): Missing[] {
  return checks
    .filter(({ result }) => result === 'not compared')
    .map(({ field, why = '' }) => ({ what: `field ${field}`, code: 'NOT_COMPARED', why }));
}

export function sampleVerdict({ verdicts, sampled }: SampleReport): Verdict {
  if (verdicts.differs > 0) return 'differs';
  return verdicts.incomplete > 0 || sampled === 0 ? 'incomplete' : 'matches';
}

export function sampleText(report: SampleReport): string {
  const { scores, sampled, verdicts, versions, copies, missing, examples, seed } = report;
  const lines = [
    `${sampled} of ${scores} score records sampled (seed ${seed})`,
    `  ${verdicts.matches} match in every field, ${verdicts.differs} differ, ${verdicts.incomplete} could not be compared as a whole`,
    ...versions.map(
      (one) =>
        `  version ${one.version} (sha256 ${one.sha256.slice(0, 12)}): ${one.matches} of ${one.sampled} match`,
    ),
    ...(copies.records === 0
      ? []
      : [
          `  ${copies.records} further records of these events (at-least-once): ${copies.differ} say something else than the first one`,
        ]),
    ...missing.map(({ what, why, count }) => `  missing for ${count}: ${what}: ${why}`),
    ...examples.flatMap(({ event, version, policy, checks, copies: others }) => [
      '',
      `${describePlace(event)} (version ${version}, policy ${policy ?? '(none)'})`,
      ...checks.map(
        ({ field, recorded, recomputed, why }) =>
          `  ${field}: recorded ${JSON.stringify(recorded)}, recomputed ${JSON.stringify(recomputed)}${why === undefined ? '' : ` (${why})`}`,
      ),
      ...others.map(
        ({ fields, ...place }) =>
          `  copy ${describePlace(place)} says something else: ${fields.join(', ')}`,
      ),
    ]),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}
