import { codesOf } from '../../../src/compose/fairness.ts';
import type { StreamPlan } from '../../../src/compose/scoring-plan.ts';
import type { Events } from '../../../src/flow/events.ts';
import type { FairnessFigures } from '../../../src/monitor/fairness-monitor.ts';
import type { Grouping } from '../../../src/monitor/group-reader.ts';
import { givenMonitors, row } from './given-monitors.ts';

const given = (by: readonly unknown[]) =>
  givenMonitors({ fairness: { by, favourable: ['APPROVE'], minRatio: 0.8 } });

it('compares groups by fields that the model does not read, once the batch is delivered', async () => {
  const { scored, report, values, plan } = given([
    'band',
    'kind',
    'known',
    'age',
    { field: 'age', bounds: [18, 30] },
  ]);
  expect(plan!.stream.projection.fields.map(({ path, as }) => `${path} ${as}`)).toEqual([
    'amount number',
    'band utf8',
    'kind utf8',
    'known number',
    'age long',
    'age number',
  ]);
  const rows = [
    row({}),
    row({ amount: 0.9, age: 17 }),
    row({ band: null, kind: 'CASH', known: false, age: 18 }),
  ];
  const { observation } = await scored(rows);
  const figures = () => report()['fairness'] as readonly FairnessFigures[];
  expect(figures()).toEqual([]);
  observation!.record();
  const seen = figures().map(({ by, groups, model, policy }) => [
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
  const counted = (await values(/fairness_decisions_total/)).filter((text) => / band /.test(text));
  expect(counted).toEqual([
    'fairness_decisions_total band (none) true 1',
    'fairness_decisions_total band young true 1',
    'fairness_decisions_total band young false 1',
  ]);
});

it('shows an alarm in metrics, log and probe', async () => {
  const { scored, values, said, detail } = given(['band']);
  const rows = Array.from({ length: 400 }, (_, i) => {
    if (i % 2 === 0) return row({ band: 'old', amount: i % 3 === 0 ? 0.1 : 0.9 });
    return row({ amount: i % 9 === 0 ? 0.9 : 0.1 });
  });
  const gauges = /fairness_(favourable_ratio|alarm)$/;
  expect(await values(gauges)).toEqual([]);
  for (let i = 0; i < 10; i++) (await scored(rows)).observation!.record();
  expect(await values(gauges)).toEqual([
    'fairness_favourable_ratio band old 0.38',
    'fairness_favourable_ratio band young 1',
    'fairness_alarm band old 1',
    'fairness_alarm band young 0',
  ]);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^warn: fairness: band = old gets fewer .* 0\.8 .*version 7/);
  expect(detail()).toHaveLength(1);
});

it('refuses fields that have no groups', () => {
  const { problems } = given(['nothing', 'amount', { field: 'band', bounds: [1] }]);
  expect(problems.map(({ code, where }) => `${code} ${where}`)).toEqual([
    'CONTRACT_FIELD fairness.by[0]',
    'CONTRACT_TYPE fairness.by[1]',
    'CONTRACT_FIELD fairness.by[2]',
  ]);
});

it('groups of a batch are read once, whichever monitor asks first', () => {
  let reads = 0;
  const field = { codes: () => Uint8Array.of(++reads) } as unknown as Grouping;
  const codes = codesOf([field]);
  const stream = { monitored: { groups: [{}] } } as unknown as StreamPlan;
  const [first, second] = [{ columns: [] }, { columns: [] }] as unknown as Events[];
  const [ofFairness, ofQuality] = [codes(stream), codes(stream)];
  expect([ofFairness(first!), ofQuality(first!)]).toEqual([[Uint8Array.of(1)], [Uint8Array.of(1)]]);
  expect(ofQuality(second!)).toEqual([Uint8Array.of(2)]);
  expect(codes({ ...stream })(second!)).toEqual([Uint8Array.of(3)]);
});
