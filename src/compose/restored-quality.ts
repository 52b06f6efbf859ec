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
  const keep = keepingRecorded(monitor, fields, {
    restored: true,
    version: ({ version }) => version,
    partition: ({ source }) => partition(source.topic, source.partition),
  });
  return new ScoreRestore({
    ...common,
    id: id === KEY ? undefined : id,
    groups: groupPaths(fields, common.settings),
    add: (row) => {
      keep(row, Date.now());
    },
    drop: (lost: readonly TopicPartition[]) => {
      const gone = new Set(lost.map((one) => partition(one.topic, one.partition)));
      monitor.table.drop((number) => gone.has(number));
    },
  });
}

/** The fields of groups that score records have. */
export const groupPaths = (
  fields: readonly Grouping[],
  { output }: Pick<Settings, 'output'>,
): (string | undefined)[] => fields.map(({ path }) => (isCarried(output, path) ? path : undefined));

/** How a score record is kept. */
export interface KeepRecorded {
  /** What was scored since the start is newer, and stays. */
  readonly restored: boolean;
  /** The name under which its version is counted. */
  readonly version: (row: RecordedRow) => string;
  readonly partition: (row: RecordedRow) => number;
}

/** Makes the function that keeps a score record for its labels; false: it is too old, or too new. */
export function keepingRecorded(
  { table, names }: QualityMonitor,
  fields: readonly Grouping[],
  how: KeepRecorded,
): (row: RecordedRow, now: number) => boolean {
  const hash = new IdHash();
  const groups = new Uint8Array(4);
  const codes = codesOf(fields);
  return (row, now) => {
    if (typeof row.id === 'string') hash.ofText(row.id);
    else hash.ofBytes(row.id, 0, row.id.length);
    const { score, decision, why, time } = row;
    const kept = {
      low: hash.low,
      high: hash.high,
      score,
      decision: decision === null ? NO_DECISION : names.decisions.code(decision),
      version: names.versions.code(how.version(row)),
      segment: names.segment(row.segment),
      why: why === null ? 0 : names.whys.code(why),
      partition: how.partition(row),
      groups,
      msOfDay: 0,
      restored: how.restored,
    };
    for (const [field, own] of codes(row).entries())
      groups[field] = own === undefined ? UNKNOWN_GROUP : own[row.row]!;
    if (score < 0 || score > 1) names.bounded[kept.version] = false;
    return table.add(kept, time, now);
  };
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
