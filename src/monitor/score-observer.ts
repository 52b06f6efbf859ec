import { VALUE, type Events } from '../flow/events.ts';
import type { Observation } from '../flow/observation.ts';
import type { Reasons } from '../flow/reasons.ts';
import { timeOf } from '../flow/record.ts';
import type { Decisions, Scores } from '../flow/scores.ts';
import type { Utf8Column } from '../flow/utf8-column.ts';
import type { GroupCodes } from './fairness-observer.ts';
import type { GroupSource } from './group-reader.ts';
import { IdHash } from './id-hash.ts';
import { NO_DECISION, type KeptNames } from './kept-names.ts';
import type { KeptScore } from './score-day.ts';
import { DAY_MS, type ScoreTable } from './score-table.ts';

export interface ScoreObserverOptions {
  readonly table: ScoreTable;
  readonly names: KeptNames;
  /** Where the id of an event is; undefined: it is the key of the record. */
  readonly id: GroupSource | undefined;
  /** Undefined without `fairness`. */
  readonly groups: GroupCodes | undefined;
  /** Numbers a partition of an input topic. */
  readonly partition: (topic: string, partition: number) => number;
  readonly now: () => number;
  /** Events that cannot be kept, once they are delivered. */
  readonly onLeftOut: (reason: LeftOut, count: number) => void;
}

/** Why no label can find an event. */
export type LeftOut = 'no_id' | 'too_old';

/** As many fields of groups fit. */
const MAX_FIELDS = 4;

/** Creates the observer that keeps scores for their labels, once the batch is delivered. */
export function createScoreObserver(
  options: ScoreObserverOptions,
): (
  events: Events,
  tensors: unknown,
  scores: Scores,
  decisions: Decisions,
  reasons?: Reasons,
) => Observation | undefined {
  const { table, names, groups, id, now } = options;
  const hash = new IdHash();
  return function observeScores(events, _tensors, scores, decisions, reasons) {
    const { batch, fates, columns } = events;
    const { rows, alive } = fates;
    const { index, decidedBy, segmentOf } = decisions;
    const versions = scores.models.map(({ version }) => names.versions.code(version));
    const decided = decisions.names.map((name) => names.decisions.code(name));
    const deciders = decisions.deciders.map((name) => names.whys.code(name));
    const why = firstReason(reasons, names);
    const segments = [0, ...decisions.segments.map((name) => names.segment(name))];
    const codes = groups?.(events) ?? [];
    const seen = new SeenScores(options, alive, options.partition(batch.topic, batch.partition));
    // one loop over plain arrays: this runs for every event of the stream
    const { low, high, time: times, score: kept, codes: keptCodes, groups: keptGroups } = seen;
    const { score, modelOf } = scores;
    const { records } = batch;
    const ownDecider = deciders[0] ?? 0;
    const clock = now();
    let size = 0;
    const { state } = fates;
    const only = id?.slots.length === 1 ? columns[id.slots[0]!]! : undefined;
    const texts = only?.as === 'utf8' ? only : undefined;
    let [from, mask] = [NaN, 0]; // when the day of the last event began, and its sample
    for (let row = 0; row < rows; row++) {
      if (state[row] !== 0) continue;
      const record = records[row]!;
      const found =
        texts !== undefined
          ? hashOfText(hash, texts, row)
          : id === undefined
            ? hash.ofKey(record)
            : hashOf(hash, id, columns, row);
      if (!found) {
        seen.withoutId++;
        continue;
      }
      const time = timeOf(record) ?? clock;
      if (!(time >= from && time < from + DAY_MS)) {
        from = Math.floor(time / DAY_MS) * DAY_MS;
        mask = table.sampleMask(time);
      }
      if ((hash.high & mask) !== 0) continue;
      const at = size++;
      low[at] = hash.low;
      high[at] = hash.high;
      times[at] = time;
      kept[at] = score[row]!;
      const decision = index === null ? NO_DECISION : decided[index[row]!]!;
      const version = versions[modelOf === null ? 0 : modelOf[row]!]!;
      const segment = segmentOf === null ? 0 : segments[segmentOf[row]!]!;
      const decider = decidedBy === null ? ownDecider : deciders[decidedBy[row]!]!;
      keptCodes[at] = (decision << 24) | (version << 16) | (segment << 8) | (why?.(row) ?? decider);
      for (let field = 0; field < codes.length; field++)
        keptGroups[MAX_FIELDS * at + field] = codes[field]![row]!;
    }
    seen.size = size;
    return seen;
  };
}

/** The number of the first reason of a row; undefined where it has none. */
function firstReason(
  reasons: Reasons | undefined,
  { whys }: KeptNames,
): ((row: number) => number | undefined) | undefined {
  if (reasons === undefined) return undefined;
  const { starts, name, names } = reasons;
  return (row) => {
    if (starts[row] === starts[row + 1]) return undefined;
    const { code, feature } = names[name[starts[row]!]!]!;
    return whys.code(code ?? feature);
  };
}

/** The id of an event; false: it has none. */
function hashOf(
  hash: IdHash,
  { slots }: GroupSource,
  columns: Events['columns'],
  row: number,
): boolean {
  for (const slot of slots) {
    const column = columns[slot]!;
    if (column.state[row] !== VALUE) continue;
    if (column.as === 'utf8') return hashOfText(hash, column, row);
    const value = column.values[row]!;
    const text = typeof value === 'string' ? value : String(value);
    if (text === '') return false;
    hash.ofText(text);
    return true;
  }
  return false;
}

function hashOfText(hash: IdHash, { state, places, blocks }: Utf8Column, row: number): boolean {
  const place = 4 * row;
  const [start, end] = [places[place + 1]!, places[place + 2]!];
  if (state[row] !== VALUE || start === end) return false;
  hash.ofUtf8(blocks[places[place]!]!, start, end);
  return true;
}

/** The scores of a batch, in the form in which they are kept. */
class SeenScores implements Observation {
  size = 0;
  withoutId = 0;
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  readonly time: Float64Array;
  readonly score: Float64Array;
  /** Decision, version, segment and why. */
  readonly codes: Uint32Array;
  readonly groups: Uint8Array;
  readonly #partition: number;
  readonly #options: ScoreObserverOptions;
  readonly #others: SeenScores[] = [];

  constructor(options: ScoreObserverOptions, rows: number, partition: number) {
    this.#options = options;
    this.#partition = partition;
    this.low = new Uint32Array(rows);
    this.high = new Uint32Array(rows);
    this.time = new Float64Array(rows);
    this.score = new Float64Array(rows);
    this.codes = new Uint32Array(rows);
    this.groups = new Uint8Array(MAX_FIELDS * rows);
  }

  merge(other: this): void {
    this.#others.push(other);
  }

  record(): void {
    const { table, names, now, onLeftOut } = this.#options;
    const clock = now();
    const groups = new Uint8Array(MAX_FIELDS);
    const kept: KeptScore = { ...EMPTY, groups, partition: this.#partition };
    let old = 0;
    if (this.size > 0) table.fetch(this.low, this.size, this.time[0]!);
    for (let at = 0; at < this.size; at++) {
      const codes = this.codes[at]!;
      const score = this.score[at]!;
      kept.low = this.low[at]!;
      kept.high = this.high[at]!;
      kept.score = score;
      kept.decision = codes >>> 24;
      kept.version = (codes >>> 16) & 0xff;
      kept.segment = (codes >>> 8) & 0xff;
      kept.why = codes & 0xff;
      for (let field = 0; field < MAX_FIELDS; field++)
        groups[field] = this.groups[MAX_FIELDS * at + field]!;
      if ((score < 0 || score > 1) && names.bounded[kept.version] !== false) {
        names.bounded[kept.version] = false;
        table.touch(); // its scores have other bins now
      }
      if (!table.add(kept, this.time[at]!, clock)) old++;
    }
    if (this.withoutId > 0) onLeftOut('no_id', this.withoutId);
    if (old > 0) onLeftOut('too_old', old);
    for (const other of this.#others) other.record();
  }
}

const EMPTY = {
  low: 0,
  high: 0,
  score: 0,
  decision: 0,
  version: 0,
  segment: 0,
  why: 0,
  msOfDay: 0,
};
