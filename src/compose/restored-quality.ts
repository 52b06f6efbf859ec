import type { Settings } from '../config/settings.ts';
import type { TopicPartition } from '../flow/batch.ts';
import type { Events } from '../flow/events.ts';
import { UNKNOWN_GROUP } from '../monitor/cohort-figures.ts';
import type { Grouping } from '../monitor/group-reader.ts';
import { IdHash } from '../monitor/id-hash.ts';
import { NO_DECISION } from '../monitor/kept-names.ts';
import type { QualityMonitor } from '../monitor/quality-monitor.ts';
import { KEY } from './label-join.ts';
import type { RecordedRow } from './recorded-rows.ts';
import { ScoreRestore, type RestoreOptions } from './restore-scores.ts';

export interface RestoredQualityOptions extends Pick<
  RestoreOptions,
  'settings' | 'registry' | 'reader' | 'replayLabels' | 'onProblem' | 'signal'
> {
  readonly monitor: QualityMonitor;
  /** The id in an event, or KEY. */
  readonly id: string;
  readonly fields: readonly Grouping[];
  readonly horizonDays: number;
  readonly partition: (topic: string, partition: number) => number;
}

/** Whether score records have what labels join by. */
export function isRestorable({ output }: Pick<Settings, 'output'>, id: string): boolean {
  return id === KEY || isCarried(output, id);
}

/** Whether score records have the value of a field as it is: not its hash, and not a part of it. */
function isCarried({ carry }: Settings['output'], path: string): boolean {
  return carry.some(
    (one) => typeof one === 'string' && (one === path || path.startsWith(`${one}.`)),
  );
}

/** Keeps the events of the output topic that this replica has the partitions of. */
export function restoreQuality(options: RestoredQualityOptions): ScoreRestore {
  const { monitor, id, fields, partition, ...common } = options;
  const { table, names } = monitor;
  const hash = new IdHash();
  const groups = new Uint8Array(4);
  const codes = codesOf(fields);
  return new ScoreRestore({
    ...common,
    id: id === KEY ? undefined : id,
    groups: fields.map(({ path }) => (isCarried(common.settings.output, path) ? path : undefined)),
    add: (row) => {
      if (typeof row.id === 'string') hash.ofText(row.id);
      else hash.ofBytes(row.id, 0, row.id.length);
      const { source, score, decision, version, why, time } = row;
      const kept = {
        low: hash.low,
        high: hash.high,
        score,
        decision: decision === null ? NO_DECISION : names.decisions.code(decision),
        version: names.versions.code(version),
        segment: names.segment(row.segment),
        why: why === null ? 0 : names.whys.code(why),
        partition: partition(source.topic, source.partition),
        groups,
        msOfDay: 0,
        restored: true,
      };
      for (const [field, own] of codes(row).entries())
        groups[field] = own === undefined ? UNKNOWN_GROUP : own[row.row]!;
      if (score < 0 || score > 1) names.bounded[kept.version] = false;
      table.add(kept, time, Date.now());
    },
    drop: (lost: readonly TopicPartition[]) => {
      const gone = new Set(lost.map((one) => partition(one.topic, one.partition)));
      table.drop((number) => gone.has(number));
    },
  });
}

/** The groups of a decoded batch, once for all of its rows. */
function codesOf(
  fields: readonly Grouping[],
): (row: RecordedRow) => readonly (Uint8Array | undefined)[] {
  let last: { events: Events; codes: readonly (Uint8Array | undefined)[] } | undefined;
  return ({ events, groups }) => {
    if (last?.events !== events)
      last = {
        events,
        codes: fields.map((field, i) => {
          const source = groups[i];
          return source && field.codes(events, source);
        }),
      };
    return last.codes;
  };
}
