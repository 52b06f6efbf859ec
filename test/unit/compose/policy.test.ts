import type { Settings } from '../../../src/config/settings.ts';
import { makeScoringPlan, type LoadedModel } from '../../../src/compose/scoring-plan.ts';
import { createStages } from '../../../src/compose/stages.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import type { Problem } from '../../../src/errors.ts';
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
    field('merchant', [
      'null',
      { type: 'record', name: 'Merchant', fields: [field('country', 'string')] },
    ]),
    field('kind', { type: 'enum', name: 'Kind', symbols: ['CARD', 'CASH'] }),
    field('at', { type: 'long', logicalType: 'timestamp-millis' }),
    field('tags', { type: 'array', items: 'string' }),
  ],
};

const RULES = [
  { name: 'abroad', when: 'event.merchant.country != "DE" && event.amount > 100.0' },
  { name: 'late', when: 'event.at >= 1700000000000 && event.kind == "CASH"', stage: 'before' },
  { name: 'tagged', when: 'size(event.tags) > 1' },
].map((rule) => ({ stage: 'after', decision: 'REVIEW', shadow: false, ...rule }));

function given(decision: object, events: readonly object[] = [EVENT]) {
  const topics = events.map((_, i) => (i === 0 ? TOPIC : `${TOPIC}${i}`));
  const settings = {
    input: { topics },
    output: { topic: 'scores', carry: [], schemaName: 'Score', namespace: 'stream_scorer' },
    schemaRegistry: { unknownIdRetryMs: 0 },
    decision: {
      policy: 'p1',
      bands: [{ upTo: 500, decision: 'APPROVE' }, { decision: 'REJECT' }],
      ...decision,
    },
  } as unknown as Settings;
  const bundle = {
    description: { inputs: [input('x', 'amount')] },
    yamlFile: 'model.yaml',
  } as unknown as LoadedModel['bundle'];
  const score = ([tensor]: [{ values: Float32Array }], count: number) =>
    Promise.resolve({
      models: [{ name: 'm', version: '1', sha256: '' }],
      modelOf: null,
      score: Float64Array.from(tensor.values.subarray(0, count)),
      classes: null,
      perClass: null,
    });
  const model = { inputs: [takes('x', 1)], score } as unknown as LoadedModel['model'];
  const problems: Problem[] = [];
  const readers = new Map(events.map((event, i) => [topics[i]!, parseSchema(event)]));
  const plan = makeScoringPlan(settings, [{ bundle, model }], readers, problems);
  if (plan === undefined) return { problems };
  const counted: string[] = [];
  const stages = createStages(plan, {
    settings,
    registry: { byId: () => Promise.resolve(parseSchema(EVENT)) },
    schemaId: 9,
    now: () => 0,
    onRule: ({ name }, matched) => void counted.push(`${name} ${matched}`),
  });
  const type = plainType(plan.stream.scoreSchema);
  const run = async (values: readonly object[]) => {
    const take = createPipeline(
      stages,
      () => stages,
      () => 0,
    );
    const bytes = values.map((value) => framed(1, plainType(EVENT).toBuffer(value)));
    const { records, fates, observation } = await take(batchOf(bytes))();
    const scores = records.map(
      ({ value }) => type.fromBuffer(value!.subarray(5)) as Record<string, unknown>,
    );
    return { scores, fates, observation };
  };
  return { problems, plan, run, counted };
}

const payment = (more: object) => ({
  amount: 1,
  merchant: { Merchant: { country: 'FR' } },
  kind: 'CARD',
  at: 1700000000001,
  tags: [],
  ...more,
});

describe('a policy that reads the event', () => {
  it('reads what its conditions name, beside what the model reads, and writes who decided', async () => {
    const segments = [
      { name: 'large', when: 'event.amount > 400.0', bands: [{ decision: 'CALL' }] },
    ];
    const { run, plan, counted } = given({ rules: RULES, segments });
    expect(plan!.stream.projection.fields.map(({ path, as }) => `${path} ${as}`)).toEqual([
      'amount number',
      'merchant.country utf8',
      'at long',
      'kind utf8',
      'tags length',
    ]);
    const { scores, fates, observation } = await run!([
      payment({}),
      payment({ amount: 200 }),
      payment({ amount: 450, merchant: { Merchant: { country: 'DE' } } }),
      payment({ kind: 'CASH' }),
      payment({ tags: ['a', 'b'] }),
      payment({ amount: 600, merchant: null, tags: ['a'] }),
    ]);
    const string = (value: string | null) => value && { string: value };
    expect(
      scores.map(({ decision, decidedBy, segment, policy }) => [
        decision,
        decidedBy,
        segment,
        policy,
      ]),
    ).toEqual(
      [
        ['APPROVE', 'bands', null],
        ['REVIEW', 'rule:abroad', null],
        ['CALL', 'segment:large', 'large'],
        ['REVIEW', 'rule:late', null],
        ['REVIEW', 'rule:tagged', null],
        ['REVIEW', 'rule:abroad', 'large'],
      ].map((row) => [...row.map((value) => string(value)), string('p1')]),
    );
    expect(fates.rejects).toEqual([]);
    expect(counted).toEqual([]);
    observation!.record();
    expect(counted!.sort()).toEqual(['abroad 2', 'late 1', 'tagged 1']);
  });

  it('makes a dead letter of stage decide of an event for which it fails', async () => {
    const rules = [{ ...RULES[0]!, when: '10 / (event.at - event.at) > 1' }];
    const { run } = given({ rules });
    const { scores, fates } = await run!([payment({})]);
    expect(scores).toEqual([]);
    expect(fates.rejects).toMatchObject([{ stage: 'decide', code: 'POLICY_FAILED' }]);
  });

  it('is refused with everything that is wrong, and where input topics differ', () => {
    const rules = [
      { ...RULES[0]!, when: 'event.amont > 1.0' },
      { ...RULES[1]!, when: 'at > 1' },
    ];
    expect(given({ rules }).problems.map(({ where }) => where)).toEqual([
      'decision.rules[0].when, character 1',
      'decision.rules[1].when, character 1',
    ]);
    const { fields } = EVENT;
    const other = {
      ...EVENT,
      fields: fields.map((one) => (one.name === 'at' ? field('at', 'int') : one)),
    };
    expect(given({ rules: RULES }, [EVENT, other]).problems).toMatchObject([
      { code: 'POLICY_INVALID', where: 'input.topics' },
    ]);
  });
});
