import type { ReadError } from './read-error.ts';
import type { TextCache } from './text-cache.ts';

/**
 * A plan walks over the bytes of one value once, in the order of the writer. It skips unneeded
 * fields, reads needed fields into columns, and marks where carried fields begin and end. One is
 * compiled per writer's schema (`compile.ts`).
 */
export interface DecodePlan {
  readonly steps: Step[];
  /**
   * Fewest bytes of this part. It limits the count of an array or map before anything loops over
   * it.
   */
  minBytes: number;
  /** See `opsOf`. */
  ops: readonly PlanOp[] | undefined;
  /** Rows that were read without a generated walk. */
  rows: number;
  /** See `generatedWalk`. Undefined: not yet; null: this plan cannot have one. */
  generated: GeneratedWalk | null | undefined;
  /** See `quickWalk`. Null: this plan cannot have one, or its values are of another kind. */
  quick: GeneratedWalk | null;
  /** Rows that it has read, and that it has left to the reader. */
  quickRows: number;
  leftRows: number;
}

/**
 * The steps of a plan as its reader sees them. Steps have many shapes, and to look into one of many
 * shapes costs more than to read a value. Those that most records have are operations of one shape
 * with a number; the others are `OTHER`.
 */
export interface PlanOp {
  /** See `plan-ops.ts`. */
  readonly code: number;
  readonly slot: number;
  /** Of BOTH: the column of longs. */
  readonly exactly: number;
  /** Bytes to skip, or the state that is marked. */
  readonly count: number;
  readonly branches: readonly DecodePlan[];
  readonly plan: DecodePlan | undefined;
  readonly step: Step;
}

/** The records of a batch as a walk over several of them sees them. */
export interface WalkedRows {
  readonly records: readonly object[];
  /** Of each row: the schema that its value was written with. */
  readonly schemas: Int32Array;
  /** Of each row: how many bytes of its value come before the data. */
  readonly starts: Int32Array;
}

/**
 * Reads rows from `row` on, up to `last`, as long as they have the same schema and lie in the block
 * that `reader` has open. Returns the row after them. A value that cannot be read is thrown as in
 * `PlanReader.walk`; `reader.reading` is its row.
 */
export type GeneratedWalk = (reader: object, rows: WalkedRows, row: number, last: number) => number;

export type Step =
  | { readonly do: 'fixed'; bytes: number }
  | { readonly do: 'varint' }
  /**
   * An int and a string that are carried. They are checked, because invalid values are not passed
   * on.
   */
  | { readonly do: 'int' | 'text' }
  | { readonly do: 'length' }
  | {
      readonly do: 'read-double' | 'read-float' | 'read-long' | 'read-boolean';
      readonly slot: number;
    }
  | { readonly do: 'read-text'; readonly slot: number; readonly texts: TextCache }
  | { readonly do: 'read-utf8'; readonly slot: number }
  /** The reader's symbol for each of the writer's symbols as `read-utf8` reads it. */
  | {
      readonly do: 'read-utf8-symbol';
      readonly slot: number;
      readonly symbols: readonly (Buffer | null)[];
    }
  /** A long or an int, as a float holds it. */
  | { readonly do: 'read-rounded'; readonly slot: number }
  /** The reader's symbol for each of the writer's symbols; null if it has none. */
  | {
      readonly do: 'read-symbol';
      readonly slot: number;
      readonly symbols: readonly (string | null)[];
    }
  | { readonly do: 'read-scaled'; readonly slot: number; readonly factor: number }
  | { readonly do: 'read-int64'; readonly slot: number; readonly factor: number }
  /** `size` null: a length comes before the bytes. */
  | {
      readonly do: 'read-decimal';
      readonly slot: number;
      readonly size: number | null;
      readonly scale: number;
    }
  | { readonly do: 'read-latin1'; readonly slot: number; readonly size: number | null }
  | { readonly do: 'read-characters' | 'read-size'; readonly slot: number }
  | {
      readonly do: 'read-count';
      readonly slot: number;
      readonly item: DecodePlan;
      readonly keys: 0 | 1;
    }
  | {
      readonly do: 'read-vector';
      readonly slot: number;
      readonly size: number;
      readonly item: DecodePlan;
      readonly rest: DecodePlan;
    }
  /**
   * An array whose elements fill `width` cells each, with a plan of their own. `size` of them are
   * read.
   */
  | {
      readonly do: 'read-rows';
      readonly slot: number;
      readonly size: number;
      readonly width: number;
      readonly item: DecodePlan;
      readonly rest: DecodePlan;
    }
  /** Fills cell `offset` of the `width` cells of a record. */
  | {
      readonly do: 'cell';
      readonly offset: number;
      readonly width: number;
      readonly plan: DecodePlan;
    }
  /** Plans for some elements, in the order of their index. `item` walks over the others. */
  | {
      readonly do: 'elements';
      readonly item: DecodePlan;
      readonly wanted: readonly WantedElement[];
    }
  /** Plans for some entries. `item` walks over the values of the others. */
  | {
      readonly do: 'entries';
      readonly item: DecodePlan;
      readonly wanted: readonly WantedEntry[];
      readonly byKey: ReadonlyMap<string, DecodePlan> | null;
    }
  /** Runs the plan and goes back to the start, so one value can be read in several ways. */
  | { readonly do: 'again'; readonly plan: DecodePlan }
  | { readonly do: 'mark'; readonly slot: number; readonly state: number }
  /** Marks the first of the `width` cells of an element. */
  | {
      readonly do: 'mark-element';
      readonly slot: number;
      readonly width: number;
      readonly state: number;
    }
  | { readonly do: 'enum'; readonly symbols: number }
  | { readonly do: 'union'; readonly branches: readonly DecodePlan[] }
  | { readonly do: 'array' | 'map'; readonly item: DecodePlan }
  /** An array or map in which every entry is examined. */
  | { readonly do: 'walk'; readonly item: DecodePlan; readonly keys: 0 | 1 }
  | { readonly do: 'fail'; readonly error: ReadError }
  | { readonly do: 'call'; readonly plan: DecodePlan }
  | { readonly do: 'default'; readonly bytes: Buffer; readonly plan: DecodePlan }
  | { readonly do: 'carry-start'; readonly slot: number }
  | {
      readonly do: 'carry-end';
      readonly slot: number;
      readonly rewrite: ((bytes: Buffer) => Buffer) | null;
    }
  | { readonly do: 'carry-bytes'; readonly slot: number; readonly bytes: Buffer };

export interface WantedElement {
  readonly index: number;
  readonly plan: DecodePlan;
}

export interface WantedEntry {
  readonly key: Buffer;
  readonly plan: DecodePlan;
}

/** Fewest bytes of the types whose size varies least. */
export const MIN_BYTES = { double: 8, float: 4, boolean: 1, int: 1, long: 1 } as const;

/**
 * Fewest bytes of a union: its index and the shortest branch. The list is not spread into
 * arguments, because it may be too long for that.
 */
export function leastOf(branches: readonly DecodePlan[]): number {
  return 1 + branches.reduce((least, { minBytes }) => Math.min(least, minBytes), Infinity);
}

const FEW = 8;

/**
 * If many keys of a map are needed, they are looked up instead of compared one by one. One
 * character per byte.
 */
export function keyIndex(wanted: readonly WantedEntry[]): ReadonlyMap<string, DecodePlan> | null {
  return wanted.length <= FEW
    ? null
    : new Map(wanted.map(({ key, plan }) => [key.toString('latin1'), plan]));
}

export function emptyPlan(): DecodePlan {
  return {
    steps: [],
    minBytes: 0,
    ops: undefined,
    rows: 0,
    generated: undefined,
    quick: null,
    quickRows: 0,
    leftRows: 0,
  };
}

/** Adds a step. Neighbouring steps over fixed sizes become one. */
export function append(plan: DecodePlan, step: Step, minBytes: number): void {
  const last = plan.steps.at(-1);
  if (step.do === 'fixed' && last?.do === 'fixed') {
    plan.steps[plan.steps.length - 1] = { do: 'fixed', bytes: last.bytes + step.bytes };
  } else {
    plan.steps.push(step);
  }
  plan.minBytes += minBytes;
}
