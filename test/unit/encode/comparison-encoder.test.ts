import avro from 'avsc';
import { encodeComparisons } from '../../../src/encode/comparison-encoder.ts';
import { comparisonSchema } from '../../../src/encode/comparison-schema.ts';
import { NOTHING_DECIDED, type Decisions, type Scores } from '../../../src/flow/scores.ts';

const type = avro.Type.forSchema(comparisonSchema({ namespace: 'acme' }) as never);
const model = (version: string) => ({ name: 'fraud', version, sha256: `${version}ab` });
const scores = (version: string, ...values: number[]): Scores => ({
  models: [model(version)],
  modelOf: null,
  score: Float64Array.from(values),
  classes: null,
  perClass: null,
});
const decisions = (...index: number[]): Decisions => ({
  ...NOTHING_DECIDED,
  policy: 'p1',
  names: ['APPROVE', 'REJECT'],
  index: Uint16Array.from(index),
});
const BATCH = {
  topic: 'events',
  partition: 3,
  closedBy: 'end',
  records: [
    { offset: 5, timestamp: 1000, key: Buffer.from('a'), value: null },
    { offset: '6', timestamp: -1, key: null, value: null },
  ],
} as const;

describe('the comparison of a challenger', () => {
  it('is Avro of its schema, as avsc reads it, with the key of the event', () => {
    const champion = { scores: scores('2', 0.25, 0.5), decisions: decisions(0, 1) };
    const challenger = { scores: scores('3', 0.75, 1), decisions: decisions(1, 1) };
    const records = encodeComparisons(300, BATCH, [0, 1], champion, challenger, 7777);
    expect(records.map(({ key }) => key)).toEqual([Buffer.from('a'), null]);
    const read = records.map(({ value }) => {
      expect(value!.readUInt32BE(1)).toBe(300);
      return JSON.parse(JSON.stringify(type.fromBuffer(value!.subarray(5)))) as unknown;
    });
    expect(read[0]).toEqual({
      champion: { score: 0.25, decision: 'APPROVE', model: model('2') },
      challenger: { score: 0.75, decision: 'REJECT', model: model('3') },
      policy: 'p1',
      source: { topic: 'events', partition: 3, offset: 5 },
      eventTime: 1000,
      comparedAt: 7777,
    });
    expect(read[1]).toMatchObject({
      source: { offset: 6 },
      eventTime: null,
      challenger: { score: 1 },
    });
  });

  it('has no decisions without a policy, and only the rows that are asked for', () => {
    const side = { scores: scores('2', 0.25, 0.5), decisions: NOTHING_DECIDED };
    const [record, ...more] = encodeComparisons(1, BATCH, [1], side, side, 0);
    expect(more).toEqual([]);
    expect(type.fromBuffer(record!.value!.subarray(5))).toMatchObject({
      champion: { score: 0.5, decision: null },
      policy: null,
    });
  });
});
