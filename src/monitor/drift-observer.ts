import type { Events } from '../flow/events.ts';
import type { Observation } from '../flow/observation.ts';
import { timeOf } from '../flow/record.ts';
import type { ModelIdentity, Scores } from '../flow/scores.ts';
import type { BlockCounts } from './drift-monitor.ts';
import { hourOfWeek, NO_HOUR } from './hours.ts';
import type { Histogram } from './profile.ts';
import type { ReferenceSeries } from './profile-series.ts';
import { MISSING } from './reference.ts';
import type { SlotCodes } from './slot-codes.ts';
import { countSlots, slotFinder, writeSlots } from './slot-finder.ts';

/** Gets the counts of delivered events. */
export interface CountsBlocks {
  add(block: BlockCounts): void;
}

export interface DriftObserverOptions {
  readonly monitor: CountsBlocks;
  readonly series: readonly ReferenceSeries[];
  readonly codes: SlotCodes;
  readonly score: Histogram;
  /** The version whose scores are compared. Another one may decide for some rows. */
  readonly model: ModelIdentity;
  /** Whether the profile has references by the hour. */
  readonly hours: boolean;
}

/** Creates the observer that counts events by slot. They are judged when the batch is delivered. */
export function createDriftObserver(
  options: DriftObserverOptions,
): (events: Events, tensors: unknown, scores: Scores) => Observation | undefined {
  const { monitor, series, codes, score, model, hours } = options;
  const finder = slotFinder(score);
  const scoreAt = codes.offsets.at(-1)!;
  return function observeDrift(
    { batch, fates, columns },
    _tensors,
    { models, modelOf, score: all },
  ) {
    const { rows } = fates;
    const counts = codes.counts(columns, rows).slice();
    const scored = { values: all, state: undefined, start: 0, stride: 1 };
    countSlots(finder, scored, rows, counts, scoreAt);
    const mine = models.findIndex(
      ({ version, sha256 }) => version === model.version && sha256 === model.sha256,
    );
    const seen = new SeenCounts(monitor);
    const isAll = fates.alive === rows && modelOf === null && mine === 0;
    const hourOfAll = hours ? onlyHour(batch) : NO_HOUR;
    if (isAll && counts[scoreAt + MISSING] === 0 && hourOfAll !== undefined) {
      const from = timeOf(batch.records[0]!) ?? Infinity;
      seen.blocks.push({ hour: hourOfAll, events: rows, from, counts });
      return seen;
    }
    const scoreSlots = new Uint8Array(rows);
    writeSlots(finder, scored, rows, scoreSlots);
    const slots = series.map(({ field }, i) =>
      field === undefined ? scoreSlots : codes.of(i, columns, rows),
    );
    for (let row = 0; row < rows; row++) {
      // all series have the same rows: those that this version scored
      const isOwn = modelOf === null ? mine === 0 : modelOf[row] === mine;
      if (!isOwn || !fates.isAlive(row) || Number.isNaN(all[row])) continue;
      const record = batch.records[row]!;
      const block = seen.blockOf(hours ? hourOf(record) : NO_HOUR, timeOf(record), counts.length);
      block.events++;
      for (let i = 0; i < slots.length; i++) block.counts[codes.offsets[i]! + slots[i]![row]!]!++;
    }
    return seen;
  };
}

const hourOf = (record: Events['batch']['records'][number]): number =>
  hourOfWeek(timeOf(record) ?? NaN);

/** The hour of the week of all records of a batch; undefined if they are of several. */
function onlyHour({ records }: Events['batch']): number | undefined {
  const hour = hourOf(records[0]!);
  for (let row = 1; row < records.length; row++)
    if (hourOf(records[row]!) !== hour) return undefined;
  return hour;
}

/** Counted events, by the hour. */
class SeenCounts implements Observation {
  readonly #monitor: CountsBlocks;
  readonly blocks: BlockCounts[] = [];
  /** Those of later batches, which may belong to another version. */
  readonly #others: this[] = [];

  constructor(monitor: CountsBlocks) {
    this.#monitor = monitor;
  }

  blockOf(hour: number, time: number | undefined, width: number): BlockCounts {
    const from = time ?? Infinity;
    const known = this.blocks.find((block) => block.hour === hour);
    if (known !== undefined) {
      known.from = Math.min(known.from, from);
      return known;
    }
    const block = { hour, events: 0, from, counts: new Int32Array(width) };
    this.blocks.push(block);
    return block;
  }

  merge(other: this): void {
    this.#others.push(other);
  }

  record(): void {
    for (const block of this.blocks) this.#monitor.add(block);
    for (const other of this.#others) other.record();
  }
}
