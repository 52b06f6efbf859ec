import { MAX_SEGMENTS } from '../../../src/compare/comparison.ts';
import { LabelTable } from '../../../src/compare/label-table.ts';
import { scorerErrorOf } from '../../support/thrown.ts';
import { batch, comparison, identity, labels, said, subject } from './given.ts';

describe('a comparison', () => {
  it('counts who scored what, and flips only where both have a score', () => {
    const own = comparison();
    own.add(batch([0.1, 0.1, 'FIELD_NULL', null, 0.8], [0.1, 0.5, 0.9, null, 'FIELD_MISSING']));
    own.addInvalid('INPUT_INVALID');
    const { all, flips, agreed } = own.report();
    expect(agreed).toEqual({ APPROVE: 1 });
    expect(all).toMatchObject({
      events: 6,
      bothScored: 2,
      flips: 1,
      flipShare: 0.5,
      identicalScores: 1,
      decisions: {
        a: { APPROVE: 2, REVIEW: 0, REJECT: 1 },
        b: { APPROVE: 1, REVIEW: 1, REJECT: 1 },
      },
      unscored: {
        a: { FIELD_NULL: 1, INPUT_INVALID: 1 },
        b: { FIELD_MISSING: 1, INPUT_INVALID: 1 },
      },
      skipped: { a: { tombstone: 1 }, b: { tombstone: 1 } },
    });
    expect(flips).toMatchObject([{ from: 'APPROVE', to: 'REVIEW', count: 1 }]);
  });

  it('shows the examples with the largest differences, then the lowest offsets, whatever comes first', () => {
    const a = [0.1, 0.1, 0.2, 0.1, 0.1];
    const b = [0.4, 0.5, 0.6, 0.5, 0.5];
    const own = comparison();
    own.add(batch(a.slice(2), b.slice(2), {}, 2));
    own.add(batch(a.slice(0, 2), b.slice(0, 2)));
    const [{ count, examples }] = own.report().flips as [never];
    expect(count).toBe(5);
    expect(examples).toEqual([
      { topic: 'in', partition: 0, offset: '1', time: null, a: 0.1, b: 0.5, event: 'event 1' },
      { topic: 'in', partition: 0, offset: '3', time: null, a: 0.1, b: 0.5, event: 'event 3' },
      { topic: 'in', partition: 0, offset: '4', time: null, a: 0.1, b: 0.5, event: 'event 4' },
    ]);
  });

  it('counts decisions by the hour of the event, and events without a time apart', () => {
    const own = comparison({ times: true });
    const time = Float64Array.of(3_600_000, 3_599_999, -1, NaN, 3_600_001);
    own.add(batch([0.1, 0.1, 0.1, 0.1, 'FIELD_NULL'], [0.1, 0.9, 0.1, 0.1, 0.5], { time }));
    const { hours, withoutTime } = own.report();
    expect(hours).toEqual([
      { hour: '1969-12-31T23:00:00.000Z', a: { APPROVE: 1 }, b: { APPROVE: 1 } },
      { hour: '1970-01-01T00:00:00.000Z', a: { APPROVE: 1 }, b: { REJECT: 1 } },
      { hour: '1970-01-01T01:00:00.000Z', a: { APPROVE: 1 }, b: { APPROVE: 1, REVIEW: 1 } },
    ]);
    expect(withoutTime).toBe(1);
  });

  it('divides days at midnight UTC for the capacity', () => {
    const own = comparison({ capacity: 1 });
    const time = Float64Array.of(0, 86_399_999, 86_400_000, -1, NaN);
    own.add(batch([0.1, 0.2, 0.3, 0.4, 0.9], [0.1, 0.2, 0.3, 0.4, 0.9], { time }));
    const { byDay, days, withoutTime } = own.report().capacity!.b;
    expect({ days, withoutTime }).toEqual({ days: 3, withoutTime: 1 });
    expect(byDay).toEqual([
      { day: '1969-12-31', threshold: 0.4 },
      { day: '1970-01-01', threshold: 0.2 },
      { day: '1970-01-02', threshold: 0.3 },
    ]);
  });

  it('counts scores that are the same, bit for bit, apart from those that are nearly', () => {
    const own = comparison();
    own.add(batch([0.1, 0.1, 0.5, 0, 1], [0.1, 0.1 + 2 ** -56, 0.4, -0, 1]));
    const { identicalScores, difference } = own.report().all;
    expect(identicalScores).toBe(2);
    expect(difference.maxAbsolute).toBeCloseTo(0.1, 12);
  });

  it('loses no cent among large amounts', () => {
    const own = comparison({ subject: subject({ amount: 'amount' }) });
    const same = [0.1, 0.1, 0.1, 0.1];
    own.add(batch(same, same, { amount: Float64Array.of(2 ** 53, 1, 1, -(2 ** 53)) }));
    expect(own.report().all.amounts!.a).toMatchObject({ APPROVE: 2 });
  });

  it('refuses times that are no times', async () => {
    const own = comparison({ times: true });
    const many = Array.from({ length: 87_601 }, () => 0.5);
    const time = Float64Array.from(many, (_, i) => i * 3_600_000);
    expect(
      await scorerErrorOf(() => {
        own.add(batch(many, many, { time }));
      }),
    ).toMatchObject({
      code: 'INPUT_INVALID',
      problems: [{ where: '--time' }],
    });
  });

  it('refuses more events than it can hold, before anything is left out', async () => {
    const own = comparison({ maxEvents: 3 });
    own.add(batch([0.1, 0.1], [0.1, 0.1]));
    expect(
      await scorerErrorOf(() => {
        own.add(batch([0.1, 0.1], [0.1, 0.1]));
      }),
    ).toMatchObject({
      code: 'INPUT_INVALID',
      problems: [{ what: 'there are more than 3 events' }],
    });
  });

  it('groups by segment, the largest first, and says how many events have no group', () => {
    const own = comparison({ subject: subject({ by: 'country', amount: 'amount' }) });
    const segment = ['DE', 'FR', 'DE'];
    const amount = Float64Array.of(1, 2, NaN);
    own.add(batch([0.1, 0.1, 0.5], [0.1, 0.8, 0.1], { segment, amount }));
    const names = Array.from({ length: MAX_SEGMENTS + 5 }, (_, i) => `s${i}`);
    const same = names.map(() => 0.1);
    own.add(batch(same, same, { segment: names, amount: new Float64Array(names.length) }));
    const { segments, otherSegments, all } = own.report();
    expect(segments).toHaveLength(MAX_SEGMENTS);
    expect(otherSegments).toBe(7);
    expect(all.events).toBe(3 + names.length);
    expect(segments[0]).toMatchObject({
      segment: 'DE',
      events: 2,
      flips: 1,
      amounts: { a: { APPROVE: 1, REVIEW: 0 }, b: { APPROVE: 1 } },
    });
  });

  it('counts positive events without a score apart, with their money', () => {
    const table = new LabelTable(10);
    table.add('x', 1);
    table.of('x');
    const own = comparison({ subject: subject({ amount: 'amount' }), labels: table });
    const facts = { label: labels([1, 1, 0, null]), amount: Float64Array.of(10, 20, 30, 40) };
    own.add(batch([0.9, 'FIELD_NULL', 0.9, 0.9], [0.1, 0.9, 0.1, 0.1], facts));
    const { all, labels: told } = own.report();
    expect(told).toMatchObject({ joined: 1, unlabelled: 3 });
    expect(all.quality!.a.alarms).toEqual({
      caught: 1,
      missed: 0,
      falseAlarms: 1,
      precision: 0.5,
      recall: 1,
      falsePositiveRate: 1,
      unscored: 1,
      amount: { caught: 10, missed: 0, falseAlarms: 30, unscored: 20 },
    });
    expect(all.quality!.b.alarms).toMatchObject({
      caught: 1,
      missed: 1,
      precision: 1,
      recall: 0.5,
    });
  });

  it('says what decided, where the policy says it', () => {
    const own = comparison();
    const by = (row: number): string => ['bands', 'bands', 'rule:abroad'][row]!;
    own.add(
      batch([0.1, 0.1, 0.1], { ...said([0.1, 'FIELD_NULL', 0.9]), by, policy: 'p list:x@5' }),
    );
    expect(own.report().subject).toMatchObject({ a: { policy: 'p' }, b: { policy: 'p list:x@5' } });
    expect(own.report().decidedBy).toEqual({ a: {}, b: { bands: 1, 'rule:abroad': 1 } });
    expect(comparison().report().decidedBy).toBeNull();
  });

  it('has scores without decisions', () => {
    const none = identity({ decisions: [], alarms: [] });
    const own = comparison({ subject: subject({ a: none, b: none }) });
    own.add(batch(said([0.1, 0.2], false), said([0.1, 0.4], false)));
    const { all, flips } = own.report();
    expect(all.decisions).toEqual({ a: { '(no decision)': 2 }, b: { '(no decision)': 2 } });
    expect(all.difference.maxAbsolute).toBe(0.2);
    expect(flips).toEqual([]);
  });

  it('of nothing has no figures, and none that is not a number', () => {
    const { all, scores } = comparison({ capacity: 5 }).report();
    expect(all).toMatchObject({ events: 0, flipShare: null, difference: { mean: null } });
    expect(scores.a).toEqual({ count: 0, min: null, max: null, mean: null, quantiles: {} });
  });
});
