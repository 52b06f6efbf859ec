import type { Section } from '../audit/evidence.ts';
import type { Span } from '../audit/timeline.ts';
import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import type { Batch } from '../flow/batch.ts';
import { CODES } from '../monitor/score-day.ts';
import { IdHash } from '../monitor/id-hash.ts';
import { ALL_SEGMENTS, maturityKey } from '../monitor/label-maturity.ts';
import { OverrideTally, type OverrideOutcome } from '../monitor/override-tally.ts';
import { QualityMonitor } from '../monitor/quality-monitor.ts';
import { DAY_MS, labelCode, type LabelOutcome } from '../monitor/score-table.ts';
import { SILENT } from '../observe/logger.ts';
import { nextTurn } from '../runtime/next-turn.ts';
import { untilAvailable } from '../runtime/retry.ts';
import type { AuditKafka, OnShare } from './audit-records.ts';
import { NO_SCORES } from './evidence-figures.ts';
import { readLabelRange } from './evidence-labels.ts';
import { qualityFigures, type QualityEvidence } from './evidence-quality-report.ts';
import { groupingsOf } from './fairness.ts';
import type { LabelAnswer } from './label-follower.ts';
import { KEY, labelOf } from './label-join.ts';
import { alarmByAll, isLowerWorse, joinOf, overrideJoinOf } from './label-settings.ts';
import { latestSchema } from './latest-schema.ts';
import { createRecordedReader } from './recorded-rows.ts';
import { groupPaths, isRestorable, keepingRecorded } from './restored-quality.ts';

export interface QualityOptions extends AuditKafka {
  /** The settings with other policies. */
  readonly policies: readonly Settings[];
  /** The range of the score records, in ms. */
  readonly from: number;
  readonly to: number;
  /** In ms: labels that were written later do not count. Undefined: all that are there. */
  readonly labelsTo: number | undefined;
}

type Labels = NonNullable<Settings['labels']>;

/** Score records are written after their events, and some of these are late. */
const LATE_DAYS = 7;

/**
 * How good the scores of a range were, by the labels that are there by now. The monitor of the
 * stream counts, so its memory is limited in the same way. Records are read partition by partition:
 * the same topics give the same figures.
 */
export async function qualityOf(
  options: QualityOptions,
  spans: readonly Span[],
  onShare: OnShare = () => undefined,
): Promise<Section<QualityEvidence>> {
  const { labels } = options.settings;
  if (labels === undefined) return { notAvailable: 'the configuration has no section labels' };
  if (spans.length === 0) return { notAvailable: NO_SCORES };
  const join = joinOf(labels);
  if (!isRestorable(options.settings, join.event))
    return {
      notAvailable: `score records do not have ${join.event}, the id that labels join by: add it to output.carry`,
    };
  try {
    return await joined(options, labels, spans, onShare);
  } catch (error) {
    if (!(error instanceof ScorerError) || error.fate === 'retry') throw error;
    return { notAvailable: error.problems[0]!.what };
  }
}

async function joined(
  options: QualityOptions,
  labels: Labels,
  spans: readonly Span[],
  onShare: OnShare,
): Promise<Section<QualityEvidence>> {
  const { settings, registry, reader, signal, from, to, labelsTo } = options;
  const join = joinOf(labels);
  const fields = settings.fairness === undefined ? [] : groupingsOf(settings.fairness);
  const outcomes: Partial<Record<LabelOutcome, number>> = {};
  let last: LabelOutcome | undefined;
  const count = (outcome: LabelOutcome, of = 1): void => {
    outcomes[(last = outcome)] = (outcomes[outcome] ?? 0) + of;
  };
  let asOf = labelsTo ?? 0;
  const monitor = new QualityMonitor({
    horizonDays: labels.horizonDays,
    maxBytes: labels.maxMemoryBytes,
    keptDays: Math.ceil((to - from) / DAY_MS) + LATE_DAYS,
    unlabelledIsNegative: labels.unlabelled === 'negative',
    isAlarm: alarmByAll(settings, options.policies),
    favourable: settings.fairness?.favourable,
    fields: fields.length,
    lowerIsWorse: isLowerWorse(settings),
    now: () => asOf,
    onLabel: count,
    onJoined: () => undefined,
  });
  const { table } = monitor;
  const kept = await keepScores(
    options,
    monitor,
    fields,
    spans,
    (time) => {
      if (labelsTo === undefined) asOf = Math.max(asOf, Math.min(time, to));
    },
    onShare,
  );
  if (kept.records === 0)
    return { notAvailable: 'no score record of the range has a score and the id of labels' };

  const hash = new IdHash();
  const late = new Map<number, number>();
  const common = {
    settings,
    registry,
    reader,
    signal,
    hash,
    logger: SILENT,
    to: labelsTo,
    now: () => to,
  };
  const addLabel = (value: unknown, time: number): LabelAnswer => {
    if (labelsTo === undefined) asOf = Math.max(asOf, Math.min(time, Date.now()));
    const label = labelOf(value, join);
    if (label === undefined) return 'invalid';
    if (label === null) return 'empty';
    const found = table.find(hash.low, hash.high);
    if (found === undefined) {
      count('unknown');
      return 'added';
    }
    table.label(hash, labelCode(label), time, Infinity);
    if (last !== 'late') return 'added';
    const codes = found.day.words[found.at + CODES]!;
    const segment = (codes >>> 8) & 0xff;
    for (const one of segment === 0 ? [ALL_SEGMENTS] : [ALL_SEGMENTS, segment]) {
      const key = maturityKey((codes >>> 16) & 0xff, one);
      late.set(key, (late.get(key) ?? 0) + 1);
    }
    return 'added';
  };
  await readLabelRange({
    ...common,
    topic: labels.topic,
    join,
    where: 'labels',
    add: addLabel,
    onEmpty: (of) => {
      count('empty', of);
    },
    onInvalid: (of) => {
      count('invalid', of);
    },
  });
  table.reached(asOf);
  const overrides = await overridesOf(labels, monitor, common);
  for (const _day of monitor.refresh()) await nextTurn();
  const { topic, horizonDays, unlabelled } = labels;
  return {
    available: qualityFigures(monitor, fields, late, {
      labels: {
        topic,
        to: labelsTo === undefined ? null : new Date(labelsTo).toISOString(),
        asOf: new Date(asOf).toISOString(),
        horizonDays,
        unlabelled,
        outcomes: Object.fromEntries(Object.entries(outcomes).sort(([a], [b]) => (a < b ? -1 : 1))),
      },
      scores: kept,
      overrides,
    }),
  };
}

type Kept = QualityEvidence['scores'];

async function keepScores(
  { settings, registry, reader, signal, from, to }: QualityOptions,
  monitor: QualityMonitor,
  fields: ReturnType<typeof groupingsOf>,
  spans: readonly Span[],
  onTime: (time: number) => void,
  onShare: OnShare,
): Promise<Kept> {
  const { topic } = settings.output;
  const id = joinOf(settings.labels!).event;
  const read = createRecordedReader({
    settings,
    registry,
    node: await latestSchema(registry, topic, '--from'),
    id: id === KEY ? undefined : id,
    groups: groupPaths(fields, settings),
  });
  const keep = keepingRecorded(monitor, fields, {
    restored: false,
    version: ({ version, sha256 }) => JSON.stringify([version, sha256]),
    partition: () => 0,
  });
  const kept = { records: 0, withoutIdOrScore: 0, outOfRange: 0 };
  const partitions = new Set(spans.flatMap((span) => span.partitions.map((one) => one.partition)));
  const all = spans.reduce((sum, { records }) => sum + records, 0);
  for (const partition of [...partitions].sort((a, b) => a - b)) {
    const range = {
      topic,
      partitions: [partition],
      from: { time: from },
      to: { time: to },
      signal,
    };
    for await (const fetched of reader.read(range)) {
      const records = Array.from(fetched.records);
      const batch: Batch = { topic, partition, records, closedBy: 'end' };
      const rows = await untilAvailable(() => read(batch), { signal });
      kept.withoutIdOrScore += records.length - rows.length;
      for (const row of rows) {
        onTime(row.time);
        if (keep(row, to)) kept.records++;
        else kept.outOfRange++;
      }
      const seen = kept.records + kept.withoutIdOrScore + kept.outOfRange;
      onShare(Math.min(1, seen / all), seen);
    }
  }
  return kept;
}

/** What people decided instead, by what the program decided by; null: it is not configured. */
async function overridesOf(
  labels: Labels,
  { table, names }: QualityMonitor,
  common: Omit<
    Parameters<typeof readLabelRange>[0],
    'topic' | 'join' | 'where' | 'add' | 'onEmpty' | 'onInvalid'
  >,
): Promise<QualityEvidence['overrides']> {
  const join = overrideJoinOf(labels);
  if (join === undefined) return null;
  const outcomes: Partial<Record<OverrideOutcome, number>> = {};
  const count = (outcome: OverrideOutcome, of = 1): void => {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + of;
  };
  const tally = new OverrideTally({ table, names, onOverride: count, onJoined: () => undefined });
  const { topic } = labels.overrides!;
  await readLabelRange({
    ...common,
    topic,
    join,
    where: 'labels.overrides',
    add: (value) => {
      if (value === undefined || value === null || value === '') return 'empty';
      if (typeof value !== 'string') return 'invalid';
      tally.add(common.hash, value);
      return 'added';
    },
    onEmpty: (of) => {
      count('empty', of);
    },
    onInvalid: (of) => {
      count('invalid', of);
    },
  });
  return { topic, outcomes, agreement: tally.figures };
}
