import { NOTHING_DECIDED } from '../../../src/flow/scores.ts';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../../../src/config/settings.ts';
import { ScorerError, type Problem } from '../../../src/errors.ts';
import { columnsOf } from '../../../src/flow/features.ts';
import { fittedOf } from '../../../src/compose/fitted-model.ts';
import { createLiveStages } from '../../../src/compose/live-stages.ts';
import { makeScoringPlan, type LoadedModel } from '../../../src/compose/scoring-plan.ts';
import { readersFrom } from '../../../src/compose/topic-readers.ts';
import { createPipeline } from '../../../src/pipeline.ts';
import { scoreSchemaId } from '../../../src/compose/score-subject.ts';
import { batchOf, framed, TOPIC } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { everythingReady } from '../../support/settled.ts';
import { input, takes, type Feature } from '../map/given.ts';

const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more });
const eventOf = (...fields: object[]) => ({
  type: 'record',
  name: 'Event',
  fields: [field('id', 'string'), ...fields],
});
const AMOUNT = field('amount', 'double');
const SUBJECT = `${TOPIC}-value`;

/** A registry that counts how often the latest schema of the events is asked for. */
class CountingRegistry extends FakeRegistry {
  latests = 0;
  override latest(subject: string) {
    this.latests += 1;
    return super.latest(subject);
  }
}

interface Given {
  readonly carry?: readonly string[];
  readonly amount?: Feature;
  readonly registerSchema?: boolean;
  /** The bundle's file of golden events. */
  readonly golden?: string;
  /** A feature of another version beside the champion. */
  readonly other?: Feature;
  /** The file of its golden events. */
  readonly otherGolden?: string;
}

async function started(
  schema: object,
  {
    carry = ['id', 'kept'],
    amount = 'amount',
    registerSchema = true,
    golden,
    other,
    otherGolden,
  }: Given = {},
) {
  const registry = new CountingRegistry();
  await registry.register(SUBJECT, schema);
  const settings = {
    input: { topics: [TOPIC], subject: { [TOPIC]: [SUBJECT] } },
    output: {
      topic: 'scores',
      carry,
      registerSchema,
      schemaName: 'Score',
      namespace: 'stream_scorer',
    },
    schemaRegistry: { unknownIdRetryMs: 0 },
  } as unknown as Settings;
  const bundle = {
    description: { inputs: [input('x', amount)], golden },
    folder: '',
    yamlFile: 'model.yaml',
  } as unknown as LoadedModel['bundle'];
  const width = columnsOf(bundle.description.inputs[0]!);
  const scores: number[][] = [];
  const model = {
    inputs: [takes('x', width)],
    score: ([tensor]: [{ values: Float32Array }], rows: number) => {
      for (let row = 0; row < rows; row++)
        scores.push([...tensor.values.subarray(row * width, (row + 1) * width)]);
      return Promise.resolve({
        models: [{ name: 'm', version: '1', sha256: '' }],
        modelOf: null,
        score: Float64Array.from(tensor.values.subarray(0, rows)),
        classes: null,
        perClass: null,
      });
    },
  } as unknown as LoadedModel['model'];
  const { readers, ids = [] } = await readersFrom(registry)(settings);
  const problems: Problem[] = [];
  const beside = {
    bundle: {
      ...bundle,
      description: { inputs: [input('x', other ?? 'amount')], golden: otherGolden },
    } as never,
    model: { ...model, identity: { name: 'm', version: '2', sha256: '' } },
  };
  const models = [{ bundle, model }, ...(other === undefined ? [] : [beside])] as const;
  const plan = makeScoringPlan(settings, models, readers, problems)!;
  const versions = models.map((loaded) =>
    fittedOf(makeScoringPlan(settings, [loaded], readers, [])!),
  );
  expect(problems).toEqual([]);
  if (!registerSchema) await registry.register('scores-value', plan.stream.scoreSchema);
  const schemaId = await scoreSchemaId(settings, registry, plan.stream.scoreSchema);
  const clock = { now: 0 };
  const said: string[] = [];
  const logger = {
    info: () => undefined,
    warn: (_what: unknown, text: string) => said.push(text),
  } as never;
  const left: string[] = [];
  const live = createLiveStages({
    plan,
    versions: versions as never,
    onLeftOut: ({ version }, why) => left.push(`${version}: ${why?.[0]?.code ?? 'fits'}`),
    ids,
    settings,
    registry,
    schemaId,
    now: () => clock.now,
    onMissing: () => undefined,
    logger,
  });
  const { stages } = live;
  const take = createPipeline(
    stages,
    () => stages,
    () => 0,
  );
  registry.latests = 0;

  /** Scores events of one writer; answers what is carried, or what they died of. */
  const score = async (id: number, writer: object, ...events: object[]) => {
    const { fates, records } = await take(
      batchOf(events.map((event) => framed(id, plainType(writer).toBuffer(event)))),
    )();
    const written = await Promise.all(
      records.map(async ({ value }) => (await registry.byId(value!.readUInt32BE(1))).schema()),
    );
    const values = records.map(
      ({ value }, i) =>
        plainType(written[i]).fromBuffer(value!.subarray(5)) as { score: number; event: object },
    );
    return [...values.map(({ event }) => ({ ...event })), ...fates.rejects.map(({ code }) => code)];
  };
  return { registry, score, scores, said, stages, clock, live, left };
}

describe('a stream whose schema changes while it is scored', () => {
  const kind = (...symbols: string[]) => ({ type: 'enum', name: 'Kind', symbols });
  it.each([
    [
      'becomes nullable',
      'double',
      ['null', 'double'],
      4,
      [{ double: 5 }, null],
      [{ double: 5 }, null],
    ],
    ['is widened', 'int', 'long', 4, [2 ** 33], [2 ** 33]],
    ['has a symbol more', kind('A', 'B'), kind('A', 'B', 'C'), 'A', ['C'], ['C']],
    [
      'has a branch more',
      ['null', 'string'],
      ['null', 'string', 'long'],
      { string: 'x' },
      [{ long: 3 }],
      [{ long: 3 }],
    ],
  ])('goes on where a carried field %s', async (_name, before, after, old, values, carried) => {
    const [older, newer] = [before, after].map((type) =>
      eventOf(AMOUNT, field('kept', type, Array.isArray(type) ? { default: null } : {})),
    );
    const { registry, score, said } = await started(older!);
    expect(await score(1, older!, { id: '1', amount: 1, kept: old })).toEqual([
      { id: '1', kept: old },
    ]);
    const id = await registry.register(SUBJECT, newer!);
    const rows = values.map((kept) => ({ id: '2', amount: 1, kept }));
    expect(await score(id, newer!, ...rows)).toEqual(carried.map((kept) => ({ id: '2', kept })));
    expect(await score(1, older!, { id: '3', amount: 1, kept: old })).toHaveLength(1);
    expect(said).toEqual([]);
    expect(registry.latests).toBe(1);
  });

  it.each([
    ['is null no more', ['null', 'long'], 'long', [{ long: 4 }, null], 5, { long: 5 }],
    ['is narrowed', 'double', 'float', [0.1], 0.5, 0.5],
    ['has a symbol less', kind('A', 'B'), kind('A'), ['B'], 'A', 'A'],
    [
      'has a branch less',
      ['string', 'long'],
      ['string'],
      [{ long: 3 }],
      { string: 'x' },
      { string: 'x' },
    ],
  ])(
    'goes on with writers of before where a carried field %s',
    async (_name, before, after, olds, value, carried) => {
      const [older, newer] = [before, after].map((type) => eventOf(AMOUNT, field('kept', type)));
      const { registry, score, said } = await started(older!);
      registry.level = 'NONE';
      const id = await registry.register(SUBJECT, newer!);
      expect(await score(id, newer!, { id: '2', amount: 1, kept: value })).toEqual([
        { id: '2', kept: carried },
      ]);
      const rows = olds.map((kept) => ({ id: '3', amount: 1, kept }));
      expect(await score(1, older!, ...rows)).toEqual(olds.map((kept) => ({ id: '3', kept })));
      expect(said).toEqual([]);
    },
  );

  it('goes on with writers of before where a field of the model is narrowed', async () => {
    const [older, newer] = ['double', 'float'].map((type) => eventOf(field('amount', type)));
    const { registry, score, scores } = await started(older!, { carry: ['id'] });
    registry.level = 'NONE';
    const id = await registry.register(SUBJECT, newer!);
    await score(id, newer!, { id: '1', amount: 0.5 });
    expect(await score(1, older!, { id: '2', amount: 0.25 })).toEqual([{ id: '2' }]);
    expect(scores).toEqual([[0.5], [0.25]]);
  });

  it.each([
    ['its numbers would be rounded', ['null', 'float'], 'long', 16_777_217, 16_777_217],
    [
      'its symbols would become the default',
      { ...kind('A', 'B'), default: 'A' },
      kind('A', 'C'),
      'C',
      'C',
    ],
    [
      'its times would lose digits',
      ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      { type: 'long', logicalType: 'timestamp-micros' },
      1_700_000_000_000_001,
      1_700_000_000_000_001,
    ],
  ])(
    'takes the new type of a carried field where by the one before %s',
    async (_name, before, after, value, carried) => {
      const [older, newer] = [before, after].map((type) => eventOf(AMOUNT, field('kept', type)));
      const { registry, score } = await started(older!);
      registry.level = 'NONE';
      const id = await registry.register(SUBJECT, newer!);
      expect(await score(id, newer!, { id: '1', amount: 1, kept: value })).toEqual([
        { id: '1', kept: carried },
      ]);
    },
  );

  it.each([
    [
      'of the field',
      ['kept'],
      (type: string, value: number) => field('kept', type, { default: value }),
      7,
    ],
    [
      'of the record around it',
      ['kept.sum'],
      (type: string, value: number) =>
        field(
          'kept',
          { type: 'record', name: 'Kept', fields: [field('sum', type)] },
          { default: { sum: value } },
        ),
      { sum: 7 },
    ],
  ])(
    'takes the default of the new schema where a type is narrowed: that %s',
    async (_name, carry, kept, carried) => {
      const [older, newer] = [
        eventOf(AMOUNT, kept('double', 5)),
        eventOf(AMOUNT, kept('float', 7)),
      ];
      const { registry, score, said } = await started(older, { carry });
      registry.level = 'NONE';
      await registry.register(SUBJECT, newer);
      const without = eventOf(AMOUNT, field('more', 'string'));
      const id = await registry.register('another', without);
      expect(await score(id, without, { id: '1', amount: 1, more: '' })).toMatchObject([
        { kept: carried },
      ]);
      const old = typeof carried === 'number' ? 0.1 : { sum: 0.1 };
      expect(await score(1, older, { id: '2', amount: 1, kept: old })).toMatchObject([
        { kept: old },
      ]);
      expect(said).toEqual([]);
    },
  );

  it('writes a record that is carried whole as its schema says, where the model keeps the wider type of a field in it', async () => {
    const shop = (sum: string, ...more: object[]) =>
      eventOf(
        field('shop', { type: 'record', name: 'Shop', fields: [field('sum', sum), ...more] }),
      );
    const [older, newer] = [shop('double', field('n', 'float')), shop('float', field('n', 'long'))];
    const { registry, score, scores } = await started(older, {
      carry: ['shop'],
      amount: 'shop.sum',
    });
    registry.level = 'NONE';
    const id = await registry.register(SUBJECT, newer);
    const event = { id: '1', shop: { sum: 0.5, n: 16_777_217 } };
    expect(await score(id, newer, event)).toMatchObject([{ shop: event.shop }]);
    expect(scores).toEqual([[0.5]]);
  });

  it('follows a field of the model and a carried one that are renamed, by their aliases', async () => {
    const older = eventOf(AMOUNT, field('kept', 'string'));
    const newer = eventOf(
      field('sum', 'double', { aliases: ['amount'] }),
      field('held', 'string', { aliases: ['kept'] }),
    );
    const { registry, score } = await started(older);
    const id = await registry.register(SUBJECT, newer);
    expect(await score(id, newer, { id: '1', sum: 1, held: 'a' })).toEqual([
      { id: '1', kept: 'a' },
    ]);
    expect(await score(1, older, { id: '2', amount: 1, kept: 'b' })).toEqual([
      { id: '2', kept: 'b' },
    ]);
  });

  describe('a matrix of records', () => {
    const rows = (...fields: object[]) =>
      eventOf(field('rows', { type: 'array', items: { type: 'record', name: 'Row', fields } }));
    const [heat, speed] = [field('heat', 'double'), field('speed', 'double')];
    const matrix = { field: 'rows', matrix: [1, 2] };

    it('keeps the order of its fields where a newer schema has another', async () => {
      const older = rows(heat, speed);
      const { registry, score, scores } = await started(older, { carry: ['id'], amount: matrix });
      const newer = rows(speed, heat);
      const id = await registry.register(SUBJECT, newer);
      await score(1, older, { id: '1', rows: [{ heat: 1, speed: 2 }] });
      await score(id, newer, { id: '2', rows: [{ heat: 1, speed: 2 }] });
      expect(scores).toEqual([
        [1, 2],
        [1, 2],
      ]);
    });

    it('follows a field that is renamed', async () => {
      const { registry, score, scores } = await started(rows(heat, speed), {
        carry: ['id'],
        amount: { ...matrix, fields: ['speed', 'heat'] },
      });
      const newer = rows(field('warmth', 'double', { aliases: ['heat'] }), speed);
      const id = await registry.register(SUBJECT, newer);
      await score(id, newer, { id: '1', rows: [{ warmth: 1, speed: 2 }] });
      expect(scores).toEqual([[2, 1]]);
    });
  });

  describe('where a carried field is left out by a newer schema', () => {
    it.each([
      ['that was never null', 'string', { kept: 'a' }, { kept: { string: 'a' } }],
      [
        'that could be null',
        ['string', 'null'],
        { kept: { string: 'a' } },
        { kept: { string: 'a' } },
      ],
    ])(
      '%s, the scores go on with null, and with what old writers have',
      async (_name, type, old, carried) => {
        const older = eventOf(AMOUNT, field('kept', type));
        const { registry, score, said } = await started(older);
        const newer = eventOf(AMOUNT);
        const id = await registry.register(SUBJECT, newer);
        expect(await score(id, newer, { id: '1', amount: 1 })).toEqual([{ id: '1', kept: null }]);
        expect(await score(1, older, { id: '2', amount: 1, ...old })).toEqual([
          { id: '2', ...carried },
        ]);
        const newest = eventOf(field('amount', ['double', 'null']));
        expect(
          await score(await registry.register(SUBJECT, newest), newest, {
            id: '3',
            amount: { double: 1 },
          }),
        ).toEqual([{ id: '3', kept: null }]);
        expect(said).toEqual([]);
      },
    );

    it('below a record that stays or goes', async () => {
      const shop = (...fields: object[]) => ({ type: 'record', name: 'Shop', fields });
      const [name, land] = [field('name', 'string'), field('land', 'string')];
      const older = eventOf(AMOUNT, field('shop', shop(name, land)));
      const { registry, score, said } = await started(older, { carry: ['shop.name', 'shop.land'] });
      const newer = eventOf(AMOUNT, field('shop', shop(name)));
      const id = await registry.register(SUBJECT, newer);
      expect(await score(id, newer, { id: '1', amount: 1, shop: { name: 'a' } })).toMatchObject([
        { shop: { name: 'a', land: null } },
      ]);
      const newest = eventOf(AMOUNT);
      const last = await registry.register(SUBJECT, newest);
      expect(await score(last, newest, { id: '2', amount: 1 })).toMatchObject([
        { shop: { name: null, land: null } },
      ]);
      expect(
        await score(1, older, { id: '3', amount: 1, shop: { name: 'b', land: 'c' } }),
      ).toMatchObject([{ shop: { name: { string: 'b' }, land: { string: 'c' } } }]);
      expect(said).toEqual([]);
    });

    it.each([
      ['its default', ['shop.name', 'shop.land'], { shop: { name: 'd', land: null } }],
      ['its default, and is carried whole', ['shop'], { shop: { name: 'd' } }],
      [
        'its default, and is carried whole as well',
        ['shop', 'shop.land'],
        { shop: { name: 'd', land: null } },
      ],
    ])('below a record that takes %s', async (_name, carry, carried) => {
      const shop = (...fields: object[]) => ({ type: 'record', name: 'Shop', fields });
      const [name, land] = [field('name', 'string'), field('land', 'string')];
      const older = eventOf(
        AMOUNT,
        field('shop', shop(name, land), { default: { name: 'x', land: 'y' } }),
      );
      const { registry, score, said } = await started(older, { carry });
      const newer = eventOf(AMOUNT, field('shop', shop(name), { default: { name: 'd' } }));
      await registry.register(SUBJECT, newer);
      const without = eventOf(AMOUNT, field('more', 'string', { default: '' }));
      const id = await registry.register('another', without);
      expect(await score(id, without, { id: '1', amount: 1, more: 'm' })).toMatchObject([carried]);
      expect(said).toEqual([]);
    });

    it('records without it are dead where the subject of the scores refuses null, and it is said why', async () => {
      const older = eventOf(AMOUNT, field('kept', 'string'));
      const { registry, score, said } = await started(older, { registerSchema: false });
      const newer = eventOf(AMOUNT);
      const id = await registry.register(SUBJECT, newer);
      expect(await score(id, newer, { id: '1', amount: 1 })).toEqual(['FIELD_MISSING']);
      expect(await score(1, older, { id: '2', amount: 1, kept: 'a' })).toEqual([
        { id: '2', kept: 'a' },
      ]);
      expect(said).toEqual([
        expect.stringContaining('no version of scores-value equals the schema of the scores'),
      ]);
    });
  });

  it('keeps the definition of a type that another field has otherwise now', async () => {
    const money = (...fields: object[]) => ({ type: 'record', name: 'Money', fields });
    const older = eventOf(
      AMOUNT,
      field('kept', money(field('cents', 'long'))),
      field('other', 'Money'),
    );
    const { registry, score, said } = await started(older, { carry: ['id', 'kept', 'other'] });
    const newer = eventOf(
      AMOUNT,
      field('other', money(field('cents', 'long'), field('unit', 'string', { default: 'EUR' }))),
    );
    const id = await registry.register(SUBJECT, newer);
    expect(
      await score(id, newer, { id: '1', amount: 1, other: { cents: 5, unit: 'EUR' } }),
    ).toEqual(['FIELD_MISSING']);
    expect(said).toEqual([expect.stringContaining('define the type Money in two ways')]);
  });

  it('runs the golden events again, as their writer wrote them, and refuses schemas that change their scores', async () => {
    const golden = join(await mkdtemp(join(tmpdir(), 'golden-')), 'golden.jsonl');
    await writeFile(
      golden,
      '{"event": {"id": "1", "amount": 32400000, "kept": "a"}, "score": 9}\n',
    );
    const older = eventOf(field('amount', 'long'), field('kept', 'string'));
    const { registry, score, said } = await started(older, {
      golden,
      amount: { field: 'amount', part: 'hourOfDay' },
    });
    const fine = eventOf(
      field('at', 'long', { aliases: ['amount'] }),
      field('kept', ['string', 'null']),
    );
    const id = await registry.register(SUBJECT, fine);
    expect(await score(id, fine, { id: '1', at: 2, kept: null })).toEqual([
      { id: '1', kept: null },
    ]);
    expect(said).toEqual([]);
    const micros = { type: 'long', logicalType: 'timestamp-micros' };
    const other = eventOf(
      field('at', micros, { aliases: ['amount'] }),
      field('kept', ['string', 'null']),
    );
    await score(await registry.register(SUBJECT, other), other, { id: '1', at: 2, kept: null });
    expect(said).toEqual([expect.stringContaining('the score is 0, expected 9')]);
  });

  it('looks once for each writer that is met, and not for ids that nobody knows', async () => {
    const older = eventOf(AMOUNT, field('kept', 'int'));
    const { registry, score } = await started(older);
    const other = eventOf(AMOUNT, field('kept', 'int'), field('more', 'int'));
    const id = await registry.register('another-subject', other);
    for (let i = 0; i < 3; i++) await score(id, other, { id: '1', amount: 1, kept: 1, more: 1 });
    expect(registry.latests).toBe(1);
    for (let i = 0; i < 3; i++)
      expect(await score(1000 + i, older, { id: '1', amount: 1, kept: 1 })).toEqual([
        'SCHEMA_ID_UNKNOWN',
      ]);
    expect(registry.latests).toBe(1);
  });

  it('remembers the ids that were found bad under the schema before', async () => {
    const older = eventOf(AMOUNT, field('kept', 'int'));
    const { registry, score } = await started(older);
    expect(await score(77, older, { id: '1', amount: 1, kept: 1 })).toEqual(['SCHEMA_ID_UNKNOWN']);
    const newer = eventOf(AMOUNT, field('kept', 'long'));
    await score(await registry.register(SUBJECT, newer), newer, { id: '2', amount: 1, kept: 1 });
    expect(await score(77, older, { id: '3', amount: 1, kept: 1 })).toEqual(['SCHEMA_ID_UNKNOWN']);
    expect(registry.asked.filter((key) => key === 77)).toHaveLength(1);
  });

  it('looks again where the registry was away', async () => {
    const older = eventOf(AMOUNT, field('kept', 'int'));
    const { registry, score } = await started(older);
    const newer = eventOf(AMOUNT, field('kept', 'long'));
    const id = await registry.register(SUBJECT, newer);
    const latest = registry.latest.bind(registry);
    registry.latest = () => {
      registry.away = true;
      return latest(SUBJECT);
    };
    await expect(score(id, newer, { id: '1', amount: 1, kept: 2 ** 40 })).rejects.toThrow(
      'REGISTRY_UNAVAILABLE',
    );
    registry.latest = latest;
    registry.away = false;
    expect(await score(id, newer, { id: '1', amount: 1, kept: 2 ** 40 })).toEqual([
      { id: '1', kept: 2 ** 40 },
    ]);
  });

  it('goes on by the plan that is there where the model does not take the new schema, and says so', async () => {
    const older = eventOf(field('amount', 'double', { default: 7 }), field('kept', 'int'));
    const { registry, score, said } = await started(older);
    const newer = eventOf(field('kept', 'int'));
    const id = await registry.register(SUBJECT, newer);
    expect(await score(id, newer, { id: '1', kept: 3 })).toEqual([{ id: '1', kept: 3 }]);
    expect(said).toEqual([expect.stringContaining('the event has no field amount')]);
  });

  it('goes on by the plan that is there where nobody has registered the new schema of the scores', async () => {
    const older = eventOf(AMOUNT, field('kept', 'int'));
    const { registry, score, said } = await started(older, { registerSchema: false });
    const newer = eventOf(AMOUNT, field('kept', ['null', 'int'], { default: null }));
    const id = await registry.register(SUBJECT, newer);
    expect(await score(id, newer, { id: '1', amount: 1, kept: { int: 3 } })).toHaveLength(1);
    expect(await score(1, older, { id: '2', amount: 1, kept: 4 })).toEqual([{ id: '2', kept: 4 }]);
    expect(said).toEqual([
      expect.stringContaining('no version of scores-value equals the schema of the scores'),
    ]);
  });

  it('tries a plan that was refused again, ever later, and says no more of it than what is new', async () => {
    const older = eventOf(AMOUNT, field('kept', 'int'));
    const { registry, score, said, clock } = await started(older);
    const register = registry.register.bind(registry);
    const refuse = (what: string) => () =>
      Promise.reject(new ScorerError({ code: 'SCHEMA_INCOMPATIBLE', what }));
    const newer = eventOf(AMOUNT, field('kept', 'long'));
    const id = await register(SUBJECT, newer);
    const big = { id: '1', amount: 1, kept: 2 ** 40 };
    const minutes = 60_000;
    const after = async (time: number) => {
      clock.now += time;
      await score(1, older); // begins to try again, which nobody waits for
      await everythingReady();
      return registry.latests;
    };
    registry.register = refuse('not now');
    expect(await score(id, newer, big)).toEqual(['FIELD_TYPE']);
    expect(await after(minutes - 1)).toBe(1);
    expect(await after(1)).toBe(2);
    expect(await after(2 * minutes - 1)).toBe(2);
    registry.register = refuse('not yet');
    expect(await after(1)).toBe(3);
    expect(said).toEqual([expect.stringContaining('not now'), expect.stringContaining('not yet')]);
    registry.register = register;
    expect(await after(4 * minutes)).toBe(4);
    expect(await score(id, newer, big)).toEqual([{ id: '1', kept: 2 ** 40 }]);
    expect(await after(600 * minutes)).toBe(4);
    expect(said).toHaveLength(2);
  });

  it('leaves a batch the plan that it was decoded with', async () => {
    const older = eventOf(AMOUNT, field('kept', 'int'));
    const { registry, score, stages } = await started(older);
    const events = await stages.decode(
      batchOf([framed(1, plainType(older).toBuffer({ id: '1', amount: 1, kept: 3 }))]),
    );
    const newer = eventOf(AMOUNT, field('kept', 'long'));
    const id = await registry.register(SUBJECT, newer);
    await score(id, newer, { id: '2', amount: 1, kept: 1 });
    const tensors = stages.map(events);
    const scores = await stages.infer(tensors, 1);
    const { records } = stages.encode(events, scores, NOTHING_DECIDED, 0);
    const written = (await registry.byId(records[0]!.value!.readUInt32BE(1))).schema();
    expect(JSON.stringify(written)).toContain('"name":"kept","type":"int"');
    expect(plainType(written).fromBuffer(records[0]!.value!.subarray(5))).toMatchObject({
      event: { kept: 3 },
    });
  });

  describe('with another version beside the champion', () => {
    const RISK = field('risk', 'double');
    const older = eventOf(AMOUNT, RISK);
    const newer = eventOf(AMOUNT, field('more', 'int', { default: 0 }));
    const versionsOf = ({ planned }: Awaited<ReturnType<typeof started>>['live']) =>
      planned.plan.versions.length;

    it('renews the plan without it where a newer schema fits only the champion, and says so', async () => {
      const { registry, score, live, left, said } = await started(older, {
        carry: ['id'],
        other: 'risk',
      });
      expect(versionsOf(live)).toBe(2);
      registry.level = 'NONE';
      const id = await registry.register(SUBJECT, newer);
      expect(await score(id, newer, { id: '1', amount: 1, more: 2 })).toEqual([{ id: '1' }]);
      expect(left).toEqual(['2: CONTRACT_FIELD']);
      expect(versionsOf(live)).toBe(1);
      expect(said).toEqual([]);
    });

    it('renews the plan without it where it misses its golden events', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'golden-'));
      const otherGolden = join(folder, 'golden.jsonl');
      await writeFile(otherGolden, '{"event": {"id": "a", "amount": 1, "risk": 2}, "score": 99}\n');
      const { registry, score, live, left } = await started(older, {
        carry: ['id'],
        other: 'risk',
        otherGolden,
      });
      const more = eventOf(AMOUNT, RISK, field('more', 'int', { default: 0 }));
      const id = await registry.register(SUBJECT, more);
      expect(await score(id, more, { id: '1', amount: 1, risk: 2, more: 2 })).toEqual([
        { id: '1' },
      ]);
      expect(left).toEqual(['2: MODEL_GOLDEN']);
      expect(versionsOf(live)).toBe(1);
    });

    it('takes it in again once a schema fits it', async () => {
      const { registry, score, live, left } = await started(older, {
        carry: ['id'],
        other: 'risk',
      });
      registry.level = 'NONE';
      const id = await registry.register(SUBJECT, newer);
      await score(id, newer, { id: '1', amount: 1, more: 2 });
      const third = eventOf(AMOUNT, RISK, field('third', 'int', { default: 0 }));
      await registry.register(SUBJECT, third);
      await live.renew();
      expect(left).toEqual(['2: CONTRACT_FIELD', '2: fits']);
      expect(versionsOf(live)).toBe(2);
      expect(await score(1, older, { id: '1', amount: 1, risk: 2 })).toEqual([{ id: '1' }]);
    });

    it('gives each version its own view of the events', async () => {
      const { stages } = await started(older, { carry: ['id'], other: 'risk' });
      const events = await stages.decode(
        batchOf([framed(1, plainType(older).toBuffer({ id: '1', amount: 1, risk: 2 }))]),
      );
      expect(events.others).toHaveLength(1);
      expect(events.others![0]!.fates).not.toBe(events.fates);
      expect(events.others![0]!.columns).toBe(events.columns);
    });
  });
});
