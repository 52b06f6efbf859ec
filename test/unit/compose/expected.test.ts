import { createExpected } from '../../../src/compose/expected.ts';
import type { ScoringPlan } from '../../../src/compose/scoring-plan.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { IdHash } from '../../../src/monitor/id-hash.ts';
import { QualityMonitor } from '../../../src/monitor/quality-monitor.ts';
import { DAY_MS, labelCode } from '../../../src/monitor/score-table.ts';
import type { Logger } from '../../../src/observe/logger.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { Random } from '../../support/memory/random.ts';

const HORIZON_DAYS = 3;
const EVENTS_A_DAY = 500;

/**
 * A stream whose scores are calibrated, with all labels two days later, until (`from`) labels
 * follow from the scores by another curve.
 */
function streamed(
  days: number,
  { from = Infinity, rateOf = (score: number): number => score, seed = 1 } = {},
) {
  const metrics = new Metrics(false);
  const said: string[] = [];
  const logger = {
    warn: (more: { day: string; of: string }, what: string) =>
      said.push(`${more.day} ${more.of}: ${what}`),
  } as unknown as Logger;
  const decision = {
    bands: [{ upTo: 0.5, decision: 'APPROVE' }, { decision: 'REJECT' }],
  } as unknown as Settings['decision'];
  const expected = createExpected({ decision } as never, { metrics, logger });
  const calibrator = {
    knots: [
      [0, 0],
      [1, 1],
    ],
  };
  const model = { identity: { version: '7' } };
  expected.observe({ versions: [{ model, profile: { calibrator } }] } as unknown as ScoringPlan);
  const clock = { now: 1000 * DAY_MS };
  const monitor = new QualityMonitor({
    horizonDays: HORIZON_DAYS,
    maxBytes: 2 ** 24,
    unlabelledIsNegative: false,
    isAlarm: (name) => name === 'REJECT',
    favourable: undefined,
    fields: 0,
    lowerIsWorse: false,
    now: () => clock.now,
    onLabel: () => undefined,
    onJoined: () => undefined,
    onComplete: expected.onComplete,
  });
  const { names, table } = monitor;
  const random = new Random(seed);
  const hash = new IdHash();
  const version = names.versions.code('7');
  let waiting: { readonly id: string; readonly label: 0 | 1; readonly due: number }[] = [];
  for (let day = 0; day < days; day++, clock.now += DAY_MS) {
    for (let i = 0; i < EVENTS_A_DAY; i++) {
      const id = `${day}-${i}`;
      const score = random.next();
      const rate = day < from ? score : rateOf(score);
      waiting.push({ id, label: random.chance(rate) ? 1 : 0, due: clock.now + 2 * DAY_MS });
      hash.ofText(id);
      const decided = names.decisions.code(score >= 0.5 ? 'REJECT' : 'APPROVE');
      const kept = { low: hash.low, high: hash.high, score, decision: decided, version };
      const rest = { segment: 0, why: 0, partition: 0, groups: new Uint8Array(4), msOfDay: 0 };
      table.add({ ...kept, ...rest }, clock.now, clock.now);
    }
    for (const { id, label, due } of waiting) {
      if (due > clock.now) continue;
      hash.ofText(id);
      table.label(hash, labelCode(label), clock.now, clock.now);
    }
    waiting = waiting.filter(({ due }) => due > clock.now);
    for (const _step of monitor.refresh());
  }
  return { expected, monitor, said, metrics };
}

const alarm = async ({ qualityAlarm }: Metrics['monitors']) =>
  (await qualityAlarm.get()).values.map(({ value }) => value);

it('a model whose scores say less than before is found, in alarms and in other decisions', async () => {
  // the base rate stays, but the scores do not order the events as well: the AUC falls
  const from = 10;
  const { expected, said, monitor, metrics } = streamed(20, {
    from,
    rateOf: (score) => 0.5 + 0.4 * (score - 0.5),
  });
  const first = new Date((1000 + from) * DAY_MS).toISOString().slice(0, 10);
  const [one] = said.toSorted();
  expect(one! >= first).toBe(true);
  expect(
    said
      .map((text) => text.split(' ')[1])
      .slice(0, 2)
      .toSorted(),
  ).toEqual(['alarms:', 'others:']);
  // found by the labels of two days at most: some 1,000 events
  const found = said.map((text) => (Date.parse(text.slice(0, 10)) - Date.parse(first)) / DAY_MS);
  expect(Math.min(...found)).toBeLessThanOrEqual(1);
  expect(expected.detail()).toHaveLength(2);
  await metrics.registry.metrics();
  expect(await alarm(metrics.monitors)).toEqual([1]);
  const aucs = monitor.days.map(({ cohorts }) => cohorts[0]!.rocAuc!).filter((auc) => auc > 0);
  expect(aucs.at(0)!).toBeGreaterThan(0.8);
  expect(aucs.at(-1)!).toBeLessThan(0.7);
});

it('a stream without a change raises no alarm', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { expected, said, metrics } = streamed(60, { seed });
    expect(said).toEqual([]);
    expect(expected.detail()).toEqual([]);
    await metrics.registry.metrics();
    expect(await alarm(metrics.monitors)).toEqual([0]);
  }
});
