import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { Batch } from '../flow/batch.ts';
import { MISMATCH } from '../flow/events.ts';
import type { Reject } from '../flow/fates.ts';
import { FieldSet } from '../flow/projection.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { textOf } from './event-facts.ts';
import { factField } from './fact-fields.ts';
import { KEY } from './label-join.ts';
import { createStreamDecoder } from './stages.ts';

/** What the records of a batch say about ids. */
export interface LabelRows {
  readonly rejects: readonly Reject[];
  /** False: it has no value, or cannot be read. */
  readonly isAlive: (row: number) => boolean;
  readonly id: (row: number) => Buffer | string | null | undefined;
  /** Text, undefined where there is none, or `{}` for a value of another type. */
  readonly value: (row: number) => unknown;
}

export interface LabelReaderOptions {
  /** Fields of the record; KEY for the key. */
  readonly id: string;
  readonly value: string;
  /** Where these are set, for messages. */
  readonly where: { readonly id: string; readonly value: string };
  readonly settings: Settings;
  readonly registry: Pick<SchemaRegistry, 'byId'>;
  readonly topic: string;
  readonly reader: SchemaNode;
}

/** Reads ids and labels of Avro records. Throws INPUT_INVALID if the schema lacks a field. */
export function createLabelReader(
  options: LabelReaderOptions,
): (batch: Batch) => Promise<LabelRows> {
  const { where, settings, registry, topic, reader } = options;
  const problems: Problem[] = [];
  const set = new FieldSet();
  const use = (path: string, at: string) => {
    const fact = factField(reader, path, 'text', at, problems);
    return fact && { ...fact, slots: fact.fields.map((field) => set.slot(field)) };
  };
  const id = options.id === KEY ? undefined : use(options.id, where.id);
  const value = use(options.value, where.value);
  if (problems.length > 0) throw new ScorerError(problems);
  const decode = createStreamDecoder(
    {
      projection: { fields: set.fields, carry: [] },
      readers: new Map([[topic, reader]]),
      carry: [],
    },
    { settings: { ...settings, input: withoutTypes(settings.input) }, registry, now: Date.now },
  );
  return async function readLabels(batch) {
    const { columns, fates } = await decode(batch);
    return {
      rejects: fates.rejects,
      isAlive: (row) => fates.isAlive(row),
      id: (row) => (id === undefined ? batch.records[row]!.key : textOf(id, columns, row)),
      value: (row) => {
        const text = textOf(value!, columns, row);
        const other = value!.slots.some((slot) => columns[slot]!.state[row] === MISMATCH);
        return text === undefined && other ? {} : text;
      },
    };
  };
}

function withoutTypes({ types: _types, ...input }: Settings['input']): Settings['input'] {
  return input;
}
