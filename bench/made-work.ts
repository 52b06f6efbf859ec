import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import avro from 'avsc';
import { stringify } from 'yaml';
import { Random } from '../src/demo/simulate/random.ts';
import { makeModel, TEXTS, type ModelKind } from './models.ts';
import { wirePrefix } from '../src/flow/wire-prefix.ts';

/** A model of a kind, with events that fit: as many columns, and padded to a size. */
export interface MadeWork {
  readonly kind: ModelKind;
  readonly columns: number;
  /** Size of an event's value, bytes; undefined: as the columns need. */
  readonly eventBytes?: number;
}

const VERSION = '1';

/** Writes the model's bundle to a folder, as version 1. */
export async function writeBundle(dir: string, { kind, columns }: MadeWork): Promise<void> {
  const folder = join(dir, VERSION);
  await mkdir(folder, { recursive: true });
  const { bytes, inputs, score } = makeModel(kind, columns);
  await writeFile(join(folder, 'model.onnx'), bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await writeFile(
    join(folder, 'model.yaml'),
    stringify({ file: 'model.onnx', sha256, inputs, outputs: { score } }),
  );
}

export function schemaOf({ kind, columns }: MadeWork): object {
  const type = kind === 'strings' ? 'string' : 'double';
  const columnsFields = Array.from({ length: columns }, (_, i) => ({ name: `f${i}`, type }));
  const fields = [
    { name: 'id', type: 'string' },
    ...columnsFields,
    { name: 'padding', type: 'string' },
  ];
  return { type: 'record', name: 'Made', namespace: 'bench', fields };
}

export interface MadeEvent {
  readonly key: string;
  readonly value: Buffer;
}

/** So many different events in the registry's wire format. */
export function makeEvents(work: MadeWork, schemaId: number, count: number): MadeEvent[] {
  const { kind, columns, eventBytes = 0 } = work;
  const random = new Random(columns);
  const type = avro.Type.forSchema(schemaOf(work) as never);
  const prefix = wirePrefix(schemaId);
  const encode = (event: object): Buffer => Buffer.concat([prefix, type.toBuffer(event)]);
  return Array.from({ length: count }, (_, i) => {
    const event: Record<string, unknown> = {
      id: `bench-${String(i).padStart(9, '0')}`,
      padding: '',
    };
    for (let column = 0; column < columns; column++) {
      event[`f${column}`] =
        kind === 'strings'
          ? TEXTS[Math.floor(random.next() * TEXTS.length)]
          : random.next() * 2 - 1;
    }
    const bare = encode(event);
    const missing = eventBytes - bare.length;
    // The length of a padding of 64 or more takes a byte more than that of none, and one more from
    // 8,192 on.
    const length = missing - (missing > 8193 ? 2 : missing > 64 ? 1 : 0);
    return {
      key: String(event['id']),
      value: missing > 0 ? encode({ ...event, padding: 'x'.repeat(length) }) : bare,
    };
  });
}
