import type { Events } from '../flow/events.ts';
import type { Observation } from '../flow/observation.ts';
import { timeOf } from '../flow/record.ts';
import type { ModelIdentity, Scores } from '../flow/scores.ts';
import type { BlockCounts, DriftMonitor } from './drift-monitor.ts';
import { hourOfWeek, NO_HOUR } from './hours.ts';
import type { Histogram } from './profile.ts';
import type { ReferenceSeries } from './profile-series.ts';
import { codesOfNumbers, slotFinder, type SlotCodes } from './slot-codes.ts';

export interface DriftObserverOptions {
  readonly monitor: DriftMonitor;
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
  const offsets: number[] = [];
  let width = 0;
  for (const { slots } of series) {
    offsets.push(width);
    width += slots.names.length;
  }
  return function observeDrift(
    { batch, fates, columns },
    _tensors,
    { models, modelOf, score: all },
  ) {
    const { rows } = fates;
    const scored = new Uint8Array(rows);
    codesOfNumbers(all, finder, scored);
    const mine = models.findIndex(
      ({ version, sha256 }) => version === model.version && sha256 === model.sha256,
    );
    const allCodes = [...codes(columns, rows), scored];
    const seen = new SeenCounts(monitor);
    const own = ownRows(fates, all, modelOf, mine);
    let row = 0;
    while (row < rows) {
      const from = row;
      const hour = hours ? hourOf(batch.records[row]!) : NO_HOUR;
      row = hours ? endOfHour(batch, row, hour) : rows;
      const block = seen.blockOf(hour, timeOf(batch.records[from]!), width);
      const { counts } = block;
      if (own === undefined) {
        block.events += row - from;
        for (let s = 0; s < allCodes.length; s++) {
          const [slots, offset] = [allCodes[s]!, offsets[s]!];
          for (let i = from; i < row; i++) counts[offset + slots[i]!]!++;
        }
        continue;
      }
      for (let i = from; i < row; i++) block.events += own[i]!;
      for (let s = 0; s < allCodes.length; s++) {
        const [slots, offset] = [allCodes[s]!, offsets[s]!];
        for (let i = from; i < row; i++) counts[offset + slots[i]!]! += own[i]!;
      }
    }
    return seen;
  };
}

/**
 * 1 for each row that this version scored, so that all series have the same rows; undefined: all
 * rows.
 */
function ownRows(
  fates: Events['fates'],
  score: Float64Array,
  modelOf: Uint8Array | null,
  mine: number,
): Uint8Array | undefined {
  let sum = 0;
  for (const one of score) sum += one;
  if (fates.alive === fates.rows && modelOf === null && mine === 0 && !Number.isNaN(sum))
    return undefined;
  return Uint8Array.from(score, (one, row) =>
    fates.isAlive(row) &&
    (modelOf === null ? mine === 0 : modelOf[row] === mine) &&
    !Number.isNaN(one)
      ? 1
      : 0,
  );
}

/** The first row of another hour. */
function endOfHour({ records }: Events['batch'], from: number, hour: number): number {
  let row = from + 1;
  while (row < records.length && hourOf(records[row]!) === hour) row++;
  return row;
}

const hourOf = (record: Events['batch']['records'][number]): number =>
  hourOfWeek(timeOf(record) ?? NaN);

/** Counted events, by the hour. */
class SeenCounts implements Observation {
  readonly #monitor: DriftMonitor;
  readonly #blocks: BlockCounts[] = [];
  /** Those of later batches, which may belong to another version. */
  readonly #others: this[] = [];

  constructor(monitor: DriftMonitor) {
    this.#monitor = monitor;
  }

  blockOf(hour: number, time: number | undefined, width: number): BlockCounts {
    const from = time ?? Infinity;
    const known = this.#blocks.find((block) => block.hour === hour);
    if (known !== undefined) {
      known.from = Math.min(known.from, from);
      return known;
    }
    const block = { hour, events: 0, from, counts: new Int32Array(width) };
    this.#blocks.push(block);
    return block;
  }

  merge(other: this): void {
    this.#others.push(other);
  }

  record(): void {
    for (const block of this.#blocks) this.#monitor.add(block);
    for (const other of this.#others) other.record();
  }
}
