import fc from 'fast-check';
import type { Events } from '../../../src/flow/events.ts';
import { Fates } from '../../../src/flow/fates.ts';
import { RecordView } from '../../../src/flow/record-view.ts';
import type { Decisions, Scores } from '../../../src/flow/scores.ts';
import { IdHash } from '../../../src/monitor/id-hash.ts';
import { KeptNames } from '../../../src/monitor/kept-names.ts';
import { createScoreObserver } from '../../../src/monitor/score-observer.ts';
import { CODES, GROUPS, REST, SCORE } from '../../../src/monitor/score-day.ts';
import { DAY_MS, ScoreTable } from '../../../src/monitor/score-table.ts';

const NOW = 200 * DAY_MS;
const FIELDS = 4;
const PARTITION = 7;

interface Kept {
  readonly id: number;
  readonly days: number;
  readonly msOfDay: number;
  readonly score: number;
  readonly decision: number;
  readonly segment: number;
  readonly groups: readonly number[];
}

const event: fc.Arbitrary<Kept> = fc.record({
  id: fc.nat(300),
  days: fc.constantFrom(0, 0, 0, 1, 19, -2),
  msOfDay: fc.nat(DAY_MS - 1),
  score: fc.constantFrom(0.25, 0.5, 0.75),
  decision: fc.nat(1),
  segment: fc.nat(1),
  groups: fc.array(fc.nat(21), { minLength: FIELDS, maxLength: FIELDS }),
});
const timeOf = ({ days, msOfDay }: Kept): number => NOW - days * DAY_MS - DAY_MS + msOfDay;

/** With few bytes, a day keeps a sample of its events. */
function tableOf(maxBytes = 2 ** 20) {
  const names = new KeptNames();
  const table = new ScoreTable({ horizonDays: 10, maxBytes, onLabel: () => undefined });
  return { names, table };
}

/** The words of all events, by day. */
const contents = ({ table, names }: ReturnType<typeof tableOf>): unknown => [
  names.bounded,
  table.days.map(([number, day]) => {
    const found: string[] = [];
    day.forEach((at) => {
      const { words, floats } = day;
      const all = [0, 1, CODES, GROUPS, REST].map((word) => words[at + word]);
      found.push([...all, floats[at + SCORE]].join(' '));
    });
    return [number, found.sort()];
  }),
];

const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);

/** Events whose ids are their keys, with scores and decisions. */
function batchOf(events: readonly Kept[]): [Events, unknown[], Scores, Decisions] {
  const keys = events.map(({ id }) => Buffer.from(`tx${id}`));
  const block = Buffer.concat(keys);
  let end = 0;
  const records = events.map((one, offset) => {
    const start = end;
    end += keys[offset]!.length;
    return new RecordView(offset, timeOf(one), undefined, block, start, end, -1, -1);
  });
  const batch = { topic: 'in', partition: 0, records, closedBy: 'end' };
  const fates = new Fates(events.length);
  const scores: Scores = {
    models: [{ name: 'm', version: '1', sha256: '' }],
    modelOf: null,
    score: Float64Array.from(events, ({ score }) => score),
    classes: null,
    perClass: null,
  };
  const decisions: Decisions = {
    policy: 'p',
    names: ['APPROVE', 'REJECT'],
    index: Uint16Array.from(events, ({ decision }) => decision),
    deciders: ['bands'],
    decidedBy: null,
    segments: ['abroad'],
    segmentOf: Uint16Array.from(events, ({ segment }) => segment),
  };
  const seen = { batch, fates, columns: [], carried: [] } as unknown as Events;
  return [seen, [], scores, decisions];
}

it('batches are kept as if each of their events was kept alone', () => {
  const hash = new IdHash();
  const many = fc.array(event, { minLength: 1, maxLength: 150 });
  fc.assert(
    fc.property(
      many,
      many,
      fc.constantFrom(1, 2 ** 20),
      fc.boolean(),
      (first, second, bytes, isLate) => {
        const [together, alone] = [tableOf(bytes), tableOf(bytes)];
        const left: number[] = [];
        let events = first;
        const observe = createScoreObserver({
          ...together,
          id: undefined,
          groups: () =>
            Array.from({ length: FIELDS }, (_, field) =>
              Uint8Array.from(events, ({ groups }) => groups[field]!),
            ),
          partition: () => PARTITION,
          now: () => NOW,
          onLeftOut: (reason, count) => {
            expect(reason).toBe('too_old');
            left.push(count);
          },
        });
        const observed = [first, second].map((some) => {
          events = some;
          const seen = observe(...batchOf(some))!;
          if (!isLate) seen.record();
          return seen;
        });
        if (isLate) for (const seen of observed) seen.record();

        const { names, table } = alone;
        const version = names.versions.code('1');
        const decided = ['APPROVE', 'REJECT'].map((name) => names.decisions.code(name));
        const why = names.whys.code('bands');
        const abroad = names.segment('abroad');
        let old = 0;
        for (const one of [...first, ...second]) {
          hash.ofText(`tx${one.id}`);
          const kept = {
            low: hash.low,
            high: hash.high,
            score: one.score,
            decision: decided[one.decision]!,
            version,
            segment: one.segment === 0 ? 0 : abroad,
            why,
            partition: PARTITION,
            groups: Uint8Array.from(one.groups),
            msOfDay: 0,
          };
          if (!table.add(kept, timeOf(one), NOW)) old++;
        }
        expect(contents(together)).toEqual(contents(alone));
        expect(sum(left)).toBe(old);
      },
    ),
  );
});

it.each([
  [[0.5], undefined],
  [[0.5, 1.5], false],
  [[-0.5, 1], false],
])('scores outside of 0 to 1 are known: %j', (given, bounded) => {
  const { names, table } = tableOf();
  const observe = createScoreObserver({
    names,
    table,
    id: undefined,
    groups: undefined,
    partition: () => 0,
    now: () => NOW,
    onLeftOut: () => undefined,
  });
  const records = given.map((_, offset) => ({
    offset,
    timestamp: NOW,
    key: Buffer.from(`tx${offset}`),
    value: null,
  }));
  const fates = new Fates(given.length);
  const batch = { topic: 'in', partition: 0, records, closedBy: 'end' };
  const seen = { batch, fates, columns: [], carried: [] } as unknown as Events;
  const score = Float64Array.from(given);
  const models = [{ name: 'm', version: '1', sha256: '' }];
  const nothing = { policy: null, names: [], index: null, deciders: [], decidedBy: null };
  observe(
    seen,
    [],
    { models, modelOf: null, score, classes: null, perClass: null },
    { ...nothing, segments: [], segmentOf: null },
  )!.record();
  expect(names.bounded[names.versions.code('1')]).toBe(bounded);
});
