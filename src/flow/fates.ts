import type { DeadCode } from './dead-code.ts';

const ALIVE = 0;
export const DEAD = 1;
/** A null value. */
export const SKIPPED = 2;
/** Of a type that is not to be scored (`input.types`). */
export const OTHER_TYPE = 3;
/** Without what is scored (`input.skipWhenNull`). */
export const NULL_FIELD = 4;
/** Done before, and counted then. */
const DONE = 5;

/** Why a record needs no score; a value of the label `reason`. */
export const SKIP_REASONS = [
  [SKIPPED, 'tombstone'],
  [OTHER_TYPE, 'type'],
  [NULL_FIELD, 'null'],
] as const;
export type Skip = (typeof SKIP_REASONS)[number][0];

export type Stage = 'decode' | 'map' | 'infer' | 'decide' | 'explain' | 'encode' | 'produce';

/** Why one record cannot be scored, whatever is tried again. `message` never holds field values. */
export interface Reject {
  readonly row: number;
  readonly stage: Stage;
  readonly code: DeadCode;
  readonly message: string;
}

/**
 * What became of each record of a batch: still alive, dead with a code, or skipped.
 * A row that is not alive keeps its place in every column and matrix; its numbers mean nothing.
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

  /** How many were skipped for one reason. */
  skippedFor(why: Skip): number {
    let count = 0;
    for (const state of this.state) if (state === why) count++;
    return count;
  }

  isAlive(row: number): boolean {
    return this.state[row] === ALIVE;
  }

  /** The first reason counts; a row dies once. */
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

  /** The same fates so far, for one of several ways on. */
  copy(): Fates {
    return this.since(0);
  }

  /** The same fates, everything before a row skipped. */
  since(row: number): Fates {
    const rest = new Fates(this.rows);
    rest.state.set(this.state);
    rest.state.fill(DONE, 0, row);
    rest.rejects.push(...this.rejects.filter((reject) => reject.row >= row));
    rest.#skipped = rest.state.reduce((sum, state) => (state >= SKIPPED ? sum + 1 : sum), 0);
    return rest;
  }
}
