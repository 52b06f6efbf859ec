import type { AlarmReport, DriftCounts, SeriesCounts } from '../flow/drift-counts.ts';
import type { OutputRecord } from '../flow/record.ts';
import { longBytes, stringBytes } from './avro-bytes.ts';
import { wirePrefix } from '../flow/wire-prefix.ts';

/**
 * Encodes a report in the order of the fields in `drift-schema.ts`. Its key is its name, so
 * compaction removes copies and nothing else.
 */
export function encodeDriftCounts(schemaId: number, report: DriftCounts): OutputRecord {
  const { instance, sequence, model, hourOfWeek, series, alarms } = report;
  const prefix = wirePrefix(schemaId);
  const value = Buffer.concat([
    prefix,
    stringBytes(instance),
    longBytes(sequence),
    ...[model.name, model.version, model.sha256, report.bins].map(stringBytes),
    longBytes(report.countedFrom),
    longBytes(report.countedTo),
    nullableLong(hourOfWeek),
    nullableLong(report.firstEvent),
    longBytes(report.events),
    ...blockOf(series, seriesBytes),
    ...blockOf(alarms, alarmBytes),
  ]);
  return { key: Buffer.from(`${instance}/${sequence}`), value };
}

function seriesBytes({ name, bins }: SeriesCounts): Buffer[] {
  const counts = ([bin, events]: [string, number]): Buffer[] => [
    stringBytes(bin),
    longBytes(events),
  ];
  return [stringBytes(name), ...blockOf(Object.entries(bins), counts)];
}

function alarmBytes({ series, change, since, raisedAt, endedAt }: AlarmReport): Buffer[] {
  return [
    stringBytes(series),
    stringBytes(change),
    nullableLong(since),
    longBytes(raisedAt),
    nullableLong(endedAt),
  ];
}

/** The items of an array or a map in one block. */
function blockOf<T>(items: readonly T[], bytesOf: (item: T) => Buffer[]): Buffer[] {
  const end = longBytes(0);
  return items.length === 0 ? [end] : [longBytes(items.length), ...items.flatMap(bytesOf), end];
}

/** A value of the union [null, long]. */
function nullableLong(value: number | null): Buffer {
  return value === null ? longBytes(0) : Buffer.concat([longBytes(1), longBytes(value)]);
}
