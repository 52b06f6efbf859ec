import avro from 'avsc';
import { createRecordedReader } from '../../../src/compose/recorded-rows.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';

const SCHEMA = {
  type: 'record',
  name: 'Score',
  fields: [
    { name: 'score', type: 'double' },
    { name: 'decision', type: 'string' },
    { name: 'scoredAt', type: 'long' },
    {
      name: 'source',
      type: {
        type: 'record',
        name: 'Source',
        fields: [
          { name: 'topic', type: 'string' },
          { name: 'partition', type: 'int' },
        ],
      },
    },
  ],
} as const;

it('leaves out records without a key, and decisions without a score', async () => {
  const registry = new FakeRegistry();
  const id = await registry.register('out-value', SCHEMA);
  const text = `name: recorded
kafka: { brokers: [localhost:9092] }
schemaRegistry: { url: http://localhost:8081 }
input: { topics: [in] }
output: { topic: out }
model: { dir: models }
`;
  const readFile = () => Promise.resolve(text);
  const { settings } = await loadConfig({ file: 'scorer.yaml', cwd: '/', env: {}, readFile });
  const node = await registry.byId(id);
  const read = createRecordedReader({ settings, registry, node, id: undefined, groups: [] });
  const type = avro.Type.forSchema(SCHEMA as unknown as avro.Schema);
  const record = (offset: number, score: number, key: string | null) => ({
    offset,
    timestamp: 1,
    key: key === null ? null : Buffer.from(key),
    value: Buffer.concat([
      Buffer.from([0, 0, 0, 0, id]),
      type.toBuffer({
        score,
        decision: 'REVIEW',
        scoredAt: 5,
        source: { topic: 'in', partition: 0 },
      }),
    ]),
  });
  const records = [record(0, 0.5, 'a'), record(1, NaN, 'b'), record(2, 0.7, null)];
  const rows = await read({ topic: 'out', partition: 0, records, closedBy: 'end' });
  expect(rows.map(({ score, id: key }) => [score, String(key)])).toEqual([[0.5, 'a']]);
});
