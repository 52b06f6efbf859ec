import type { Batch } from '../flow/batch.ts';
import type { CarriedField, Events } from '../flow/events.ts';
import type { Projection } from '../flow/projection.ts';
import { Fates, OTHER_TYPE } from '../flow/fates.ts';
import { RecordView, valueLength } from '../flow/record-view.ts';
import { framingError, schemaKeyFromHeaders } from './framing.ts';
import type { WalkedRows } from './decode-plan.ts';
import type { ReadError } from './read-error.ts';
import type { SchemaKey } from './registry.ts';
import { isOfTypes, isPlan, isShared, type OfTypes, type Schemas } from './schemas.ts';
import { Refusals, type SharedPlan } from './shared-plan.ts';
import { branchAt } from './type-filter.ts';
import { emptyColumns } from './empty-columns.ts';
import { PlanReader } from './plan-reader.ts';
import { WIRE_PREFIX_BYTES } from '../flow/wire-prefix.ts';

export type Decode = (batch: Batch) => Promise<Events>;

export interface DecoderOptions {
  readonly projection: Projection;
  /** Programs by topic. */
  readonly schemas: ReadonlyMap<string, Schemas>;
  /** After how many rows of a schema its walk is generated (see `generatedWalk`). */
  readonly generateAfter?: number | undefined;
  /** Whether a walk without calls is tried first (see `quickWalk`). */
  readonly quick?: boolean | undefined;
}

/** No schema id: the row is already dead or skipped. */
const NONE = -1;

/**
 * Creates the stage that turns the values of a batch into columns. Bad values kill their rows;
 * tombstones skip theirs. The promise is rejected only if a schema is not available for now
 * (REGISTRY_UNAVAILABLE, SCHEMA_ID_PENDING), and then nothing has changed.
 */
export function createDecoder({
  projection,
  schemas,
  generateAfter,
  quick,
}: DecoderOptions): Decode {
  return async function decode(batch) {
    const known = schemas.get(batch.topic);
    if (known === undefined) throw new TypeError(`topic ${batch.topic} is not an input`);
    const rows = batch.records.length;
    const fates = new Fates(rows);
    const starts = new Int32Array(rows);
    const keys = new Keys();
    const slots = frame(batch, fates, starts, keys);
    const writerPlans =
      keys.keys.length === 0 ? [] : await known.resolve(keys.keys, keys.counts, batch.partition);

    const columns = emptyColumns(projection.fields, rows);
    const carried = projection.carry.map(() => emptyCarried(rows));
    const planReader = new PlanReader(columns, carried, generateAfter, quick);
    const refusals = projection.views && new Refusals(projection.views.length);
    const walked = { records: batch.records, schemas: slots, starts };
    const kill = (row: number, { code, message }: ReadError): void => {
      fates.kill(row, 'decode', code, message);
    };
    let row = 0;
    while (row < rows) {
      const slot = slots[row]!;
      let writerPlan = slot === NONE ? undefined : writerPlans[slot]!;
      let last = rows;
      if (writerPlan !== undefined && isOfTypes(writerPlan)) {
        last = row + 1; // the next value may have another type
        if (isOther(writerPlan, batch, row, starts[row]!)) {
          fates.skip(row, OTHER_TYPE);
          writerPlan = undefined;
        } else {
          writerPlan = (writerPlan as Exclude<OfTypes, { others: undefined }>).writerPlan;
        }
      }
      if (writerPlan === undefined) {
        row++;
      } else if (isPlan(writerPlan)) {
        row = planReader.walkRows(writerPlan, walked, row, last, kill);
      } else if (isShared(writerPlan)) {
        row = walkShared(planReader, writerPlan, walked, row, last, refusals!);
      } else {
        fates.kill(row++, writerPlan.stage, writerPlan.code, writerPlan.message);
      }
    }
    const events = { batch, fates, columns, carried };
    return refusals === undefined ? events : { ...events, refusals: refusals.rejects };
  };
}

/** Rows that several versions share, from `row` on. Returns the row after them. */
function walkShared(
  reader: PlanReader,
  plan: SharedPlan,
  walked: WalkedRows,
  row: number,
  last: number,
  refusals: Refusals,
): number {
  const { together } = plan;
  let failed = 'steps' in together ? -1 : row;
  const next =
    'steps' in together
      ? reader.walkRows(together, walked, row, last, (bad) => {
          failed = bad;
        })
      : row + 1;
  if (failed < 0 && plan.refused.length === 0) return next;
  for (let one = row; one < next; one++)
    if (one === failed) refusals.alone(one, plan, (own) => reader.walkRow(own, walked, one));
    else refusals.together(one, plan);
  return next;
}

/** Whether the value of a row has a type that is not scored. */
function isOther({ others }: OfTypes, batch: Batch, row: number, start: number): boolean {
  if (others === undefined) return true;
  const record = batch.records[row]!;
  const branch =
    record instanceof RecordView
      ? branchAt(record.block, record.valueStart + start, record.valueEnd)
      : branchAt(record.value!, start, record.value!.length);
  return others[branch] === true;
}

/** The schema keys of the records of a batch, each once, with the number of its records. */
class Keys {
  readonly keys: SchemaKey[] = [];
  readonly counts: number[] = [];
  readonly #slots = new Map<SchemaKey, number>();
  #last: SchemaKey | undefined;
  #slot = NONE;

  slotOf(key: SchemaKey): number {
    if (key !== this.#last) {
      this.#last = key;
      this.#slot = this.#slots.get(key) ?? this.keys.push(key) - 1;
      this.#slots.set(key, this.#slot);
    }
    this.counts[this.#slot] = (this.counts[this.#slot] ?? 0) + 1;
    return this.#slot;
  }
}

/** The slot of the schema of every row. Rows without one become dead or skipped later. */
function frame(batch: Batch, fates: Fates, starts: Int32Array, keys: Keys): Int32Array {
  const slots = new Int32Array(fates.rows).fill(NONE);
  for (let row = 0; row < slots.length; row++) {
    const record = batch.records[row]!;
    const length = valueLength(record);
    if (length < 0) {
      const { unread } = record;
      if (unread === undefined) fates.skip(row);
      else fates.kill(row, 'decode', unread.code, unread.message);
      continue;
    }
    const fromHeader = schemaKeyFromHeaders(record);
    if (fromHeader !== undefined) {
      slots[row] = keys.slotOf(fromHeader);
      continue;
    }
    const placed = record instanceof RecordView;
    const bytes = placed ? record.block : record.value!;
    const start = placed ? record.valueStart : 0;
    if (length >= WIRE_PREFIX_BYTES && bytes[start] === 0) {
      slots[row] = keys.slotOf(bytes.readUInt32BE(start + 1));
      starts[row] = WIRE_PREFIX_BYTES;
    } else {
      const error = framingError(record.value!)!;
      fates.kill(row, 'decode', error.code, error.message);
    }
  }
  return slots;
}

function emptyCarried(rows: number): CarriedField {
  return {
    start: new Int32Array(rows),
    end: new Int32Array(rows),
    other: new Array<Buffer | undefined>(rows),
  };
}
