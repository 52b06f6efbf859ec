import { IdHash } from '../../../src/monitor/id-hash.ts';
import { NEGATIVE, POSITIVE, type KeptScore } from '../../../src/monitor/score-day.ts';
import { DAY_MS, ScoreTable, type LabelOutcome } from '../../../src/monitor/score-table.ts';

const HOUR = 3_600_000;

function given({ horizonDays = 10, maxBytes = 2 ** 20, followedFrom = -Infinity } = {}) {
  const said: LabelOutcome[] = [];
  const joined: number[] = [];
  const hash = new IdHash();
  const table = new ScoreTable({
    horizonDays,
    maxBytes,
    followedFrom,
    onLabel: (outcome, count) => {
      for (let i = 0; i < count; i++) said.push(outcome);
    },
    onJoined: (day, at) => joined.push(day.label(at)),
  });
  let clock = 100 * DAY_MS;
  const kept: KeptScore = {
    low: 0,
    high: 0,
    score: 0.5,
    decision: 1,
    version: 1,
    segment: 0,
    why: 1,
    partition: 3,
    groups: new Uint8Array(4),
    msOfDay: 0,
  };
  const score = (id: string, time = clock, more: Partial<KeptScore> = {}) => {
    hash.ofText(id);
    return table.add({ ...kept, low: hash.low, high: hash.high, ...more }, time, clock);
  };
  const label = (id: string, value = POSITIVE, time = clock) => {
    hash.ofText(id);
    table.label(hash, value, time, clock);
    return said.at(-1);
  };
  const replay = (id: string, value = POSITIVE, time = clock) => {
    hash.ofText(id);
    table.replay(hash, value, time);
  };
  const find = (id: string) => {
    hash.ofText(id);
    return table.find(hash.low, hash.high);
  };
  const wait = (ms: number) => (clock += ms);
  return { table, said, joined, score, label, replay, find, wait, clock: () => clock };
}

describe('a label', () => {
  it('joins its event, and the last one counts', () => {
    const { score, label, find, joined } = given();
    score('a');
    expect(label('a')).toBe('joined');
    expect(label('a')).toBe('repeated');
    expect(label('a', NEGATIVE)).toBe('changed');
    const { day, at } = find('a')!;
    expect(day.label(at)).toBe(NEGATIVE);
    expect(joined).toEqual([POSITIVE]); // only the first one
  });

  it('that comes before its event waits for it, for an hour', () => {
    const { table, score, label, said, wait, clock } = given();
    label('a', NEGATIVE);
    label('b');
    label('b', NEGATIVE);
    label('c');
    expect(said).toEqual(['changed']);
    wait(HOUR - 1);
    score('a');
    score('b');
    expect(said).toEqual(['changed', 'early', 'early']);
    table.expire(clock());
    wait(1);
    table.expire(clock());
    expect(said.at(-1)).toBe('unknown');
    score('c');
    expect(said).toHaveLength(4);
  });

  it('beyond the horizon is late, though its event is there', () => {
    const { score, label, find, wait, clock } = given();
    const time = clock();
    score('a');
    score('b');
    wait(10 * DAY_MS);
    expect(label('a')).toBe('joined');
    wait(2 * HOUR);
    expect(label('b')).toBe('late');
    expect(label('a', NEGATIVE, time + DAY_MS)).toBe('changed'); // its own time counts
    const { day, at } = find('b')!;
    expect(day.label(at)).toBe(0);
  });

  it('never came: counted when the day is forgotten', () => {
    const { table, score, label, said, wait, clock } = given();
    score('a');
    score('b');
    score('c', clock() + HOUR);
    label('a');
    wait(17 * DAY_MS);
    score('later');
    expect(table.days.map(([day]) => day)).toEqual([100, 117]);
    wait(DAY_MS);
    score('later still');
    expect(said).toEqual(['joined', 'never', 'never']);
    expect(table.days.map(([day]) => day)).toEqual([117, 118]);
    expect(table.isComplete(107)).toBe(true);
    expect(table.isComplete(108)).toBe(false);
  });
});

describe('an event', () => {
  it('that is scored twice is kept once, with its label', () => {
    const { table, score, label, find } = given();
    score('a', undefined, { score: 0.25, decision: 7 });
    label('a');
    score('a', undefined, { score: 0.75, decision: 9, version: 2, segment: 3, why: 200 });
    expect(table.days[0]![1].size).toBe(1);
    const { day, at } = find('a')!;
    expect(day.floats[at + 2]).toBe(0.75);
    expect([...day.words.subarray(at + 3, at + 4)].map((word) => word >>> 8)).toEqual([0x090203]);
    expect(day.label(at)).toBe(POSITIVE);
  });

  it('that is older than the horizon, or far in the future, is not kept', () => {
    const { table, score, clock } = given();
    score('now');
    expect(score('old', clock() - 18 * DAY_MS)).toBe(false);
    expect(score('future', clock() + 3 * DAY_MS)).toBe(false);
    expect(score('tomorrow', clock() + DAY_MS)).toBe(true);
    expect(table.days).toHaveLength(2);
    expect(table.isComplete(99)).toBe(false); // a time beyond the clock moves nothing
  });

  it('is forgotten with its partition', () => {
    const { table, score, find } = given();
    score('a', undefined, { partition: 4 });
    score('b', undefined, { partition: 5 });
    table.drop((partition) => partition === 4);
    expect([find('a'), find('b')?.number]).toEqual([undefined, 100]);
  });
});

it('a day with more events than fit keeps a sample, whatever the order of the events', () => {
  const slots = 1024;
  const maxBytes = slots * 24 * (10 + 9);
  const ids = Array.from({ length: 20_000 }, (_, i) => `tx-${i}`);
  const of = (order: readonly string[]) => {
    const { table, score, find } = given({ maxBytes });
    expect(order.filter((id) => !score(id))).toEqual([]);
    const [[, day]] = table.days as [[number, (typeof table.days)[0][1]]];
    expect(day.words.length * 4).toBe(slots * 24);
    return { kept: ids.filter((id) => find(id) !== undefined), sampled: day.sampled };
  };
  const { kept, sampled } = of(ids);
  expect(of(ids.toReversed())).toEqual({ kept, sampled });
  expect(sampled).toBe(1 / 32);
  expect(Math.abs(kept.length - 20_000 * sampled)).toBeLessThan(80);
});

it('replays labels from before they are followed, for events that waited until then', () => {
  const start = 100 * DAY_MS;
  const { table, said, joined, score, label, replay, find } = given({ followedFrom: start - HOUR });
  const labelOf = (id: string) => find(id)!.day.label(find(id)!.at);
  score('new', start - HOUR);
  expect(table.takeBacklog()).toBeUndefined();
  score('a', start - 3 * HOUR);
  score('b', start - 5 * HOUR);
  score('restored', start - 2 * DAY_MS, { restored: true });
  expect(table.takeBacklog()).toBe(start - DAY_MS); // their day
  expect(table.takeBacklog()).toBeUndefined();
  label('b', NEGATIVE); // the newer one stays
  said.length = 0;
  replay('a', NEGATIVE, start - 3 * HOUR);
  replay('a', POSITIVE, start - 2 * HOUR);
  replay('b', POSITIVE, start - 2 * HOUR);
  replay('new', POSITIVE, start); // this one is followed
  replay('a', NEGATIVE, start + 11 * DAY_MS); // late
  expect([labelOf('a'), labelOf('b'), labelOf('new')]).toEqual([POSITIVE, NEGATIVE, 0]);
  expect(said).toEqual(['joined']);
  expect(joined).toEqual([NEGATIVE, NEGATIVE]); // b, and the first one of a
});
