import type { Events } from '../../../src/flow/events.ts';
import { Fates } from '../../../src/flow/fates.ts';
import type { Reasons } from '../../../src/flow/reasons.ts';
import type { Decisions, Scores } from '../../../src/flow/scores.ts';
import { IdHash } from '../../../src/monitor/id-hash.ts';
import { OverrideTally } from '../../../src/monitor/override-tally.ts';
import { QualityMonitor, type JoinedEvent } from '../../../src/monitor/quality-monitor.ts';
import { createScoreObserver } from '../../../src/monitor/score-observer.ts';
import { DAY_MS, labelCode, type LabelOutcome } from '../../../src/monitor/score-table.ts';
import { Random } from '../../support/memory/random.ts';

const NAMES = ['APPROVE', 'REJECT'];

/** An event of a simulated stream. */
interface Simulated {
  readonly id: string | null;
  readonly score: number;
  readonly time: number;
  readonly group?: number;
  readonly segment?: number;
}

function given(more: Partial<ConstructorParameters<typeof QualityMonitor>[0]> = {}) {
  const clock = { now: 200 * DAY_MS };
  const outcomes: Partial<Record<LabelOutcome, number>> = {};
  const joined: JoinedEvent[] = [];
  const leftOut: string[] = [];
  const completed: number[] = [];
  const monitor = new QualityMonitor({
    horizonDays: 10,
    maxBytes: 2 ** 24,
    unlabelledIsNegative: false,
    isAlarm: (name) => name === 'REJECT',
    favourable: ['APPROVE'],
    fields: 1,
    lowerIsWorse: false,
    now: () => clock.now,
    onLabel: (outcome, count) => {
      outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
    },
    onJoined: (event) => joined.push(event),
    onComplete: ({ day }) => completed.push(day.size),
    ...more,
  });
  let groups: Uint8Array = new Uint8Array(0);
  const observe = createScoreObserver({
    table: monitor.table,
    names: monitor.names,
    id: undefined,
    groups: () => [groups],
    partition: () => 0,
    now: () => clock.now,
    onLeftOut: (reason, count) => leftOut.push(`${reason} ${count}`),
  });
  const observed = (events: readonly Simulated[], version = '1', reasons?: Reasons) => {
    const records = events.map(({ id, time }, offset) => ({
      offset,
      timestamp: time,
      key: id === null ? null : Buffer.from(id),
      value: null,
    }));
    groups = Uint8Array.from(events, ({ group = 2 }) => group);
    const batch = { topic: 'in', partition: 0, records, closedBy: 'end' };
    const scores: Scores = {
      models: [{ name: 'm', version, sha256: '' }],
      modelOf: null,
      score: Float64Array.from(events, ({ score }) => score),
      classes: null,
      perClass: null,
    };
    const decisions: Decisions = {
      policy: 'p',
      names: NAMES,
      index: Uint16Array.from(events, ({ score }) => (score >= 0.5 ? 1 : 0)),
      deciders: ['bands'],
      decidedBy: null,
      segments: ['abroad'],
      segmentOf: Uint16Array.from(events, ({ segment = 0 }) => segment),
    };
    const fates = new Fates(events.length);
    const all = { batch, fates, columns: [], carried: [] } as unknown as Events;
    return observe(all, [], scores, decisions, reasons)!;
  };
  const hash = new IdHash();
  const label = (id: string, value: 0 | 1, time = clock.now) => {
    hash.ofText(id);
    monitor.table.label(hash, labelCode(value), time, clock.now);
  };
  const refresh = () => {
    let steps = 0;
    for (const _step of monitor.refresh()) steps++;
    return steps;
  };
  return { monitor, clock, outcomes, joined, leftOut, completed, observed, label, refresh };
}

it('counts by the day of the event, the version and the segment, with its maturity', () => {
  const { monitor, clock, observed, label, refresh, joined, completed } = given();
  const day = clock.now;
  observed([
    { id: 'a', score: 0.9, time: day, segment: 1 },
    { id: 'b', score: 0.8, time: day },
    { id: 'c', score: 0.1, time: day },
    { id: 'd', score: 0.2, time: day, segment: 1 },
  ]).record();
  clock.now += DAY_MS;
  observed([{ id: 'e', score: 0.7, time: clock.now }], '2').record();
  label('a', 1);
  label('b', 0);
  label('c', 1);
  expect(refresh()).toBe(2);
  expect(refresh()).toBe(0); // nothing has changed
  expect(completed).toEqual([]);
  const [first, second, ...others] = monitor.days;
  expect(others).toEqual([]);
  expect(first).toMatchObject({ day: '1970-07-20', events: 4, sampled: 1, complete: false });
  expect(first!.cohorts).toMatchObject([
    {
      model: '1',
      segment: null,
      events: 4,
      labelled: 3,
      positives: 2,
      maturity: 0.75,
      alarms: { caught: 1, falsePositives: 1, missed: 1, precision: 0.5, recall: 0.5 },
    },
    { model: '1', segment: 'abroad', events: 2, labelled: 1, alarms: { precision: 1, recall: 1 } },
  ]);
  expect(second).toMatchObject({ day: '1970-07-21', cohorts: [{ model: '2', labelled: 0 }] });
  expect(
    joined.map(({ model, segment, alarm, positive }) => [model, segment, alarm, positive]),
  ).toEqual([
    ['1', 'abroad', true, true],
    ['1', '', true, false],
    ['1', '', false, true],
  ]);
  expect(monitor.mature).toEqual([]);
  label('d', 0);
  refresh();
  expect(completed).toEqual([4]); // all labels are there, and the day is over
  expect(monitor.days[0]).toMatchObject({ complete: true });
  expect(monitor.mature).toMatchObject([
    { segment: null, labelled: 4, rocAuc: 0.5 },
    { segment: 'abroad', labelled: 2 },
  ]);
  expect([...monitor.groups.subarray(8, 12)]).toEqual([1, 2, 1, 2]); // fields, group 2
});

it('waits for the horizon where labels come only for positive events', () => {
  const { monitor, clock, observed, label, refresh, completed } = given({
    unlabelledIsNegative: true,
  });
  observed([
    { id: 'a', score: 0.9, time: clock.now },
    { id: 'b', score: 0.8, time: clock.now },
    { id: 'c', score: 0.1, time: clock.now },
  ]).record();
  label('a', 1);
  clock.now += 10 * DAY_MS;
  observed([{ id: 'z', score: 0.1, time: clock.now }]).record();
  refresh();
  expect(monitor.mature).toEqual([]);
  clock.now += DAY_MS;
  observed([{ id: 'y', score: 0.1, time: clock.now }]).record();
  refresh();
  expect(completed).toEqual([3]);
  expect(monitor.mature).toMatchObject([
    { labelled: 3, maturity: 1, alarms: { precision: 0.5, recall: 1, falsePositiveRate: 0.5 } },
  ]);
});

it('keeps nothing of a batch that was not delivered, and each event once', () => {
  const { monitor, clock, observed, leftOut } = given();
  const events = [
    { id: 'a', score: 0.9, time: clock.now },
    { id: null, score: 0.1, time: clock.now },
    { id: 'old', score: 0.1, time: clock.now - 30 * DAY_MS },
  ];
  observed(events);
  expect(monitor.table.days).toEqual([]);
  const [first, again] = [observed(events), observed(events)];
  first.merge(again);
  first.record();
  expect(monitor.table.days.map(([, day]) => day.size)).toEqual([1]);
  expect(leftOut.toSorted()).toEqual(['no_id 1', 'no_id 1', 'too_old 1', 'too_old 1']);
});

it('finds the figures of a simulated stream, with labels late, twice, never and before the event', () => {
  const { monitor, clock, observed, label, refresh, outcomes } = given();
  const random = new Random(7);
  const expected = { caught: 0, falsePositives: 0, missed: 0, joined: 0, early: 0, late: 0 };
  const later: { readonly id: string; readonly value: 0 | 1; readonly at: number }[] = [];
  let [n, changed, repeated, never] = [0, 0, 0, 0];
  for (let batch = 0; batch < 50; batch++) {
    clock.now += 600_000;
    const events = Array.from({ length: 100 }, () => {
      const id = `tx-${n++}`;
      const score = random.next();
      const value = random.chance(score) ? 1 : 0;
      const fate = random.next();
      if (fate < 0.1) never++;
      else if (fate < 0.2) later.push({ id, value, at: clock.now + 11 * DAY_MS });
      else {
        if (fate < 0.3) {
          label(id, value);
          expected.early++;
        } else {
          expected.joined++;
          if (fate < 0.4) {
            changed++;
            later.push({ id, value: value === 1 ? 0 : 1, at: clock.now + DAY_MS });
          } else if (fate < 0.5) {
            repeated++;
            later.push({ id, value, at: clock.now + DAY_MS });
          }
          later.push({ id, value, at: clock.now + 2 * DAY_MS * (1 + random.next()) });
        }
        const alarm = score >= 0.5;
        if (alarm && value === 1) expected.caught++;
        if (alarm && value === 0) expected.falsePositives++;
        if (!alarm && value === 1) expected.missed++;
      }
      return { id, score, time: clock.now };
    });
    observed(events).record();
  }
  expected.late = later.filter(({ at }) => at > clock.now + 10 * DAY_MS).length;
  for (const { id, value, at } of later.toSorted((a, b) => a.at - b.at)) {
    clock.now = Math.max(clock.now, at);
    label(id, value);
  }
  refresh();
  expect(outcomes).toEqual({
    joined: expected.joined,
    early: expected.early,
    late: expected.late,
    changed,
    repeated,
  });
  const [whole] = monitor.mature;
  const { caught, falsePositives, missed } = expected;
  expect(whole).toMatchObject({ events: 5000, alarms: { caught, falsePositives, missed } });
  expect(whole!.labelled).toBe(5000 - never - expected.late);
  expect(whole!.calibration!.error).toBeLessThan(0.05);
  expect(whole!.rocAuc).toBeGreaterThan(0.8);
});

it('knows a decision by its first reason, where it has one', () => {
  const { monitor, clock, observed } = given();
  const events = ['a', 'b'].map((id) => ({ id, score: 0.9, time: clock.now }));
  observed(events, '1', {
    names: [
      { feature: 'amount', code: null },
      { feature: 'country', code: 'R07' },
    ],
    starts: Uint32Array.of(0, 2, 2),
    name: Uint16Array.of(1, 0),
    value: [null, null],
    contribution: Float64Array.of(2, 1),
  }).record();
  const tally = new OverrideTally({
    table: monitor.table,
    names: monitor.names,
    onOverride: () => undefined,
    onJoined: () => undefined,
  });
  const hash = new IdHash();
  for (const id of ['a', 'b']) {
    hash.ofText(id);
    tally.add(hash, 'REJECT');
  }
  expect(tally.figures.map(({ by, agreed }) => `${by} ${agreed}`)).toEqual(['R07 1', 'bands 1']);
});

it('counts scores that are no probabilities, too, and says nothing about their calibration', () => {
  const { monitor, clock, observed, label, refresh } = given({ lowerIsWorse: true });
  observed([{ id: 'a', score: 0.2, time: clock.now }]).record();
  clock.now += DAY_MS;
  const scores = [-40, -3, 0.5, 7];
  observed(scores.map((score, i) => ({ id: `e${i}`, score, time: clock.now }))).record();
  for (const id of ['a', 'e0', 'e1']) label(id, 1);
  for (const id of ['e2', 'e3']) label(id, 0);
  clock.now += DAY_MS;
  refresh();
  expect(monitor.mature).toMatchObject([
    { labelled: 5, rocAuc: 1, averagePrecision: 1, calibration: null },
  ]);
});
