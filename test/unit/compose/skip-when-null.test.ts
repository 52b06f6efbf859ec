import type { Settings } from '../../../src/config/settings.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import type { Problem } from '../../../src/errors.ts';
import { NULL_FIELD, SKIPPED } from '../../../src/flow/fates.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { countOutcome } from '../../../src/observe/outcome-metrics.ts';
import type { Batch } from '../../../src/flow/batch.ts';
import { createPipeline } from '../../../src/pipeline.ts';
import { makeScoringPlan, type LoadedModel } from '../../../src/compose/scoring-plan.ts';
import { createStages } from '../../../src/compose/stages.ts';
import { batchOf, fatesOf, framed, TOPIC } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { input, takes } from '../map/given.ts';

const ROW = {
  type: 'record',
  name: 'Row',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'amount', type: 'double' },
  ],
};
const change = (after: unknown) => ({
  type: 'record',
  name: 'Envelope',
  fields: [
    { name: 'before', type: ['null', ROW], default: null },
    { name: 'after', type: after },
    { name: 'op', type: 'string' },
  ],
});
const CHANGE = change(['null', 'Row']);

/** A pipeline over change events, as a service has it; or what is in its way. */
function given(skipWhenNull: string | undefined, carry = ['after.id', 'op']) {
  const settings = {
    input: { topics: [TOPIC], skipWhenNull },
    output: { topic: 'scores', carry, schemaName: 'Score', namespace: 'stream_scorer' },
    schemaRegistry: { unknownIdRetryMs: 0 },
  } as unknown as Settings;
  const bundle = {
    description: { inputs: [input('x', 'after.amount')] },
    yamlFile: 'model.yaml',
  } as unknown as LoadedModel['bundle'];
  const rows: number[] = [];
  const score = ([tensor]: [{ values: Float32Array }], count: number) => {
    rows.push(count);
    return Promise.resolve({
      models: [{ name: 'm', version: '1', sha256: '' }],
      modelOf: null,
      score: Float64Array.from(tensor.values.subarray(0, count)),
      classes: null,
      perClass: null,
    });
  };
  const model = { inputs: [takes('x', 1)], score } as unknown as LoadedModel['model'];
  const problems: Problem[] = [];
  const plan = makeScoringPlan(
    settings,
    [{ bundle, model }],
    new Map([[TOPIC, parseSchema(CHANGE)]]),
    problems,
  );
  if (plan === undefined) return { problems };
  const writers = new Map<unknown, unknown>([
    [1, CHANGE],
    [2, change('Row')],
  ]);
  const registry = { byId: (key: unknown) => Promise.resolve(parseSchema(writers.get(key))) };
  const stages = createStages(plan, { settings, registry, schemaId: 9, now: () => 0 });
  return {
    problems,
    rows,
    run: (batch: Batch) =>
      createPipeline(
        stages,
        () => stages,
        () => 0,
      )(batch)(),
    written: plainType(plan.stream.scoreSchema),
  };
}

const event = (after: object | null, op: string): Buffer =>
  framed(
    1,
    plainType(CHANGE).toBuffer({
      before: after === null ? { Row: { id: 'x', amount: 9 } } : null,
      after: after && { Row: after },
      op,
    }),
  );
const row = (id: string, amount: number) => ({ id, amount });

describe('events in which the field is null', () => {
  const values = [
    event(row('a', 1), 'c'),
    event(null, 'd'),
    null,
    framed(2, plainType(change('Row')).toBuffer({ before: null, after: row('b', 2), op: 'u' })),
    event(null, 'd').subarray(0, -1),
  ];

  it('are skipped and counted, beside tombstones; others are scored, also those of writers that know no null there', async () => {
    const { run, written } = given('after');
    const outcome = await run!(batchOf(values));
    expect(fatesOf({ fates: outcome.fates } as never)).toEqual([
      'alive',
      'skipped',
      'skipped',
      'alive',
      'AVRO_TRUNCATED',
    ]);
    expect([NULL_FIELD, SKIPPED].map((why) => outcome.fates.skippedFor(why as never))).toEqual([
      1, 1,
    ]);
    const scores = outcome.records.map(
      ({ value }) => written!.fromBuffer(value!.subarray(5)) as { score: number; event: object },
    );
    expect(scores.map(({ score }) => score)).toEqual([1, 2]);
    expect(JSON.stringify(scores.map((one) => one.event))).toBe(
      '[{"after":{"id":{"string":"a"}},"op":"c"},{"after":{"id":{"string":"b"}},"op":"u"}]',
    );
    const metrics = new Metrics(false);
    countOutcome(metrics, outcome, 0);
    expect(await metrics.registry.metrics()).toContain('records_skipped_total{reason="null"} 1');
  });

  it('are dead letters where nobody said so', async () => {
    const outcome = await given(undefined).run!(batchOf(values));
    expect(fatesOf({ fates: outcome.fates } as never)).toEqual([
      'alive',
      'FIELD_NULL',
      'skipped',
      'alive',
      'AVRO_TRUNCATED',
    ]);
  });

  it('run no model where they are all there is', async () => {
    const { run, rows } = given('after');
    const { records, fates } = await run!(batchOf([event(null, 'd'), event(null, 'd')]));
    expect([records.length, fates.skippedFor(NULL_FIELD), rows]).toEqual([0, 2, []]);
  });

  it('may be told by a field within a record that is null, too', async () => {
    const { run } = given('after.id');
    expect(fatesOf({ fates: (await run!(batchOf(values.slice(0, 2)))).fates } as never)).toEqual([
      'alive',
      'skipped',
    ]);
  });

  it('are refused at a place that no event has', () => {
    expect(given('aftr').problems).toMatchObject([
      { code: 'CONTRACT_FIELD', where: 'input.skipWhenNull' },
    ]);
  });
});
