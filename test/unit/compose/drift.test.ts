import { createDrift } from '../../../src/compose/drift.ts';
import { makeScoringPlan, type LoadedModel } from '../../../src/compose/scoring-plan.ts';
import { createStages } from '../../../src/compose/stages.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import type { Problem } from '../../../src/errors.ts';
import { mergedObservation } from '../../../src/flow/observation.ts';
import type { ModelIdentity } from '../../../src/flow/scores.ts';
import type { Profile } from '../../../src/monitor/profile.ts';
import type { ReferenceSeries } from '../../../src/monitor/profile-series.ts';
import { SpanCounts } from '../../../src/monitor/span-counts.ts';
import type { Logger } from '../../../src/observe/logger.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { createPipeline } from '../../../src/pipeline.ts';
import { batchOf, framed, TOPIC } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { input, takes } from '../map/given.ts';

const EVENT = {
  type: 'record',
  name: 'Payment',
  fields: [{ name: 'amount', type: 'double' }],
};

/** Amounts are 0 to 1, half of them below 0.5, and the score is the amount. */
const PROFILE: Profile = {
  version: 1,
  model: { name: 'm', version: '7', sha256: '' },
  rows: 100_000,
  read: 100_000,
  from: null,
  to: null,
  leftOut: [],
  features: [
    {
      name: 'amount',
      field: 'amount',
      kind: 'numeric',
      edges: [0.5],
      counts: [50_000, 50_000],
      low: 0,
      high: 1,
      missing: 0,
    },
  ],
  score: { edges: [0.5], counts: [50_000, 50_000], low: 0, high: 1 },
};

function given(
  profile: Profile | undefined,
  version = '7',
  decision?: object,
  reports?: Parameters<typeof createDrift>[2],
) {
  const settings = {
    input: { topics: [TOPIC] },
    output: { topic: 'scores', carry: [], schemaName: 'Score', namespace: 'stream_scorer' },
    schemaRegistry: { unknownIdRetryMs: 0 },
    drift: {
      effect: 0.1,
      falseAlarmsPerMillion: 0.01,
      quietMs: 0,
      probing: { within: 0.01, events: 5 },
    },
    ...(decision && { decision }),
  } as unknown as Settings;
  const bundle = {
    description: { inputs: [input('x', 'amount')] },
    yamlFile: 'model.yaml',
  } as unknown as LoadedModel['bundle'];
  const identity = { name: 'm', version: '7', sha256: '' };
  const score = ([tensor]: [{ values: Float32Array }], count: number) =>
    Promise.resolve({
      models: [{ ...identity, version }],
      modelOf: null,
      score: Float64Array.from(tensor.values.subarray(0, count)),
      classes: null,
      perClass: null,
    });
  const model = { inputs: [takes('x', 1)], score, identity } as unknown as LoadedModel['model'];
  const problems: Problem[] = [];
  const readers = new Map([[TOPIC, parseSchema(EVENT)]]);
  const plan = makeScoringPlan(settings, [{ bundle, model, profile }], readers, problems);
  const metrics = new Metrics(false);
  const said: string[] = [];
  const logger = {
    warn: (_more: object, what: string) => said.push(`warn: ${what}`),
    info: (_more: object, what: string) => said.push(`info: ${what}`),
  } as unknown as Logger;
  let now = Date.now();
  // between two batches there is time enough to judge
  const clock = (): number => (now += 100);
  const drift = createDrift(settings, { metrics, logger }, reports, clock)!;
  const stagesOf = () =>
    createStages(plan!, {
      settings,
      registry: { byId: () => Promise.resolve(parseSchema(EVENT)) },
      schemaId: 9,
      now: () => 0,
      monitors: [drift.observe],
    });
  const scored = async (amounts: readonly (number | null)[]) => {
    const stages = stagesOf();
    const take = createPipeline(
      stages,
      () => stages,
      () => 0,
    );
    const type = plainType(EVENT);
    const bytes = amounts.map((amount) =>
      amount === null ? Buffer.of(0) : framed(1, type.toBuffer({ amount })),
    );
    return take(batchOf(bytes))();
  };
  return { problems, plan, scored, stagesOf, drift, metrics, said };
}

const spread = (count: number): number[] => Array.from({ length: count }, (_, i) => (i % 10) / 10);

it('tells a feature and a score that have changed, once the batches are delivered', async () => {
  const { scored, drift, metrics, said } = given(PROFILE);
  for (let i = 0; i < 20; i++) (await scored(spread(100))).observation!.record();
  expect(drift.detail()).toEqual([]);
  expect(drift.report()).toMatchObject({ model: '7', rows: 100_000, events: 2000, effect: 0.1 });
  const text = await metrics.registry.metrics();
  expect(text).toContain('stream_scorer_feature_drift_alarm{feature="amount"} 0');
  expect(text).toContain('stream_scorer_feature_bin_total{feature="amount",bin="< 0.5"} 1000');

  for (let i = 0; i < 4; i++) await scored(spread(100).map(() => 2)); // not delivered
  expect(drift.report()!.events).toBe(2000);
  for (let i = 0; i < 4; i++) (await scored(spread(100).map(() => 2))).observation!.record();
  expect(drift.detail()).toEqual([
    expect.stringMatching(/^drift: amount: higher than in the profile \(version 7, since 1970/),
    expect.stringMatching(/^drift: score: higher than in the profile \(version 7, since 1970/),
  ]);
  expect(said.map((line) => line.slice(0, 27))).toEqual([
    'warn: drift: amount: higher',
    'warn: drift: score: higher ',
  ]);
  const alarmed = await metrics.registry.metrics();
  expect(alarmed).toContain('stream_scorer_feature_drift_alarm{feature="amount"} 1');
  expect(alarmed).toContain('stream_scorer_score_drift_alarm 1');
  expect(alarmed).toMatch(/stream_scorer_feature_drift_psi\{feature="amount"\} \d/);
  expect(alarmed).toMatch(/stream_scorer_score_drift_psi \d/);
});

it('counts living rows once, in all series, also of batches that are merged', async () => {
  const { scored, drift } = given(PROFILE);
  const seen = [await scored([0.1, null, 0.9]), await scored([0.2]), await scored([0.3, 0.3])];
  mergedObservation(seen.map(({ observation }) => observation))!.record();
  expect(drift.report()!.events).toBe(5);
  mergedObservation([(await scored(spread(95))).observation])!.record();
  expect(drift.report()!.series.map(({ counts }) => counts)).toEqual([
    { missing: 0, 'below 0': 0, '< 0.5': 54, '>= 0.5': 46, 'above 1': 0 },
    { missing: 0, 'below 0': 0, '< 0.5': 54, '>= 0.5': 46, 'above 1': 0 },
  ]);
});

it('keeps what it counted when the stages are made again', async () => {
  const { scored, stagesOf, drift } = given(PROFILE);
  (await scored(spread(200))).observation!.record();
  stagesOf();
  expect(drift.report()!.events).toBe(200);
});

it('leaves out rows that another version decides', async () => {
  const { scored, drift } = given(PROFILE, '8');
  (await scored(spread(200))).observation!.record();
  expect(drift.report()!.events).toBe(0);
});

it('compares nothing without a profile, and says so once', async () => {
  const { scored, drift, said } = given(undefined);
  expect((await scored(spread(10))).observation).toBeUndefined();
  await scored(spread(10));
  expect(drift.report()).toBeNull();
  expect(said).toEqual([
    'warn: drift: version 7 of the model: it has no profile, so nothing is compared',
  ]);
});

it('says once that the profile has few rows, and in its report', async () => {
  const half = { counts: [200, 200] };
  const small = { ...PROFILE, rows: 400, score: { ...PROFILE.score, ...half } };
  const features = PROFILE.features.map((feature) => ({ ...feature, ...half }));
  const { scored, drift, said } = given({ ...small, features });
  (await scored(spread(100))).observation!.record();
  await scored(spread(100));
  expect(said).toEqual([
    expect.stringMatching(/^warn: drift: version 7 .* only 400 rows: .* less than 0\.25 standard/),
  ]);
  expect(drift.report()!.warnings).toEqual([expect.stringContaining('only 400 rows')]);
});

it('does not exist without its section', () => {
  const reports = {} as Parameters<typeof createDrift>[1];
  expect(createDrift({}, reports)).toBeUndefined();
});

it('refuses a profile with other features', () => {
  const { problems, plan } = given({ ...PROFILE, features: [] });
  expect(plan).toBeUndefined();
  expect(problems).toEqual([
    {
      code: 'MODEL_PROFILE',
      what: 'the profile has no feature amount',
      where: 'model.yaml profile',
    },
  ]);
});

const rule = (when: string) => ({
  policy: 'p',
  bands: [{ decision: 'APPROVE' }],
  rules: [{ name: 'new', stage: 'after', when, decision: 'REVIEW', shadow: false }],
});

it('lets a policy decide about events outside of the profile, and writes which fields are', async () => {
  const { scored, stagesOf } = given(PROFILE, '7', rule('size(outOfProfile) > 0'));
  const { decisions, records } = await scored([0.5, 2, -1]);
  expect([...decisions!.index!].map((i) => decisions!.names[i])).toEqual([
    'APPROVE',
    'REVIEW',
    'REVIEW',
  ]);
  const holds = records.map(({ value }) => value!.includes(Buffer.from('\x0camount', 'latin1')));
  expect(holds).toEqual([false, true, true]);
  // Where a version decides only for comparison, nobody hands the marks over.
  const stages = stagesOf();
  const type = plainType(EVENT);
  const events = await stages.decode(batchOf([framed(1, type.toBuffer({ amount: 2 }))]));
  const scores = await stages.infer(stages.map(events), 1);
  expect([...stages.decide(events, scores).index!]).toEqual([1]);
});

it('refuses a policy that asks for what no profile has', () => {
  const near = given(PROFILE, '7', rule('"amont" in outOfProfile')).problems;
  expect(near).toMatchObject([{ code: 'POLICY_INVALID', remedy: 'Did you mean amount?' }]);
  const { problems } = given(undefined, '7', rule('"amount" in outOfProfile'));
  expect(problems.map(({ what }) => what)).toEqual([
    'the policy reads outOfProfile, but this version of the model has no profile',
  ]);
});

it('hands delivered counts and alarms of each version to the reports, and reports one that goes', async () => {
  const spans = new Map<string, SpanCounts>();
  let reported = 0;
  const reports = {
    spanOf: (model: ModelIdentity, series: readonly ReferenceSeries[]) => {
      const span = new SpanCounts(model, series, () => 9);
      spans.set(model.version, span);
      return span;
    },
    report: () => {
      reported++;
      return Promise.resolve();
    },
  };
  const { scored, plan, drift } = given(PROFILE, '7', undefined, reports);
  (await scored(spread(100))).observation!.record();
  await scored(spread(100)); // not delivered
  for (let i = 0; i < 4; i++) (await scored(spread(100).map(() => 2))).observation!.record();
  const [span, ...more] = spans.get('7')!.take();
  expect(more).toEqual([]);
  expect(span).toMatchObject({ events: 500, model: { version: '7' }, countedFrom: 9 });
  expect(span!.series).toEqual([
    { name: 'amount', bins: { '< 0.5': 50, '>= 0.5': 50, 'above 1': 400 } },
    { name: 'score', bins: { '< 0.5': 50, '>= 0.5': 50, 'above 1': 400 } },
  ]);
  expect(span!.alarms.map(({ series, change }) => `${series} ${change}`)).toEqual([
    'amount higher',
    'score higher',
  ]);
  expect(reported).toBe(0);
  const [champion] = plan!.versions;
  drift.observe({
    ...plan!,
    versions: [{ ...champion, profile: undefined, references: undefined }],
  });
  expect(reported).toBe(1);
});
