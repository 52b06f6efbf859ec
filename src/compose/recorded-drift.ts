import { z } from 'zod';
import type { Range, RangeReader } from '../consume/range-reader.ts';
import { WIRE_PREFIX_BYTES } from '../flow/wire-prefix.ts';
import { jsonText } from '../decode/json-text.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError } from '../errors.ts';
import type { DriftCounts } from '../flow/drift-counts.ts';
import { MergedCounts } from '../monitor/merged-counts.ts';
import { untilAvailable } from '../runtime/retry.ts';

export interface RecordedDriftOptions {
  readonly range: Pick<Range, 'topic' | 'from' | 'to'>;
  readonly reader: RangeReader;
  readonly registry: Pick<SchemaRegistry, 'byId'>;
  readonly into: MergedCounts;
  readonly signal: AbortSignal;
}

const count = z.int().min(0);
const time = z.int();

/** What is read of a report, whichever version of the program wrote it. */
const reportSchema = z.object({
  instance: z.string(),
  sequence: count,
  model: z.object({ name: z.string(), version: z.string(), sha256: z.string() }),
  bins: z.string(),
  countedFrom: time,
  countedTo: time,
  hourOfWeek: z.int().min(0).max(167).nullable(),
  firstEvent: time.nullable(),
  events: count,
  series: z.array(z.object({ name: z.string(), bins: z.record(z.string(), count) })),
  alarms: z.array(
    z.object({
      series: z.string(),
      change: z.string(),
      since: time.nullable(),
      raisedAt: time,
      endedAt: time.nullable(),
    }),
  ),
});

/** Reads the reports of a range of the topic of drift, and adds them up. */
export async function readRecordedDrift({
  range,
  reader,
  registry,
  into,
  signal,
}: RecordedDriftOptions): Promise<void> {
  const decoders = new Map<number, (value: Buffer) => string>();
  const read = async (value: Buffer): Promise<DriftCounts | undefined> => {
    if (value.length < WIRE_PREFIX_BYTES || value[0] !== 0) return undefined;
    const id = value.readUInt32BE(1);
    let decode = decoders.get(id);
    if (decode === undefined) {
      decode = jsonText(await registry.byId(id));
      decoders.set(id, decode);
    }
    return parsed(() => decode(value.subarray(WIRE_PREFIX_BYTES)));
  };
  for await (const { records } of reader.read({ ...range, signal }))
    for (const { value } of records) {
      if (value === null) continue; // a tombstone says nothing
      const report = await untilAvailable(() => read(value), { signal }).catch(notKnown);
      if (report === undefined) into.unreadable++;
      else into.add(report);
    }
}

function parsed(text: () => string): DriftCounts | undefined {
  try {
    return reportSchema.safeParse(JSON.parse(text())).data;
  } catch {
    return undefined; // not the bytes of its schema
  }
}

/** A schema that the registry does not know is that of another program. */
function notKnown(error: unknown): undefined {
  if (error instanceof ScorerError && error.fate === 'dead') return undefined;
  throw error;
}
