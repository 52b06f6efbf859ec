import { createMonitors } from '../../../src/compose/monitors.ts';
import type { Reports } from '../../../src/compose/reports.ts';
import { makeScoringPlan, type LoadedModel } from '../../../src/compose/scoring-plan.ts';
import { createStages } from '../../../src/compose/stages.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import type { Problem } from '../../../src/errors.ts';
import type { Profile } from '../../../src/monitor/profile.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { createPipeline } from '../../../src/pipeline.ts';
import { batchOf, framed, TOPIC } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { input, takes } from '../map/given.ts';

const field = (name: string, type: unknown) => ({ name, type });

/** The events of the tests of monitors. The model scores the amount. */
export const EVENT = {
  type: 'record',
  name: 'Payment',
  fields: [
    field('amount', 'double'),
    field('band', ['null', 'string']),
    field('kind', { type: 'enum', name: 'Kind', symbols: ['CARD', 'CASH'] }),
    field('known', 'boolean'),
    field('age', 'int'),
    field('tx', 'string'),
  ],
};

export interface Row {
  readonly amount: number;
  readonly band: string | null;
  readonly kind: string;
  readonly known: boolean;
  readonly age: number;
  readonly tx: string;
}

export const row = (more: Partial<Row>): Row => ({
  amount: 0.1,
  band: 'young',
  kind: 'CARD',
  known: true,
  age: 30,
  tx: 't',
  ...more,
});

/** Monitors as the service builds them, on a pipeline with these keys in its configuration. */
export function givenMonitors(more: object, calibrator?: Profile['calibrator']) {
  const settings = {
    input: { topics: [TOPIC] },
    output: { topic: 'scores', carry: [], schemaName: 'Score', namespace: 'stream_scorer' },
    schemaRegistry: { unknownIdRetryMs: 0 },
    decision: {
      policy: 'p1',
      bands: [{ upTo: 0.5, decision: 'APPROVE' }, { decision: 'REJECT' }],
    },
    ...more,
  } as unknown as Settings;
  const bundle = {
    description: { inputs: [input('x', 'amount')] },
    yamlFile: 'model.yaml',
  } as unknown as LoadedModel['bundle'];
  const identity = { name: 'm', version: '7', sha256: '' };
  const score = ([tensor]: [{ values: Float32Array }], count: number) =>
    Promise.resolve({
      models: [identity],
      modelOf: null,
      score: Float64Array.from(tensor.values.subarray(0, count)),
      classes: null,
      perClass: null,
    });
  const model = { inputs: [takes('x', 1)], score, identity } as unknown as LoadedModel['model'];
  const bins = { edges: [], counts: [100], low: 0, high: 1 };
  const feature = {
    name: 'amount',
    field: 'amount',
    missing: 0,
    kind: 'numeric' as const,
    ...bins,
  };
  const profile: Profile | undefined = calibrator && {
    version: 1,
    model: identity,
    rows: 100,
    read: 100,
    from: null,
    to: null,
    leftOut: [],
    score: bins,
    features: [feature],
    calibrator,
  };
  const loaded: LoadedModel = { bundle, model, profile };
  const problems: Problem[] = [];
  const readers = new Map([[TOPIC, parseSchema(EVENT)]]);
  const plan = makeScoringPlan(settings, [loaded], readers, problems);
  const metrics = new Metrics(false);
  const said: string[] = [];
  const details: (() => readonly string[])[] = [];
  const logger = {
    warn: (_more: object, what: string) => said.push(`warn: ${what}`),
    info: (_more: object, what: string) => said.push(`info: ${what}`),
  };
  const status = { detailed: (one: () => readonly string[]) => details.push(one) };
  const monitors = createMonitors(settings, { metrics, logger, status } as unknown as Reports);
  const type = plainType(EVENT);
  const scored = async (rows: readonly Row[], timestamp = Date.now()) => {
    const stages = createStages(plan!, {
      settings,
      registry: { byId: () => Promise.resolve(parseSchema(EVENT)) },
      schemaId: 1,
      now: () => 0,
      monitors: monitors.observers,
    });
    const take = createPipeline(
      stages,
      () => stages,
      () => 0,
    );
    const bytes = rows.map(({ band, ...rest }) =>
      framed(1, type.toBuffer({ ...rest, band: band === null ? null : { string: band } })),
    );
    return take(batchOf(bytes.map((value) => ({ value, timestamp }))))();
  };
  const values = async (names: RegExp) =>
    (await metrics.registry.getMetricsAsJSON())
      .filter(({ name }) => names.test(name))
      .flatMap((metric) =>
        metric.values.map(
          ({ labels, value }) =>
            `${metric.name.replace('stream_scorer_', '')} ${Object.values(labels).join(' ')} ${Number(value.toFixed(2))}`,
        ),
      );
  return {
    settings,
    problems,
    plan,
    scored,
    monitors,
    report: () => monitors.report(),
    values,
    said,
    detail: () => details.flatMap((one) => one()),
  };
}
