import { VALUE, type Events } from '../flow/events.ts';
import type { Observation } from '../flow/observation.ts';
import type { Reasons } from '../flow/reasons.ts';
import { timeOf } from '../flow/record.ts';
import type { Decisions, Scores } from '../flow/scores.ts';
import type { GroupCodes } from './fairness-observer.ts';
import type { GroupSource } from './group-reader.ts';
import { IdHash } from './id-hash.ts';
import { NO_DECISION, type KeptNames } from './kept-names.ts';
import {
  CODES,
  codesWord,
  GROUPS,
  groupBits,
  PARTITIONS,
  REST,
  restWord,
  SCORE,
  WORDS,
} from './score-day.ts';
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
  let packed = new PackedScores(0);
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
    const partition = options.partition(batch.topic, batch.partition) % PARTITIONS;
    if (packed.words.length < WORDS * alive) packed = new PackedScores(alive);
    const seen = new SeenScores(options);
    // one loop over plain arrays: this runs for every event of the stream
    const { words, floats } = packed;
    const { score, modelOf } = scores;
    const { records } = batch;
    const ownDecider = deciders[0] ?? 0;
    const clock = now();
    const { state } = fates;
    const only = id?.slots.length === 1 ? columns[id.slots[0]!]! : undefined;
    const texts = only?.as === 'utf8' ? only : undefined;
    let at = 0;
    let [from, newest, mask] = [NaN, -Infinity, 0]; // of the day of the last event, and its sample
    for (let row = 0; row < rows; row++) {
      if (state[row] !== 0) continue;
      const record = records[row]!;
      const time = timeOf(record) ?? clock;
      if (!(time >= from && time < from + DAY_MS)) {
        seen.endRun(at, newest);
        from = Math.floor(time / DAY_MS) * DAY_MS;
        newest = -Infinity;
        mask = table.sampleMask(time);
      }
      const found =
        texts !== undefined
          ? hash.ofColumn(texts, row, mask)
          : id === undefined
            ? hash.ofKey(record, mask)
            : hashOf(hash, id, columns, row);
      if (!found) {
        seen.withoutId++;
        continue;
      }
      if (time > newest) newest = time;
      if ((hash.high & mask) !== 0) continue;
      const own = score[row]!;
      const decision = index === null ? NO_DECISION : decided[index[row]!]!;
      const version = versions[modelOf === null ? 0 : modelOf[row]!]!;
      const segment = segmentOf === null ? 0 : segments[segmentOf[row]!]!;
      const decider = decidedBy === null ? ownDecider : deciders[decidedBy[row]!]!;
      if (own < 0 || own > 1) seen.unbounded.add(version);
      let grouped = 0;
      for (let field = 0; field < codes.length; field++)
        grouped |= groupBits(codes[field]![row]!, field);
      words[at] = hash.low;
      words[at + 1] = hash.high;
      floats[at + SCORE] = own;
      words[at + CODES] = codesWord(decision, version, segment);
      words[at + GROUPS] = grouped;
      words[at + REST] = restWord(time - from, why?.(row) ?? decider, partition);
      at += WORDS;
    }
    seen.endRun(at, newest);
    seen.words = words.slice(0, at);
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
    if (column.as === 'utf8') return hash.ofColumn(column, row);
    const value = column.values[row]!;
    const text = typeof value === 'string' ? value : String(value);
    if (text === '') return false;
    hash.ofText(text);
    return true;
  }
  return false;
}

/** Where the events of a batch are packed. */
class PackedScores {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly floats: Float32Array;

  constructor(rows: number) {
    this.words = new Uint32Array(WORDS * rows);
    this.floats = new Float32Array(this.words.buffer);
  }
}

/** Packed events of one day. */
interface Run {
  /** The place after their last word. */
  readonly end: number;
  /** Of the newest one. */
  readonly time: number;
}

const NO_WORDS = new Uint32Array();

/** The scores of a batch, in the form in which they are kept. */
class SeenScores implements Observation {
  withoutId = 0;
  words = NO_WORDS;
  /** Versions with scores outside of 0 to 1. */
  readonly unbounded = new Set<number>();
  readonly #runs: Run[] = [];
  readonly #options: ScoreObserverOptions;
  readonly #others: SeenScores[] = [];

  constructor(options: ScoreObserverOptions) {
    this.#options = options;
  }

  /** The next event is of another day. */
  endRun(end: number, time: number): void {
    if (end > (this.#runs.at(-1)?.end ?? 0)) this.#runs.push({ end, time });
  }

  merge(other: this): void {
    this.#others.push(other);
  }

  record(): void {
    const { table, names, now, onLeftOut } = this.#options;
    const clock = now();
    for (const version of this.unbounded) {
      if (names.bounded[version] === false) continue;
      names.bounded[version] = false;
      table.touch(); // its scores have other bins now
    }
    let [from, old] = [0, 0];
    for (const { end, time } of this.#runs) {
      if (!table.addAll(this.words, from, end, time, clock)) old += (end - from) / WORDS;
      from = end;
    }
    if (this.withoutId > 0) onLeftOut('no_id', this.withoutId);
    if (old > 0) onLeftOut('too_old', old);
    for (const other of this.#others) other.record();
  }
}
