import {
  makeScoringPlan,
  type LoadedModel,
  type ScoringPlan,
} from '../../../src/compose/scoring-plan.ts';
import { createStreamDecoder, seenBy } from '../../../src/compose/stages.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import type { Problem } from '../../../src/errors.ts';
import { createMapper } from '../../../src/map/mapper.ts';
import { batchOf, fatesOf, framed, TOPIC } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { input, takes, type Feature } from '../map/given.ts';

const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more });
const eventOf = (...fields: object[]) => ({ type: 'record', name: 'Event', fields });
const ID = field('id', 'string');
const AMOUNT = field('amount', 'double');
const LIMIT = field('limit', ['null', 'double'], { default: null });
const WORD = field('word', 'string');
const EVENT = eventOf(ID, AMOUNT, LIMIT, WORD);

/** A version whose features are these. */
function version(...features: Feature[]): LoadedModel {
  return {
    bundle: { description: { inputs: [input('x', ...features)] }, yamlFile: 'model.yaml' },
    model: { inputs: [takes('x', features.length)] },
  } as unknown as LoadedModel;
}

function settingsWith(skipWhenNull?: string): Settings {
  return {
    input: { topics: [TOPIC], skipWhenNull },
    output: { topic: 'scores', carry: ['id'], schemaName: 'Score', namespace: 'stream_scorer' },
    schemaRegistry: { unknownIdRetryMs: 0 },
  } as unknown as Settings;
}

function planOf(versions: readonly LoadedModel[], skipWhenNull?: string): ScoringPlan {
  const problems: Problem[] = [];
  const readers = new Map([[TOPIC, parseSchema(EVENT)]]);
  const several = versions as [LoadedModel, ...LoadedModel[]];
  const plan = makeScoringPlan(settingsWith(skipWhenNull), several, readers, problems);
  expect(problems).toEqual([]);
  return plan!;
}

/** Decodes by a plan; answers the events and what each version makes of them. */
function decoderOf(plan: ScoringPlan, byId: () => Promise<unknown> = () => Promise.resolve(EVENT)) {
  const { stream, versions } = plan;
  const decode = createStreamDecoder(stream, {
    settings: settingsWith(),
    registry: { byId: async () => parseSchema(await byId()) },
    now: () => 0,
  });
  return async (...values: Buffer[]) => {
    const decoded = await decode(batchOf(values.map((value) => framed(1, value))));
    return versions.map(({ contract, slots }, i) => {
      const events = seenBy(i, decoded, stream.skipSlot);
      const [tensor] = createMapper(contract, slots)(events);
      const values = [...(tensor!.values as Iterable<number>)];
      return { columns: events.columns.length, values, fates: fatesOf(events), events };
    });
  };
}

const event = (amount: number, limit: number | null = null, word = 'a'): Buffer =>
  plainType(EVENT).toBuffer({ id: 'i', amount, limit: limit && { double: limit }, word });

it('refuses fields of a counterfactual that events do not have, and proposes the nearest one', () => {
  const problems: Problem[] = [];
  const explain = { decisions: ['NO'], counterfactual: ['limit', 'amuont'] };
  const settings = { ...settingsWith(), explain } as unknown as Settings;
  const readers = new Map([[TOPIC, parseSchema(EVENT)]]);
  expect(makeScoringPlan(settings, [version('amount')], readers, problems)).toBeUndefined();
  expect(problems).toEqual([
    {
      code: 'CONTRACT_FIELD',
      what: 'the event has no field amuont',
      where: 'explain.counterfactual[1]',
      remedy: 'Did you mean amount?',
    },
  ]);
});

describe('a plan of several versions', () => {
  it('reads once what is read in one way, and twice what is read in two', () => {
    const { stream, versions } = planOf([
      version('amount'),
      version({ field: 'word', categories: ['a'] }, 'amount'),
    ]);
    expect(stream.projection.fields.map(({ path, as }) => [path, as])).toEqual([
      ['amount', 'number'],
      ['word', 'text'],
    ]);
    expect(versions.map(({ slots }) => slots)).toEqual([[0], [1, 0]]);
    const twice = planOf([
      version({ field: 'word', part: 'length' }),
      version({ field: 'word', categories: ['a'] }),
    ]);
    expect(twice.stream.projection.fields.map(({ as }) => as)).toEqual(['length', 'text']);
  });

  it('has a column alone for a version alone, in its own order', () => {
    const { stream, versions } = planOf([version('amount', { field: 'limit', missing: 0 })]);
    expect(stream.projection.views).toBeUndefined();
    expect(versions[0].slots).toEqual([0, 1]);
    expect(stream.projection.fields).toEqual(versions[0].contract.fields);
  });

  it('lets a field that one version requires be missing for another', async () => {
    const strict = version('amount', { field: 'word', categories: ['a'] });
    const lacking = eventOf(ID, AMOUNT, LIMIT);
    const decode = decoderOf(planOf([version('amount'), strict]), () => Promise.resolve(lacking));
    const [champion, other] = await decode(
      plainType(lacking).toBuffer({ id: 'i', amount: 3, limit: null }),
    );
    expect(champion).toMatchObject({ values: [3], fates: ['alive'] });
    expect(other!.events.fates.rejects).toEqual([
      {
        row: 0,
        stage: 'map',
        code: 'FIELD_MISSING',
        message:
          "schema 1: the writer's schema has no field word, and the reader's schema has no default for it",
      },
    ]);
    // the default makes up for it, and is null
    const without = eventOf(ID, AMOUNT, WORD);
    const plan = planOf([version('amount'), version('amount', 'limit')]);
    const older = plainType(without).toBuffer({ id: 'i', amount: 3, word: 'a' });
    const byDefault = await decoderOf(plan, () => Promise.resolve(without))(older);
    expect(byDefault.map(({ fates }) => fates)).toEqual([['alive'], ['FIELD_NULL']]);
  });

  it('names for each version the field that it misses first', async () => {
    const word = { field: 'word', categories: ['a'] };
    const lacking = eventOf(ID, LIMIT);
    const plan = planOf([version('amount', word), version(word, 'amount')]);
    const seen = await decoderOf(plan, () => Promise.resolve(lacking))(
      plainType(lacking).toBuffer({ id: 'i', limit: null }),
    );
    const said = seen.map(({ events }) => events.fates.rejects[0]!.message);
    expect(said).toEqual([
      expect.stringContaining('no field amount'),
      expect.stringContaining('no field word'),
    ]);
  });

  it('lets what is broken in a field of one version alone be nothing to another', async () => {
    const strict = version('amount', { field: 'word', categories: ['a'], unknown: 0 });
    const broken = event(3);
    broken[broken.length - 1] = 0xff; // no UTF-8
    const decode = decoderOf(planOf([version('amount'), strict]));
    const [champion, other] = await decode(event(2), broken, event(4).subarray(0, 5));
    expect(champion).toMatchObject({
      values: [2, 3, 0],
      fates: ['alive', 'alive', 'AVRO_TRUNCATED'],
    });
    expect(other!.fates).toEqual(['alive', 'AVRO_INVALID', 'AVRO_TRUNCATED']);
  });

  it('skips by a column that a version may share, and only what is not dead already', async () => {
    const plan = planOf([version({ field: 'limit', missing: 1 }), version('amount')], 'limit');
    expect([plan.stream.skipSlot, plan.versions[0].slots]).toEqual([0, [0]]);
    const seen = await decoderOf(plan)(event(1, 5), event(2));
    expect(seen.map(({ fates }) => fates)).toEqual([
      ['alive', 'skipped'],
      ['alive', 'skipped'],
    ]);
  });

  it('is made anew for a version more, while a batch goes on by the plan it was taken with', async () => {
    const before = planOf([version('amount')]);
    const answer = Promise.withResolvers<unknown>();
    const inFlight = decoderOf(before, () => answer.promise)(event(1, 5));
    const after = planOf([version('amount'), version({ field: 'limit', missing: 0 })]);
    expect(after.versions[0].slots).toEqual(before.versions[0].slots);
    expect(before.stream.projection.fields).toHaveLength(1);

    const both = await decoderOf(after)(event(1, 5));
    expect(both.map(({ columns, values }) => [columns, values])).toEqual([
      [2, [1]],
      [2, [5]],
    ]);
    answer.resolve(EVENT);
    expect((await inFlight).map(({ columns, values }) => [columns, values])).toEqual([[1, [1]]]);
  });
});
