import type { CanaryReport, CanarySeen } from '../../../src/compose/canary-observation.ts';
import { CanaryTrials } from '../../../src/compose/canary-trial.ts';
import { GatedVersion, sharedOf } from '../../../src/compose/gated-version.ts';
import { createLiveStages } from '../../../src/compose/live-stages.ts';
import { makeScoringPlan, type LoadedModel } from '../../../src/compose/scoring-plan.ts';
import { keepPrepared, type PreparedReasons } from '../../../src/compose/version-reasons.ts';
import { readersFrom } from '../../../src/compose/topic-readers.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { ScorerError } from '../../../src/errors.ts';
import type { Events } from '../../../src/flow/events.ts';
import { createPipeline } from '../../../src/pipeline.ts';
import { rowsOfShare } from '../../../src/rollout/key-share.ts';
import { framed, TOPIC } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { everythingReady } from '../../support/settled.ts';
import { input, takes } from '../map/given.ts';

const SUBJECT = `${TOPIC}-value`;
const EVENT = {
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'amount', type: ['null', 'double'], default: null },
    { name: 'risk', type: ['null', 'double'], default: null },
  ],
};
const event = plainType(EVENT);

interface Answer {
  readonly timedOut?: readonly number[];
  readonly failed?: readonly { readonly row: number; readonly why: string }[];
  readonly seconds?: number;
}

type Values = { readonly amount?: number; readonly risk?: number };
const wrapped = ({ amount, risk }: Values) => ({
  amount: amount === undefined ? null : { double: amount },
  risk: risk === undefined ? null : { double: risk },
});

/** A version whose score is a field, and how it answers. */
interface Given {
  readonly answer?: () => Promise<Answer | undefined>;
}

/** The champion scores amounts, and the canary risks. */
async function world({
  canary = {},
  timeoutMs = 60_000,
  explains = false,
}: {
  canary?: Given;
  timeoutMs?: number;
  explains?: boolean;
}) {
  const registry = new FakeRegistry();
  await registry.register(SUBJECT, EVENT);
  const settings = {
    input: { topics: [TOPIC], subject: { [TOPIC]: [SUBJECT] } },
    output: { topic: 'scores', carry: [], schemaName: 'Score', namespace: 'stream_scorer' },
    schemaRegistry: { unknownIdRetryMs: 0 },
    decision: {
      policy: 'p',
      bands: [{ upTo: 0.5, decision: 'APPROVE' }, { decision: 'REJECT' }],
    },
    explain: { decisions: ['APPROVE', 'REJECT'], top: 3 },
    inference: { timeoutMs: 1000 },
  } as unknown as Settings;
  const { readers, ids = [] } = await readersFrom(registry)(settings);
  const asked: number[] = [];
  const versionOf = (version: string, field: string, { answer }: Given = {}): GatedVersion => {
    const identity = { name: 'm', version, sha256: version };
    const bundle = {
      description: { inputs: [input('x', field)], labels: {} },
      folder: '',
      yamlFile: 'model.yaml',
    } as unknown as LoadedModel['bundle'];
    const model = {
      identity,
      warnings: [],
      classes: null,
      inputs: [takes('x', 1)],
      score: async ([tensor]: [{ values: Float32Array }], rows: number) => {
        if (version === '2') asked.push(rows);
        const more = await answer?.();
        return {
          models: [identity],
          modelOf: null,
          score: Float64Array.from(tensor.values.subarray(0, rows)),
          classes: null,
          perClass: null,
          ...more,
        };
      },
    } as unknown as LoadedModel['model'];
    // Each explains its score by itself.
    const explainer: PreparedReasons['explainer'] = {
      prepare: () => Promise.reject(new Error('it is prepared')),
      explain: ([tensor]) => {
        const values = Float64Array.from(tensor!.values as Float32Array);
        return Promise.resolve({ columns: 1, base: 0, values });
      },
    };
    if (explains) keepPrepared(model, { explainer, eventMs: 1 } as PreparedReasons);
    const plan = makeScoringPlan(settings, [{ bundle, model }], readers, [])!;
    return new GatedVersion({ plan, ids, schemaId: 9 }, sharedOf({ bundle, model }));
  };
  const versions = [versionOf('1', 'amount'), versionOf('2', 'risk', canary)] as const;
  const models = versions.map(({ fitted }) => fitted.loaded) as [LoadedModel, LoadedModel];
  const plan = makeScoringPlan(settings, models, readers, [])!;
  const { stages, planOf } = createLiveStages({
    plan,
    ids,
    schemaId: 9,
    versions: [versions[0].fitted, versions[1].fitted],
    settings,
    registry,
    now: () => 0,
    onMissing: () => undefined,
    logger: { info: () => undefined, warn: () => undefined } as never,
  });
  const seen: CanarySeen[] = [];
  const broken: unknown[] = [];
  const compares: (() => Promise<number | undefined>)[] = [];
  const report: CanaryReport = {
    delivered: (one) => void seen.push(one),
    inferred: () => undefined,
    measure: (compare) => void compares.push(compare),
    broken: (error) => void broken.push(error),
  };
  const [champion, second] = versions;
  const trials = new CanaryTrials({
    champion,
    canary: second,
    planOf,
    settings,
    timeoutMs,
    report,
  });
  const score = async (events: readonly (Values | null)[], percent = 50) => {
    const records = events.map((one, offset) => ({
      offset,
      timestamp: 0,
      key: Buffer.from(`key-${offset}`),
      value: one === null ? null : framed(1, event.toBuffer(wrapped(one))),
    }));
    const batch = { topic: TOPIC, partition: 0, records, closedBy: 'end' } as const;
    const version = { ...stages, canary: (all: Events) => trials.begin(all, percent) };
    const take = createPipeline(
      stages,
      () => version,
      () => 0,
    );
    const outcome = await take(batch)();
    const share = new Set(rowsOfShare(batch, percent));
    const { fates, scores, decisions } = outcome;
    const became = events.map((_, row) => {
      if (!fates.isAlive(row))
        return fates.rejects.find((reject) => reject.row === row)?.code ?? 'nothing';
      const model = scores!.models[scores!.modelOf?.[row] ?? 0]!.version;
      return `${model}: ${scores!.score[row]!.toFixed(2)} ${decisions!.names[decisions!.index![row]!]}`;
    });
    return { outcome, became, share };
  };
  const type = plainType(plan.stream.scoreSchema);
  return { score, seen, broken, compares, asked, type };
}

const SOME = Array.from({ length: 20 }, (_, i) => ({ amount: i / 40, risk: 0.75 }));

describe('a canary', () => {
  it('decides for the keys of its share, and is asked about no others', async () => {
    const { score, asked } = await world({});
    const { became, share, outcome } = await score(SOME);
    expect(share.size).toBeGreaterThan(4);
    expect(share.size).toBeLessThan(16);
    expect(became).toEqual(
      SOME.map(({ amount }, row) =>
        share.has(row) ? '2: 0.75 REJECT' : `1: ${amount.toFixed(2)} APPROVE`,
      ),
    );
    expect(asked).toEqual([share.size]);
    expect(outcome.records).toHaveLength(20);
  });

  it('says once the batch is delivered how it differs from the champion', async () => {
    const { score, seen } = await world({});
    const { outcome, share } = await score(SOME);
    expect(seen).toEqual([]);
    outcome.observation!.record();
    expect(seen).toEqual([
      {
        rows: share.size,
        compared: share.size,
        flips: new Map([['APPROVE', new Map([['REJECT', share.size]])]]),
        fallbacks: new Map(),
      },
    ]);
  });

  it('says why it decided, and the champion says it for the other events', async () => {
    const { score, type } = await world({ explains: true });
    const { outcome, share } = await score(SOME);
    const reasons = outcome.records.map(
      ({ value }) => (type.fromBuffer(value!.subarray(5)) as { reasons: unknown[] }).reasons,
    );
    expect(reasons).toEqual(
      SOME.map(({ amount, risk }, row) => {
        const [feature, value] = share.has(row) ? ['risk', risk] : ['amount', amount];
        const fixed = Math.fround(value);
        if (fixed === 0) return [];
        return [{ feature, value: { double: value }, contribution: fixed, code: null }];
      }),
    );
  });

  it('has a fate of its own for each event', async () => {
    const { score, seen } = await world({});
    // one of all combinations after the other
    const events: readonly Values[] = Array.from({ length: 40 }, (_, i) => ({
      ...(i % 2 === 0 ? { amount: 0.1 } : {}),
      ...(i % 4 < 2 ? { risk: 0.9 } : {}),
    }));
    const { became, share, outcome } = await score([...events, null]);
    const expected = events.map(({ amount, risk }, row) => {
      if (share.has(row) && risk !== undefined) return '2: 0.90 REJECT';
      return amount === undefined ? 'FIELD_NULL' : '1: 0.10 APPROVE';
    });
    expect(became).toEqual([...expected, 'nothing']);
    outcome.observation!.record();
    const fallbacks = events.filter(
      ({ amount, risk }, row) => share.has(row) && risk === undefined && amount !== undefined,
    );
    expect(seen[0]!.fallbacks).toEqual(new Map([['FIELD_NULL', fallbacks.length]]));
    expect(fallbacks.length).toBeGreaterThan(0);
    const alive = became.filter((one) => one.includes(':')).length;
    expect(outcome.fates.alive).toBe(alive);
    expect(outcome.fates.skipped).toBe(1);
    expect([...outcome.rows]).toEqual(
      [...became.keys()].filter((row) => became[row]!.includes(':')),
    );
  });

  it('scores what the champion cannot, also if that is the whole batch', async () => {
    const { score } = await world({});
    const { became, share } = await score(SOME.map(() => ({ risk: 0.1 })));
    expect(became).toEqual(
      SOME.map((_, row) => (share.has(row) ? '2: 0.10 APPROVE' : 'FIELD_NULL')),
    );
  });

  it.each([
    ['a row is too slow', 'INFERENCE_TIMEOUT', { timedOut: [0] }],
    ['the model fails for a row', 'INFERENCE_FAILED', { failed: [{ row: 0, why: 'so' }] }],
  ])('leaves a row to the champion where %s', async (_where, code, answer) => {
    const { score, seen, broken } = await world({
      canary: { answer: () => Promise.resolve(answer) },
    });
    const { became, share, outcome } = await score(SOME);
    const [first] = share;
    expect(became[first!]).toMatch(/^1: /);
    expect(became.filter((one) => one.startsWith('2: '))).toHaveLength(share.size - 1);
    outcome.observation!.record();
    expect(seen[0]).toMatchObject({ rows: share.size, compared: share.size - 1 });
    expect(seen[0]!.fallbacks).toEqual(new Map([[code, 1]]));
    expect(broken).toEqual([]);
  });

  it.each([
    ['passes', 'MODEL_WORKER_LOST', 0],
    ['does not pass', 'MODEL_WORKER_FAILED', 1],
  ] as const)(
    'leaves all rows to the champion in an outage that %s',
    async (_what, code, breaks) => {
      const { score, seen, broken } = await world({
        canary: { answer: () => Promise.reject(new ScorerError({ code, what: 'it is away' })) },
      });
      const { became, share, outcome } = await score(SOME);
      expect(became.every((one) => one.startsWith('1: '))).toBe(true);
      outcome.observation!.record();
      expect(seen[0]!.fallbacks).toEqual(new Map([[code, share.size]]));
      expect(broken).toHaveLength(breaks);
    },
  );

  it('does not hold up batches if it is late, and gets no other batch meanwhile', async () => {
    const late = Promise.withResolvers<undefined>();
    let first = true;
    const answer = () => {
      const own = first ? late.promise : Promise.resolve(undefined);
      first = false;
      return own;
    };
    const { score, asked } = await world({ canary: { answer }, timeoutMs: 5 });
    const own = (became: readonly string[]): boolean => became.some((one) => one.startsWith('2: '));
    expect(own((await score(SOME)).became)).toBe(false);
    expect(own((await score(SOME)).became)).toBe(false);
    expect(asked).toHaveLength(1);
    late.resolve(undefined);
    await everythingReady();
    expect(own((await score(SOME)).became)).toBe(true);
  });

  it('is compared with the champion for the same rows', async () => {
    const { score, compares } = await world({
      canary: { answer: () => Promise.resolve({ seconds: 3 }) },
    });
    const { outcome } = await score(SOME);
    outcome.observation!.record();
    expect(compares).toHaveLength(1);
    expect(await compares[0]!()).toBeUndefined(); // the champion of this test says no time
  });

  it('has no row of a share of 0', async () => {
    const { score, asked } = await world({});
    const { became, outcome } = await score(SOME, 0);
    expect(became.every((one) => one.startsWith('1: '))).toBe(true);
    expect(asked).toEqual([]);
    expect(outcome.observation).toBeUndefined();
  });
});
