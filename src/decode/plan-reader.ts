import type { CarriedField, Column } from '../flow/events.ts';
import { RecordView, valueLength } from '../flow/record-view.ts';
import type { InputRecord } from '../flow/record.ts';
import {
  AGAIN,
  BOTH,
  CALL,
  DOUBLE,
  FIXED,
  INT64,
  LENGTH,
  LONG,
  MARK,
  opsOf,
  TEXT,
  UNION,
  UTF8,
  VARINT,
} from './plan-ops.ts';
import type { DecodePlan, GeneratedWalk, PlanOp, WalkedRows } from './decode-plan.ts';
import { generatedWalk } from './generated-walk.ts';
import { quickWalk } from './quick-walk.ts';
import { BRANCH, fail, isWalkError, MAX_EMPTY, TRAILING, type ReadError } from './read-error.ts';
import { StepReader } from './step-reader.ts';

/** So many rows are read with a plan before a walk is generated for it. */
const GENERATE_AFTER = 1000;

/** A plan does without a quick walk that leaves more rows than an eighth of those that it reads. */
const MANY_LEFT = 1000;

/**
 * Runs plans over values. Each run fills one row of the columns. Every read is checked against the
 * end of the value, and every count against the remaining bytes, so no input can make it loop,
 * allocate or throw more than its size.
 */
export class PlanReader extends StepReader {
  readonly #generateAfter: number;
  readonly #quick: boolean;
  /** Of a generated walk: the row that it reads, and the place of its block. */
  protected reading = 0;
  protected openBlock = 0;

  constructor(
    columns: readonly Column[],
    carried: readonly CarriedField[],
    generateAfter = GENERATE_AFTER,
    quick = true,
  ) {
    super(columns, carried);
    this.#generateAfter = generateAfter;
    this.#quick = quick;
  }

  /** Walks over bytes[start, end) and fills `row`. Returns the problem, or undefined. */
  walk(
    plan: DecodePlan,
    bytes: Buffer,
    start: number,
    end: number,
    row: number,
  ): ReadError | undefined {
    this.row = row;
    this.depth = 0;
    this.empty = MAX_EMPTY;
    this.open(bytes, start, end);
    try {
      this.run(plan);
      return this.at === this.end ? undefined : TRAILING;
    } catch (thrown) {
      if (isWalkError(thrown)) return thrown;
      throw thrown;
    }
  }

  /** The same for the value of a row. */
  walkRow(plan: DecodePlan, rows: WalkedRows, row: number): ReadError | undefined {
    const record = rows.records[row] as InputRecord;
    const start = rows.starts[row]!;
    return record instanceof RecordView
      ? this.walk(plan, record.block, record.valueStart + start, record.valueEnd, row)
      : this.walk(plan, record.value!, start, valueLength(record), row);
  }

  /**
   * The same for rows of one schema from `row` on, as many as can be read at once, but none from
   * `last` on. Calls `onError` if the last one of them cannot be read. Returns the row after them.
   */
  walkRows(
    plan: DecodePlan,
    rows: WalkedRows,
    row: number,
    last: number,
    onError: (row: number, error: ReadError) => void,
  ): number {
    const record = rows.records[row]!;
    const walk = plan.generated === undefined ? this.#generated(plan) : plan.generated;
    if (walk === null || !(record instanceof RecordView)) {
      const error = this.walkRow(plan, rows, row);
      if (error !== undefined) onError(row, error);
      return row + 1;
    }
    this.depth = 0;
    this.open(record.block, 0, 0);
    this.openBlock = this.blockOf(record.block);
    if (plan.quick !== null && this.cells !== undefined) {
      const next = plan.quick(this, rows, row, last);
      plan.quickRows += next - row;
      if (next > row) return next;
      if (++plan.leftRows > plan.quickRows / 8 + MANY_LEFT) plan.quick = null;
      last = row + 1;
    }
    try {
      return walk(this, rows, row, last);
    } catch (thrown) {
      if (!isWalkError(thrown)) throw thrown;
      onError(this.reading, thrown);
      return this.reading + 1;
    }
  }

  #generated(plan: DecodePlan): GeneratedWalk | null {
    if (plan.rows++ < this.#generateAfter) return null;
    plan.generated = generatedWalk(plan);
    if (plan.generated !== null && this.#quick) plan.quick = quickWalk(plan);
    return plan.generated;
  }

  /** The end of the value that begins at `start`, with a plan that only skips; or the problem. */
  endOf(plan: DecodePlan, bytes: Buffer, start: number): number | ReadError {
    const error = this.walk(plan, bytes, start, bytes.length, 0);
    return error === undefined || error === TRAILING ? this.at : error;
  }

  protected override run(plan: DecodePlan): void {
    const ops = plan.ops ?? opsOf(plan);
    for (let i = 0; i < ops.length; i++) this.operate(ops[i]!);
  }

  /** Does one operation at the cursor. */
  operate(op: PlanOp): void {
    switch (op.code) {
      case FIXED:
        this.take(op.count);
        return;
      case LENGTH:
        this.take(this.length());
        return;
      case VARINT:
        this.skipVarint();
        return;
      case TEXT:
        this.takeText(this.length());
        return;
      case DOUBLE:
        this.fillNumber(op.slot, this.view.getFloat64(this.base + this.take(8), true));
        return;
      case LONG:
        this.fillNumber(op.slot, this.long());
        return;
      case UTF8: {
        const start = this.take(this.length());
        this.fillUtf8(op.slot, start, this.at);
        return;
      }
      case BOTH:
        this.fillNumber(op.slot, this.fillLong(op.exactly));
        return;
      case INT64:
        this.fillLong(op.slot);
        return;
      case MARK:
        this.markRow(op.slot, op.count);
        return;
      case UNION: {
        const branch = op.branches[this.long()];
        if (branch === undefined) fail(BRANCH);
        this.call(branch);
        return;
      }
      case AGAIN: {
        const start = this.at;
        this.run(op.plan!);
        this.at = start;
        return;
      }
      case CALL:
        this.call(op.plan!);
        return;
      default:
        this.step(op.step);
    }
  }
}
