import type { DeadCode } from './dead-code.ts';

const ALIVE = 0;
export const DEAD = 1;
/** A null value. */
export const SKIPPED = 2;
/** Its type is not scored (`input.types`). */
export const OTHER_TYPE = 3;
/** The field to score is null (`input.skipWhenNull`). */
export const NULL_FIELD = 4;
/** Already done, and counted at that time. */
const DONE = 5;

/** Why a record needs no score: a value of the label `reason`. */
export const SKIP_REASONS = [
  [SKIPPED, 'tombstone'],
  [OTHER_TYPE, 'type'],
  [NULL_FIELD, 'null'],
] as const;
export type Skip = (typeof SKIP_REASONS)[number][0];

export type Stage = 'decode' | 'map' | 'infer' | 'decide' | 'explain' | 'encode' | 'produce';

/** Why one record can never be scored. `message` never has field values. */
export interface Reject {
  readonly row: number;
  readonly stage: Stage;
  readonly code: DeadCode;
  readonly message: string;
}

/**
 * The fate of each record of a batch: alive, dead with a code, or skipped. A row that is not alive
 * keeps its place in every column and matrix; its numbers have no meaning.
 */
export class Fates {
  readonly state: Uint8Array;
  readonly rejects: Reject[] = [];
  #skipped = 0;

  constructor(rows: number) {
    this.state = new Uint8Array(rows);
  }

  get rows(): number {
    return this.state.length;
  }

  get alive(): number {
    return this.state.length - this.rejects.length - this.#skipped;
  }

  get skipped(): number {
    return this.#skipped;
  }

  /** The number of rows that were skipped for one reason. */
  skippedFor(why: Skip): number {
    let count = 0;
    for (const state of this.state) if (state === why) count++;
    return count;
  }

  isAlive(row: number): boolean {
    return this.state[row] === ALIVE;
  }

  /** Writes 1 for each row that is alive, else 0. */
  markAlive(into: Uint8Array): void {
    const { state } = this;
    for (let row = 0; row < state.length; row++) into[row] = +(state[row] === ALIVE);
  }

  /** The first reason counts. A row dies only once. */
  kill(row: number, stage: Stage, code: DeadCode, message: string): void {
    if (this.state[row] !== ALIVE) return;
    this.state[row] = DEAD;
    this.rejects.push({ row, stage, code, message });
  }

  skip(row: number, why: Skip = SKIPPED): void {
    if (this.state[row] !== ALIVE) return;
    this.state[row] = why;
    this.#skipped++;
  }

  /** A copy in which these rows are alive: another version has a score for them. */
  revived(rows: Int32Array): Fates {
    const copy = this.copy();
    let skipped = 0;
    for (const row of rows) {
      if (copy.state[row]! >= SKIPPED) skipped++;
      copy.state[row] = ALIVE;
    }
    const dead = copy.rejects.filter(({ row }) => copy.state[row] === DEAD);
    copy.rejects.splice(0, Infinity, ...dead);
    copy.#skipped -= skipped;
    return copy;
  }

  /** A copy of the fates so far, for one of several versions. */
  copy(): Fates {
    const copy = new Fates(this.rows);
    copy.state.set(this.state);
    copy.rejects.push(...this.rejects);
    copy.#skipped = this.#skipped;
    return copy;
  }

  /** The same fates, with every row before this one skipped. */
  since(row: number): Fates {
    const rest = new Fates(this.rows);
    rest.state.set(this.state);
    rest.state.fill(DONE, 0, row);
    rest.rejects.push(...this.rejects.filter((reject) => reject.row >= row));
    rest.#skipped = rest.state.reduce((sum, state) => (state >= SKIPPED ? sum + 1 : sum), 0);
    return rest;
  }
}
