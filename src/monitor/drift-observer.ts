import type { Events } from '../flow/events.ts';
import type { Observation } from '../flow/observation.ts';
import { timeOf } from '../flow/record.ts';
import type { ModelIdentity, Scores } from '../flow/scores.ts';
import type { BlockCounts, DriftMonitor } from './drift-monitor.ts';
import { hourOfWeek, NO_HOUR } from './hours.ts';
import type { Histogram } from './profile.ts';
import type { ReferenceSeries } from './profile-series.ts';
import { codesOfNumbers, searchTree, thresholdsOf, type SlotCodes } from './slot-codes.ts';

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
  const tree = searchTree(thresholdsOf(score));
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
    codesOfNumbers(all, tree, scored);
    const own = models.findIndex(
      ({ version, sha256 }) => version === model.version && sha256 === model.sha256,
    );
    const allCodes = [...codes(columns, rows), scored];
    const seen = new SeenCounts(monitor);
    // A row that another version or no model scored is in no series, so all have the same rows.
    const isOwn = (row: number): boolean =>
      fates.isAlive(row) &&
      (modelOf === null ? own === 0 : modelOf[row] === own) &&
      !Number.isNaN(all[row]);
    let row = 0;
    while (row < rows) {
      const from = row;
      const hour = hours ? hourOf(batch.records[row]!) : NO_HOUR;
      row++;
      while (row < rows && (!hours || hourOf(batch.records[row]!) === hour)) row++;
      const block = seen.blockOf(hour, timeOf(batch.records[from]!), width);
      const living: number[] = [];
      for (let i = from; i < row; i++) if (isOwn(i)) living.push(i);
      block.events += living.length;
      const { counts } = block;
      for (let s = 0; s < allCodes.length; s++) {
        const [slots, offset] = [allCodes[s]!, offsets[s]!];
        for (const i of living) counts[offset + slots[i]!]!++;
      }
    }
    return seen;
  };
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
