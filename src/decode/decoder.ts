import type { Batch } from '../flow/batch.ts';
import { ABSENT, type CarriedField, type Column, type Events, type FieldNeed, type Needs } from '../flow/events.ts';
import { Fates, OTHER_TYPE } from '../flow/fates.ts';
import { PlacedRecord, valueLength } from '../flow/placed-record.ts';
import { framingError, hasSchemaGuid, schemaIdFromHeaders, WIRE_PREFIX_BYTES } from './framing.ts';
import { isOfTypes, isProgram, type OfTypes, type Schemas } from './schemas.ts';
import { branchAt } from './type-filter.ts';
import { Walker } from './walker.ts';

export type Decode = (batch: Batch) => Promise<Events>;

export interface DecoderOptions {
  readonly needs: Needs;
  /** Programs by topic. */
  readonly schemas: ReadonlyMap<string, Schemas>;
}

const GUID_MESSAGE =
  'the header __value_schema_id names the schema by a GUID, which is not supported: have the serializer write ids';

/** No schema id: the row is already dead or skipped. */
const NONE = -1;

/**
 * Makes the stage that turns the values of a batch into columns. Bad values kill their rows, tombstones skip theirs;
 * the promise is rejected only where a schema cannot be had for now (REGISTRY_UNAVAILABLE), and then nothing was done.
 */
export function createDecoder({ needs, schemas }: DecoderOptions): Decode {
  return async function decode(batch) {
    const known = schemas.get(batch.topic);
    if (known === undefined) throw new TypeError(`topic ${batch.topic} is not an input`);
    const rows = batch.records.length;
    const fates = new Fates(rows);
    const starts = new Int32Array(rows);
    const ids = frame(batch, fates, starts);
    await loadNew(ids, known);

    const columns = needs.fields.map((field) => emptyColumn(field, rows));
    const carried = needs.carry.map(() => emptyCarried(rows));
    const walker = new Walker(columns, carried);
    for (let row = 0; row < rows; row++) {
      const id = ids[row]!;
      if (id === NONE) continue;
      let verdict = known.get(id);
      if (verdict !== undefined && isOfTypes(verdict)) {
        if (isOther(verdict, batch, row, starts[row]!)) {
          fates.skip(row, OTHER_TYPE);
          continue;
        }
        verdict = (verdict as Exclude<OfTypes, { others: undefined }>).verdict;
      }
      if (verdict === undefined) {
        fates.kill(row, 'decode', 'SCHEMA_ID_UNKNOWN', `schema ${id} is not known`);
      } else if (isProgram(verdict)) {
        const record = batch.records[row]!;
        const error =
          record instanceof PlacedRecord
            ? walker.walk(verdict, record.block, record.valueStart + starts[row]!, record.valueEnd, row)
            : walker.walk(verdict, record.value!, starts[row]!, valueLength(record), row);
        if (error !== undefined) fates.kill(row, 'decode', error.code, error.message);
      } else {
        fates.kill(row, verdict.stage, verdict.code, verdict.message);
      }
    }
    return { batch, fates, columns, carried };
  };
}

/** Whether a row's value is of a type that is not to be scored. */
function isOther({ others }: OfTypes, batch: Batch, row: number, start: number): boolean {
  if (others === undefined) return true;
  const record = batch.records[row]!;
  const branch =
    record instanceof PlacedRecord
      ? branchAt(record.block, record.valueStart + start, record.valueEnd)
      : branchAt(record.value!, start, record.value!.length);
  return others[branch] === true;
}

/** The schema id of every row; rows without one are dead or skipped afterwards. Ids have 32 bits, so doubles hold them. */
function frame(batch: Batch, fates: Fates, starts: Int32Array): Float64Array {
  const ids = new Float64Array(fates.rows).fill(NONE);
  for (let row = 0; row < ids.length; row++) {
    const record = batch.records[row]!;
    const length = valueLength(record);
    if (length < 0) {
      const { unread } = record;
      if (unread === undefined) fates.skip(row);
      else fates.kill(row, 'decode', unread.code, unread.message);
      continue;
    }
    const fromHeader = schemaIdFromHeaders(record);
    if (fromHeader !== undefined) {
      ids[row] = fromHeader;
      continue;
    }
    if (hasSchemaGuid(record)) {
      fates.kill(row, 'decode', 'SCHEMA_ID_UNKNOWN', GUID_MESSAGE);
      continue;
    }
    const placed = record instanceof PlacedRecord;
    const bytes = placed ? record.block : record.value!;
    const start = placed ? record.valueStart : 0;
    if (length >= WIRE_PREFIX_BYTES && bytes[start] === 0) {
      ids[row] = bytes.readUInt32BE(start + 1);
      starts[row] = WIRE_PREFIX_BYTES;
    } else {
      const error = framingError(record.value!)!;
      fates.kill(row, 'decode', error.code, error.message);
    }
  }
  return ids;
}

async function loadNew(ids: Float64Array, known: Schemas): Promise<void> {
  let last = NONE;
  const missing = new Set<number>();
  for (const id of ids) {
    if (id === last || id === NONE) continue;
    last = id;
    if (known.get(id) === undefined) missing.add(id);
  }
  if (missing.size > 0) await Promise.all([...missing].map((id) => known.load(id)));
}

function emptyColumn({ as, size: width = 1 }: FieldNeed, rows: number): Column {
  const state = new Uint8Array(rows * width).fill(ABSENT);
  if (as === 'text') return { as, width: 1, state, values: new Array<string>(rows).fill('') };
  if (as === 'long') return { as, width: 1, state, values: new BigInt64Array(rows) };
  return { as: 'number', width, state, values: new Float64Array(rows * width) };
}

function emptyCarried(rows: number): CarriedField {
  return { start: new Int32Array(rows), end: new Int32Array(rows), other: new Array<Buffer | undefined>(rows) };
}
