import { readFile } from 'node:fs/promises';
import avro from 'avsc';
import { parse } from 'yaml';
import { simulate, type SimulatedTransaction } from '../../../../src/demo/simulate/simulator.ts';
import { TRANSACTION_SCHEMA, type Transaction } from '../../../../src/demo/simulate/transaction.ts';

const type = avro.Type.forSchema(TRANSACTION_SCHEMA as unknown as avro.Schema);

interface Field {
  readonly name: string;
  readonly doc?: string;
  readonly type: unknown;
}

/** Every field with its path, those of nested records included. */
function fieldsOf(schema: unknown, path = ''): [path: string, field: Field][] {
  const fields = (schema as { readonly fields?: readonly Field[] }).fields ?? [];
  return fields.flatMap((field): [string, Field][] => {
    const at = path === '' ? field.name : `${path}.${field.name}`;
    return [[at, field], ...fieldsOf(field.type, at)];
  });
}

describe('the schema of a transaction', () => {
  it('takes what the simulator makes, and gives it back unchanged', () => {
    const events = [
      ...simulate({ seed: 1, customers: 20, terminals: 10, days: 20, start: 0, radius: 50 }),
    ];
    expect(events.some(({ event }) => event.features.terminalRisk30d === null)).toBe(true);
    expect(events.some(({ event }) => event.features.terminalRisk30d !== null)).toBe(true);
    for (const { event } of events) {
      const plain: unknown = JSON.parse(JSON.stringify(type.fromBuffer(type.toBuffer(event))));
      expect(plain).toEqual(event);
    }
  });

  it('says of every field what it is', () => {
    const fields = fieldsOf(TRANSACTION_SCHEMA);
    expect(fields).toHaveLength(8 + 3 + 1 + 12);
    expect(
      fields.filter(([, { doc }]) => doc === undefined || doc === '').map(([path]) => path),
    ).toEqual([]);
  });

  it('can be read from a writer that knows no risks: they are null', () => {
    const [{ event }] = [
      ...simulate({ seed: 1, customers: 20, terminals: 10, days: 1, start: 0 }),
    ] as [SimulatedTransaction];
    const isRisk = ({ name }: Field): boolean => name.startsWith('terminalRisk');
    const older = structuredClone(TRANSACTION_SCHEMA) as {
      fields: (Field & { type: { fields: Field[] } })[];
    };
    const features = older.fields.find(({ name }) => name === 'features')!.type;
    features.fields = features.fields.filter((field) => !isRisk(field));
    const writer = avro.Type.forSchema(older as unknown as avro.Schema);
    const read = type.fromBuffer(
      writer.toBuffer(event),
      type.createResolver(writer),
    ) as Transaction;
    expect(read.features.terminalRisk1d).toBeNull();
    expect(read.features.customerCount30d).toBe(event.features.customerCount30d);
  });

  it.each(['1', '2'])(
    'has every field that version %s of the model is fed with',
    async (version) => {
      const bundle = parse(await readFile(`models/fraud/${version}/model.yaml`, 'utf8')) as {
        readonly inputs: {
          readonly features: readonly (
            | string
            | { readonly field: string; readonly missing?: number }
          )[];
        };
      };
      const known = new Map(fieldsOf(TRANSACTION_SCHEMA));
      const inputs = bundle.inputs.features.map((input) =>
        typeof input === 'string' ? { field: input } : input,
      );
      expect(inputs).toHaveLength(15);
      for (const input of inputs) {
        const field = known.get(input.field);
        expect(field).toBeDefined();
        // A feature that may be null needs a value for null, or the record would be dead.
        expect(Array.isArray(field!.type)).toBe('missing' in input);
      }
    },
  );
});
