import { percent, score, type Cell, type Table } from '../page/table.ts';
import {
  isAvailable,
  type Decided,
  type DriftEvidence,
  type ExpectedEvidence,
  type FairnessEvidence,
  type QualityEvidence,
} from './evidence.ts';

/** What has changed, of each version. */
export function driftTable(versions: readonly DriftEvidence[]): Table {
  return {
    title: 'Drift by version',
    head: ['version', 'events', 'largest PSI', 'changes'],
    rows: versions.map((one): Cell[] => {
      const { drift } = one;
      if (!isAvailable(drift))
        return [nameOf(one), null, null, `not available: ${drift.notAvailable}`];
      const { events, series } = drift.available;
      const largest = series.reduce<{ psi: number; series: string } | undefined>(
        (most, { psi, series: name }) =>
          psi !== null && psi > (most?.psi ?? -1) ? { psi, series: name } : most,
        undefined,
      );
      const changes = series.flatMap(({ series: name, alarms }) =>
        alarms.map(({ change, since }) => `${name}: ${change}, since ${since ?? 'long ago'}`),
      );
      return [
        nameOf(one),
        events,
        largest === undefined ? null : `${largest.psi.toFixed(4)} (${largest.series})`,
        changes.length === 0 ? 'none is proved' : changes.join('; '),
      ];
    }),
    notes: versions.flatMap(leftOf),
  };
}

/** How groups fared, of each version and policy. */
export function fairnessTable(all: readonly FairnessEvidence[]): Table {
  return {
    title: 'Favourable decisions by group',
    head: ['version', 'policy', 'group', 'events', 'rate', 'ratio to the best', 'alarm'],
    rows: all.flatMap((one): Cell[][] => {
      const { policy, fairness } = one;
      const by = [nameOf(one), policy ?? '(no label)'];
      if (!isAvailable(fairness))
        return [[...by, `not available: ${fairness.notAvailable}`, null, null, null, null]];
      return fairness.available.flatMap(({ by: field, groups, alarms }) =>
        groups.map(({ group, events, rate, ratio }): Cell[] => [
          ...by,
          `${field} = ${group}`,
          events,
          percent(rate),
          score(ratio),
          alarms.includes(group) ? 'yes' : '',
        ]),
      );
    }),
    notes: all.flatMap(leftOf),
  };
}

/** How good scores were, of each version and segment. */
export function qualityTable({ labels, versions }: QualityEvidence): Table {
  return {
    title: 'Quality by version',
    head: [
      ...['version', 'segment', 'events', 'labelled', 'matured', 'never', 'late'],
      ...['precision', 'recall', 'average precision', 'calibration error'],
    ],
    rows: versions.map(({ version, segment, figures, ...counts }): Cell[] => [
      version,
      segment ?? '(all)',
      ...[counts.events, counts.labelled, counts.matured, counts.never, counts.late],
      percent(figures?.alarms?.precision ?? null),
      percent(figures?.alarms?.recall ?? null),
      score(figures?.averagePrecision ?? null),
      score(figures?.calibration?.error ?? null),
    ]),
    notes: [
      `Labels of ${labels.topic} as of ${labels.asOf}. Figures are those of days whose labels are there, or nearly all of them. Matured: no further label counts; never: matured without a label that counts; late: labels that came after the horizon.`,
    ],
  };
}

/** What calibrated scores led to expect, of each version. */
export function expectedTable(versions: readonly ExpectedEvidence[]): Table {
  return {
    title: 'Expected by version',
    head: [
      ...['version', 'from', 'to', 'events', 'alarms'],
      ...['expected positives', 'expected precision', 'expected recall'],
    ],
    rows: versions.map((one): Cell[] => {
      const { expected } = one;
      if (!isAvailable(expected))
        return [nameOf(one), `not available: ${expected.notAvailable}`, ...NO_FIGURES];
      const { all } = expected.available;
      return [
        ...[nameOf(one), all.from, all.to, all.events, all.alarms, all.expectedPositives],
        percent(all.expectedPrecision),
        percent(all.expectedRecall),
      ];
    }),
    notes: [
      'What the scores led to expect by the calibrator of the bundle, without labels. It holds as long as the calibrator does: compare it with the quality above, once there are labels.',
      ...versions.flatMap((one) =>
        one.outOfRange === 0
          ? []
          : [`${one.outOfRange} events of ${nameOf(one)} are older than a week before the range`],
      ),
    ],
  };
}

const NO_FIGURES: readonly Cell[] = [null, null, null, null, null, null];

/** How often people decided as the program did. */
export function overridesTable({ overrides }: QualityEvidence): Table | undefined {
  if (overrides === null) return undefined;
  return {
    title: 'Decisions of people',
    head: ['decided by', 'decision', 'agreed', 'disagreed'],
    rows: overrides.agreement.map(({ by, decision, agreed, disagreed }): Cell[] => [
      by,
      decision,
      agreed,
      disagreed,
    ]),
  };
}

const nameOf = ({ version, sha256 }: Pick<Decided, 'version' | 'sha256'>): string =>
  `${version} (${sha256.slice(0, 12)})`;

const leftOf = (one: Decided): string[] =>
  one.left.map(({ events, why }) => `${events} events of ${nameOf(one)} are not judged: ${why}`);
