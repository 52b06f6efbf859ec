import { GatedVersion, sharedOf } from '../../../src/compose/gated-version.ts';
import { OtherVersion } from '../../../src/compose/other-version.ts';
import { makeScoringPlan, type LoadedModel } from '../../../src/compose/scoring-plan.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import type { Events } from '../../../src/flow/events.ts';
import { Fates } from '../../../src/flow/fates.ts';
import type { FeatureSpec, InputSpec } from '../../../src/flow/features.ts';
import { TOPIC } from '../../support/avro-given.ts';
import { load, LEAST } from '../config/given.ts';
import { input, takes } from '../map/given.ts';

const EVENT = parseSchema({
  type: 'record',
  name: 'Event',
  fields: ['amount', 'risk'].map((name) => ({ name, type: ['null', 'double'] })),
});

const loaded = (version: string, spec: InputSpec): LoadedModel =>
  ({
    bundle: { description: { inputs: [spec] }, folder: '', yamlFile: 'model.yaml' },
    model: {
      identity: { name: 'm', version, sha256: version },
      warnings: [],
      classes: null,
      inputs: [takes('x', spec.features.length)],
      release: () => Promise.resolve(),
    },
  }) as unknown as LoadedModel;

const withAll = (spec: InputSpec, more: Partial<FeatureSpec>): InputSpec => ({
  ...spec,
  features: spec.features.map((feature) => ({ ...feature, ...more })),
});

/** Whether the tensors of the champion are those of the other version. */
async function isFedAlike(champion: InputSpec, other: InputSpec): Promise<boolean> {
  const settings = await load(LEAST.replace('[in]', `[${TOPIC}]`));
  const readers = new Map([[TOPIC, EVENT]]);
  const models = [loaded('1', champion), loaded('2', other)] as const;
  const plan = makeScoringPlan(settings, models, readers, [])!;
  const alone = makeScoringPlan(settings, [models[1]], readers, [])!;
  const gated = new GatedVersion({ plan: alone, ids: [], schemaId: 1 }, sharedOf(models[1]));
  const batch = { topic: TOPIC, partition: 0, records: [], closedBy: 'end' as const };
  const events: Events = { batch, fates: new Fates(0), columns: [], carried: [] };
  const view = new OtherVersion(gated, () => plan, settings).viewOf({
    ...events,
    others: [events],
  });
  return view!.isFedAlike;
}

describe('a version beside the champion', () => {
  const both = withAll(input('x', 'amount', 'risk'), { missing: -1 });

  it('takes the tensors of the champion where the same fields make them in the same way', async () => {
    expect(await isFedAlike(both, structuredClone(both))).toBe(true);
  });

  it.each<[string, InputSpec]>([
    ['other fields', withAll(input('x', 'amount'), { missing: -1 })],
    ['another order', withAll(input('x', 'risk', 'amount'), { missing: -1 })],
    ['another missing value', withAll(both, { missing: NaN })],
  ])('makes its own with %s', async (_what, other) => {
    expect(await isFedAlike(both, other)).toBe(false);
  });
});
