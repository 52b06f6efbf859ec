import { explainedColumns } from '../../../src/compose/audit-columns.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import type { Problem } from '../../../src/errors.ts';
import { makeScoringPlan, type LoadedModel } from '../../../src/compose/scoring-plan.ts';
import { createStages } from '../../../src/compose/stages.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { batchOf, framed, TOPIC } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { takes } from '../map/given.ts';

const field = (name: string, type: unknown) => ({ name, type });
const EVENT = {
  type: 'record',
  name: 'Order',
  fields: [
    field('amount', 'double'),
    field('kind', 'string'),
    field('country', ['null', 'string']),
    field('at', { type: 'long', logicalType: 'timestamp-millis' }),
    field('tags', { type: 'array', items: 'string' }),
    field('lags', { type: 'array', items: 'double' }),
  ],
};
const plain = { transforms: [] };
const FEATURES = [
  { field: 'amount', transforms: [{ kind: 'log1p' }, { kind: 'clip', min: 0, max: 5 }] },
  { field: 'kind', oneHot: ['A', 'B', 'C'], unknown: 'column', ...plain },
  { field: 'country', categories: ['DE', 'FR'], missing: 'FR', ...plain },
  { field: 'at', part: 'hourOfDay', ...plain },
  { field: 'at', part: 'isWeekend', ...plain },
  { field: 'tags', part: 'length', ...plain },
  { field: 'lags', vector: 2, ...plain },
];

it('shows what a field was, and how it became the numbers of the tensor', async () => {
  const settings = {
    input: { topics: [TOPIC] },
    output: { topic: 'scores', carry: [], schemaName: 'Score', namespace: 'n' },
    schemaRegistry: { unknownIdRetryMs: 0 },
  } as unknown as Settings;
  const loaded = {
    bundle: {
      description: { inputs: [{ name: 'x', features: FEATURES }] },
      yamlFile: 'model.yaml',
    },
    model: { inputs: [takes('x', 11)], identity: { name: 'm', version: '1', sha256: '' } },
  } as unknown as LoadedModel;
  const problems: Problem[] = [];
  const readers = new Map([[TOPIC, parseSchema(EVENT)]]);
  const plan = makeScoringPlan(settings, [loaded], readers, problems);
  expect(problems).toEqual([]);
  const registry = { byId: () => Promise.resolve(parseSchema(EVENT)) };
  const { decode, map } = createStages(plan!, { settings, registry, schemaId: 1, now: () => 0 });
  const bytes = plainType(EVENT).toBuffer({
    ...{ amount: Math.E - 1, kind: 'B', country: null, at: Date.UTC(2026, 10, 28, 9, 30) },
    ...{ tags: ['a', 'b', 'c'], lags: [0.5, -1] },
  });
  const events = await decode(batchOf([{ value: framed(1, bytes) }]));
  const columns = explainedColumns(plan!.versions[0], events, map(events), 0);
  const shown = columns.map((one) => [one.field, one.value, one.column, one.tensor, one.how]);
  expect(shown).toEqual([
    ['amount', Math.E - 1, 0, [1], 'log1p; clip to 0 … 5'],
    ['kind', 'B', 1, [0, 1, 0, 0], 'one column each: A, B, C, and another value'],
    ['country', null, 5, [1], 'missing: FR; index in [DE, FR]'],
    ['at', Date.UTC(2026, 10, 28, 9, 30), 6, [9], 'part: hourOfDay'],
    ['at', Date.UTC(2026, 10, 28, 9, 30), 7, [1], 'part: isWeekend'],
    ['tags', 3, 8, [3], 'part: length'],
    ['lags', [0.5, -1], 9, [0.5, -1], 'vector'],
  ]);
});
