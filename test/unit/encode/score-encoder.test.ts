import { anyText } from '../../support/texts.ts';
import fc from 'fast-check';
import { framed } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { NOTHING_DECIDED } from '../../../src/flow/scores.ts';
import { encodeScores, inEvent, MODEL, SCHEMA_ID } from './given.ts';

const EVENT = {
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'id', type: 'string' },
    {
      name: 'card',
      type: ['null', { type: 'record', name: 'Card', fields: [{ name: 'limit', type: 'int' }] }],
    },
  ],
};
const event = (id: string, limit?: number): Buffer =>
  framed(
    1,
    plainType(EVENT).toBuffer({ id, card: limit === undefined ? null : { Card: { limit } } }),
  );

describe('a score record', () => {
  it.each([
    '-1',
    '8640000000000001',
    '-8640000000000001',
    String(2n ** 63n - 1n),
    String(-(2n ** 63n)),
  ])(
    'has no event time where the record has none that a calendar reaches: %s',
    async (timestamp) => {
      const values = [{ value: event('a'), offset: '1', timestamp }];
      const { scores } = await encodeScores({ reader: EVENT, carry: ['id'], values });
      expect(scores).toMatchObject([
        { eventTime: null, source: { offset: 1 }, event: { id: 'a' } },
      ]);
    },
  );

  it('holds exactly what went in', async () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1 });
    const time = fc.oneof(
      fc.constantFrom(-1, 0, 2 ** 31 - 1, 2 ** 31, 2 ** 33, 4e15, -4e15),
      fc.integer({ min: -(2 ** 42), max: 2 ** 43 }),
    );
    const row = fc.record({
      score: number,
      offset: whole,
      timestamp: time,
      decision: fc.nat(2),
      decidedBy: fc.nat(1),
      segment: fc.nat(2),
      perClass: fc.tuple(number, number),
    });
    const name = anyText(40);
    const batch = fc.record({
      rows: fc.array(row, { minLength: 1, maxLength: 5 }),
      names: fc.option(fc.tuple(name, name, name)),
      deciders: fc.tuple(name, name),
      segments: fc.option(fc.tuple(name, name)),
      policy: fc.option(name),
      version: name,
      classes: fc.option(fc.constant(['travel', 'food and drink, of any kind that there is'])),
      scoredAt: time,
    });
    const property = fc.asyncProperty(
      batch,
      async ({ rows, names, deciders, segments, policy, version, classes, scoredAt }) => {
        const model = { ...MODEL, version };
        const { scores, encoded } = await encodeScores({
          reader: EVENT,
          carry: ['id'],
          values: rows.map(({ offset, timestamp }, i) => ({
            value: event(`id${i}`),
            offset: String(offset),
            timestamp: String(timestamp),
          })),
          scores: {
            models: [model],
            score: Float64Array.from(rows, ({ score }) => score),
            classes,
            perClass: classes && Float64Array.from(rows.flatMap(({ perClass }) => perClass)),
          },
          decisions:
            names === null
              ? { ...NOTHING_DECIDED, policy }
              : {
                  policy,
                  names,
                  index: Uint16Array.from(rows, ({ decision }) => decision),
                  deciders,
                  decidedBy: Uint16Array.from(rows, ({ decidedBy }) => decidedBy),
                  segments: segments ?? [],
                  segmentOf: segments && Uint16Array.from(rows, ({ segment }) => segment),
                },
          scoredAt,
        });
        const nullable = (branch: string, value: unknown) =>
          value === null ? null : { [branch]: value };
        expect(scores.map((score) => ({ ...score }))).toEqual(
          rows.map(({ score, offset, timestamp, decision, decidedBy, segment, perClass }, i) => ({
            score,
            scores: nullable(
              'map',
              classes && Object.fromEntries(classes.map((name, c) => [name, perClass[c]])),
            ),
            decision: nullable('string', names && names[decision]),
            decidedBy: nullable('string', names && deciders[decidedBy]),
            segment: nullable('string', names && segments && (segments[segment - 1] ?? null)),
            reasons: [],
            outOfProfile: null,
            model,
            policy: nullable('string', policy),
            source: { topic: 'events', partition: 0, offset },
            eventTime: timestamp === -1 ? null : { long: timestamp },
            scoredAt,
            event: { id: `id${i}` },
          })),
        );
        expect([...encoded.rows]).toEqual([...rows.keys()]);
      },
    );
    await fc.assert(property);
  });

  it('names the model of its own row, where several scored a batch', async () => {
    // names and versions of other lengths, so that one written in the place of another shows
    const other = { name: 'a challenger', version: '3.1-rc', sha256: 'cd'.repeat(32) };
    const { scores } = await encodeScores({
      reader: EVENT,
      carry: ['id'],
      values: ['a', 'b', 'c', 'd'].map((id) => event(id)),
      scores: {
        models: [MODEL, other],
        modelOf: Uint8Array.of(1, 0, 1, 0),
        score: Float64Array.of(0.1, 0.2, 0.3, 0.4),
      },
    });
    expect(scores.map(({ model, score, event: of }) => ({ model, score, of }))).toEqual(
      [other, MODEL, other, MODEL].map((model, i) => ({
        model,
        score: (i + 1) / 10,
        of: { id: 'abcd'[i] },
      })),
    );
  });

  it('stands in wire format, with the id of its schema', async () => {
    const { encoded, type } = await encodeScores({
      reader: EVENT,
      values: [event('a'), event('b')],
    });
    for (const { value } of encoded.records) {
      expect(value![0]).toBe(0);
      expect(value!.readUInt32BE(1)).toBe(SCHEMA_ID);
      const decoded = type.fromBuffer(value!.subarray(5)) as object;
      expect(type.toBuffer(decoded)).toEqual(value!.subarray(5));
    }
  });

  it('keeps the key and the trace, and nothing else of the headers', async () => {
    const key = Buffer.from('k');
    const headers = { traceparent: Buffer.from('00-1-2-01'), secret: 'x' };
    const { encoded } = await encodeScores({
      reader: EVENT,
      values: [
        { value: event('a'), key, headers },
        { value: event('b'), headers: { secret: 'x' } },
        event('c'),
      ],
    });
    expect(encoded.records.map((record) => [record.key, record.headers])).toEqual([
      [key, { traceparent: headers.traceparent }],
      [null, undefined],
      [null, undefined],
    ]);
  });

  it('is written only for rows that are alive, and says which they were', async () => {
    const values = [
      null,
      event('a', 1),
      Buffer.alloc(0),
      event('b'),
      event('c', 3).subarray(0, -1),
      event('d', 4),
    ];
    const { encoded, scores } = await encodeScores({
      reader: EVENT,
      carry: ['id', 'card.limit'],
      values,
      scores: { score: Float64Array.from(values, (_, row) => row / 10) },
    });
    expect([...encoded.rows]).toEqual([1, 3, 5]);
    expect(scores.map(({ score }) => score)).toEqual([0.1, 0.3, 0.5]);
    expect(scores.map((score) => inEvent(score, 'id'))).toEqual(['a', 'b', 'd']);
    expect(scores.map((score) => inEvent(score, 'card.limit'))).toEqual([
      { int: 1 },
      null,
      { int: 4 },
    ]);
  });

  it('is not written at all where nobody is alive', async () => {
    const { encoded } = await encodeScores({
      reader: EVENT,
      carry: ['id'],
      values: [null, Buffer.of(1)],
    });
    expect(encoded.records).toEqual([]);
    expect(encoded.rows).toHaveLength(0);
  });

  it('carries a record as a whole, and null where it is null', async () => {
    const { scores } = await encodeScores({
      reader: EVENT,
      carry: ['card'],
      values: [event('a'), event('b', 5)],
    });
    const cards = scores.map((score) => JSON.stringify(inEvent(score, 'card')));
    expect(cards).toEqual(['null', '{"stream_scorer.Card":{"limit":5}}']);
  });
});
