import { createFairness } from '../../../src/compose/fairness.ts';
import { makeScoringPlan, type LoadedModel } from '../../../src/compose/scoring-plan.ts';
import { createStages } from '../../../src/compose/stages.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import type { Problem } from '../../../src/errors.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import type { Logger } from '../../../src/observe/logger.ts';
import { createPipeline } from '../../../src/pipeline.ts';
import { batchOf, framed, TOPIC } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { input, takes } from '../map/given.ts';

const field = (name: string, type: unknown) => ({ name, type });
const EVENT = {
  type: 'record',
  name: 'Payment',
  fields: [
    field('amount', 'double'),
    field('band', ['null', 'string']),
    field('kind', { type: 'enum', name: 'Kind', symbols: ['CARD', 'CASH'] }),
    field('known', 'boolean'),
    field('age', 'int'),
  ],
};
type Row = { amount: number; band: string | null; kind: string; known: boolean; age: number };
const row = (more: Partial<Row>): Row => ({
  amount: 1,
  band: 'young',
  kind: 'CARD',
  known: true,
  age: 30,
  ...more,
});

function given(by: readonly unknown[]) {
  const settings = {
    input: { topics: [TOPIC] },
    output: { topic: 'scores', carry: [], schemaName: 'Score', namespace: 'stream_scorer' },
    schemaRegistry: { unknownIdRetryMs: 0 },
    decision: {
      policy: 'p1',
      bands: [{ upTo: 500, decision: 'APPROVE' }, { decision: 'REJECT' }],
    },
    fairness: { by, favourable: ['APPROVE'], minRatio: 0.8 },
  } as unknown as Settings;
  const bundle = {
    description: { inputs: [input('x', 'amount')] },
    yamlFile: 'model.yaml',
  } as unknown as LoadedModel['bundle'];
  const score = ([tensor]: [{ values: Float32Array }], count: number) =>
    Promise.resolve({
      models: [{ name: 'm', version: '7', sha256: '' }],
      modelOf: null,
      score: Float64Array.from(tensor.values.subarray(0, count)),
      classes: null,
      perClass: null,
    });
  const model = { inputs: [takes('x', 1)], score } as unknown as LoadedModel['model'];
  const problems: Problem[] = [];
  const readers = new Map([[TOPIC, parseSchema(EVENT)]]);
  const plan = makeScoringPlan(settings, [{ bundle, model }], readers, problems);
  const metrics = new Metrics(false);
  const said: string[] = [];
  const logger = {
    warn: (_more: object, what: string) => said.push(`warn: ${what}`),
    info: (_more: object, what: string) => said.push(`info: ${what}`),
  } as unknown as Logger;
  const fairness = createFairness(settings, { metrics, logger })!;
  const score1 = async (rows: readonly Row[]) => {
    const stages = createStages(plan!, {
      settings,
      registry: { byId: () => Promise.resolve(parseSchema(EVENT)) },
      schemaId: 9,
      now: () => 0,
      monitors: [fairness.observe],
    });
    const take = createPipeline(
      stages,
      () => stages,
      () => 0,
    );
    const type = plainType(EVENT);
    const wrapped = rows.map(({ band, ...rest }) => ({
      ...rest,
      band: band === null ? null : { string: band },
    }));
    const bytes = wrapped.map((value) => framed(1, type.toBuffer(value)));
    return take(batchOf(bytes))();
  };
  return { problems, plan, score: score1, fairness, metrics, said };
}

it('compares groups by fields that the model does not read, once the batch is delivered', async () => {
  const { score, fairness, metrics, plan } = given([
    'band',
    'kind',
    'known',
    'age',
    { field: 'age', bounds: [18, 30] },
  ]);
  expect(plan!.stream.projection.fields.map(({ path, as }) => `${path} ${as}`)).toEqual([
    'amount number',
    'band text',
    'kind text',
    'known number',
    'age long',
    'age number',
  ]);
  const rows = [
    row({}),
    row({ amount: 900, age: 17 }),
    row({ band: null, kind: 'CASH', known: false, age: 18 }),
  ];
  const { observation } = await score(rows);
  expect(fairness.monitor.figures).toEqual([]);
  observation!.record();
  const seen = fairness.monitor.figures.map(({ by, groups, model, policy }) => [
    by,
    model,
    policy,
    groups.map(({ group, events, favourable }) => `${group} ${favourable}/${events}`).sort(),
  ]);
  expect(seen).toEqual([
    ['band', '7', 'p1', ['(none) 1/1', 'young 1/2']],
    ['kind', '7', 'p1', ['CARD 1/2', 'CASH 1/1']],
    ['known', '7', 'p1', ['false 1/1', 'true 1/2']],
    ['age', '7', 'p1', ['17 0/1', '18 1/1', '30 1/1']],
    ['age', '7', 'p1', ['18 to < 30 1/1', '< 18 0/1', '>= 30 1/1']],
  ]);
  const counted = (await metrics.monitors.fairnessDecisions.get()).values
    .filter(({ labels }) => labels.by === 'band')
    .map(({ labels, value }) => `${labels.group} ${labels.favourable} ${value}`);
  expect(counted).toEqual(['(none) true 1', 'young true 1', 'young false 1']);
});

it('shows an alarm in metrics, log and probe', async () => {
  const { score, fairness, metrics, said } = given(['band']);
  const rows = Array.from({ length: 400 }, (_, i) =>
    row(i % 2 === 0 ? { band: 'old', amount: i % 3 === 0 ? 1 : 900 } : { amount: i % 9 ? 1 : 900 }),
  );
  const ratio = async () =>
    (await metrics.registry.getMetricsAsJSON())
      .filter(({ name }) => /fairness_(favourable_ratio|alarm)$/.test(name))
      .flatMap(({ name, values }) =>
        values.map(({ labels, value }) => `${name} ${labels['group']} ${value.toFixed(2)}`),
      );
  expect(await ratio()).toEqual([]);
  for (let i = 0; i < 10; i++) (await score(rows)).observation!.record();
  expect(await ratio()).toEqual([
    'stream_scorer_fairness_favourable_ratio old 0.38',
    'stream_scorer_fairness_favourable_ratio young 1.00',
    'stream_scorer_fairness_alarm old 1.00',
    'stream_scorer_fairness_alarm young 0.00',
  ]);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^warn: fairness: band = old gets fewer .* 0\.8 .*version 7/);
  expect(fairness.detail()).toHaveLength(1);
});

it('refuses fields that have no groups', () => {
  const { problems } = given(['nothing', 'amount', { field: 'band', bounds: [1] }]);
  expect(problems.map(({ code, where }) => `${code} ${where}`)).toEqual([
    'CONTRACT_FIELD fairness.by[0]',
    'CONTRACT_TYPE fairness.by[1]',
    'CONTRACT_FIELD fairness.by[2]',
  ]);
});
