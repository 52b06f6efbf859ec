import { Schemas } from '../../../src/decode/schemas.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import type { SchemaKey } from '../../../src/decode/registry.ts';
import { MAX_WAITING } from '../../../src/decode/patience.ts';
import { ScorerError } from '../../../src/errors.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const EVENT = parseSchema({
  type: 'record',
  name: 'Event',
  fields: [{ name: 'amount', type: 'double' }],
});
const WINDOW = 30_000;

function given(answer: (key: SchemaKey) => 'known' | ScorerError, clock = { now: 0 }) {
  const asked: SchemaKey[] = [];
  let [open, most] = [0, 0];
  const byId = async (key: SchemaKey) => {
    asked.push(key);
    most = Math.max(most, ++open);
    await Promise.resolve();
    open--;
    const got = answer(key);
    if (got === 'known') return EVENT;
    throw got;
  };
  const now = () => clock.now;
  const schemas = new Schemas({
    registry: { byId },
    reader: EVENT,
    projection: { fields: [] },
    carry: [],
    now,
    unknownIdRetryMs: WINDOW,
  });
  const resolve = async (
    keys: SchemaKey[],
    partition = 0,
    counts = keys.map((_key, i) => i),
  ): Promise<string[]> => {
    const verdicts = await schemas.resolve(keys, counts, partition);
    return verdicts.map((verdict) => ('code' in verdict ? verdict.code : 'known'));
  };
  return { resolve, asked, clock, most: () => most };
}

const unknown = new ScorerError({ code: 'SCHEMA_ID_UNKNOWN', what: 'no such schema' });
const away = new ScorerError({ code: 'REGISTRY_UNAVAILABLE', what: 'away' });
const range = (length: number, from = 0): number[] => Array.from({ length }, (_, i) => from + i);

describe('ids that the registry does not know', () => {
  it('are asked for again for a while, and then are the fault of their records', async () => {
    const { resolve, clock, asked } = given((key) => (key === 7 ? unknown : 'known'));
    const { code, fate, problems } = await scorerErrorOf(() => resolve([7, 1]));
    expect([code, fate]).toEqual(['SCHEMA_ID_PENDING', 'retry']);
    expect(problems[0]!.what).toContain('7');
    clock.now = WINDOW - 1;
    expect((await scorerErrorOf(() => resolve([7, 1]))).code).toBe('SCHEMA_ID_PENDING');
    clock.now = WINDOW;
    expect(await resolve([7, 1])).toEqual(['SCHEMA_ID_UNKNOWN', 'known']);
    expect(asked).toEqual([1, 7, 7, 7]);
  });

  it('are known as soon as the registry knows them', async () => {
    let there = false;
    const { resolve } = given(() => (there ? 'known' : unknown));
    expect((await scorerErrorOf(() => resolve([7]))).code).toBe('SCHEMA_ID_PENDING');
    there = true;
    expect(await resolve([7])).toEqual(['known']);
  });

  it('have one window only, and are asked for ever more rarely', async () => {
    const { resolve, clock, asked } = given(() => unknown);
    await scorerErrorOf(() => resolve([7]));
    clock.now = WINDOW;
    await resolve([7]);
    asked.length = 0;
    for (let seconds = 0; seconds < 3600; seconds += 10) {
      clock.now += 10_000;
      expect(await resolve([7])).toEqual(['SCHEMA_ID_UNKNOWN']);
    }
    expect(asked.length).toBeLessThan(15);
  });

  it('are asked for once each, a few at a time, when there are many', async () => {
    const { resolve, asked, most } = given((key) => ((key as number) < 2000 ? unknown : 'known'));
    const keys = [...range(2000), 5000];
    await scorerErrorOf(() => resolve(keys));
    expect(asked).toHaveLength(2001);
    expect(most()).toBeLessThanOrEqual(4);
    expect(asked[0]).toBe(5000); // most records have it
    asked.length = 0;
    await scorerErrorOf(() => resolve(keys));
    expect(asked.length).toBeLessThanOrEqual(16);
  });

  it('do not hold a batch up for longer than a bound, however slow the registry', async () => {
    const clock = { now: 0 };
    const { resolve, asked } = given((key) => {
      clock.now += 1000;
      return (key as number) < 2000 ? unknown : 'known';
    }, clock);
    const keys = [...range(2000), 5000];
    let verdicts: string[] | undefined;
    while (verdicts === undefined) verdicts = await resolve(keys).catch(() => undefined);
    expect(verdicts.at(-1)).toBe('known');
    expect(new Set(verdicts)).toEqual(new Set(['SCHEMA_ID_UNKNOWN', 'known']));
    expect(clock.now).toBeLessThan(4 * WINDOW);
    expect(asked.length).toBeLessThan(200);
    clock.now += 2 * WINDOW + 1; // those that were not asked for get their turn
    asked.length = 0;
    await resolve([3]).catch(() => undefined);
    expect(asked).toEqual([3]);
  });

  describe('in a flood of them behind a registry that gives 25 answers a second', () => {
    const GOOD = 3_000_000_000;
    const flooded = (good: (key: number) => boolean) => {
      const clock = { now: 0 };
      const it = given((key) => {
        clock.now += 40;
        return good(key as number) ? 'known' : unknown;
      }, clock);
      /** As a partition processor does: until there are verdicts, with the waits of its retries. */
      const scored = async (
        keys: number[],
        partition = 0,
        counts = keys.map(() => 1),
      ): Promise<string[]> => {
        for (let waitMs = 100; ; waitMs = Math.min(2 * waitMs, 5000)) {
          const verdicts = await it.resolve(keys, partition, counts).catch(() => undefined);
          if (verdicts !== undefined) return verdicts;
          clock.now += waitMs;
        }
      };
      return { ...it, clock, scored };
    };
    /** Numbers without an order, as made-up ones are. */
    const made = (length: number, from = 0): number[] =>
      range(length, from).map((i) => 1_000_000 + ((i * 2_654_435_761) % 1_000_000_007));

    it('hold known ones up for two windows at most, all batches of a partition together, and each is asked for once', async () => {
      const { scored, asked, clock } = flooded((key) => key >= GOOD || key < 100);
      await scored([GOOD]);
      let heldUp = 0;
      for (let batch = 0; batch < 30; batch++) {
        const began = clock.now;
        const verdicts = await scored([...made(1000, batch * 1000), GOOD]);
        heldUp += clock.now - began;
        expect(verdicts.at(-1)).toBe('known');
      }
      expect(heldUp).toBeLessThan(2 * WINDOW);
      const times = Map.groupBy(asked.slice(1), (key) => key);
      expect([...times.values()].filter((each) => each.length > 1).length).toBeLessThanOrEqual(
        MAX_WAITING,
      );
      expect(times.size).toBeGreaterThanOrEqual(WINDOW / 40); // as many as there is time for
    });

    it('never cost more than four answers a batch once their time is used up, though new schemas turn up among them', async () => {
      const { scored, asked, clock } = flooded((key) => key < 100);
      await scored(made(2000));
      for (let batch = 0; batch < 20; batch++) {
        asked.length = 0;
        const began = clock.now;
        const verdicts = await scored([...made(1000, 10_000 + batch * 1000), batch]);
        expect(verdicts.at(-1)).toBe('known'); // the lowest number is asked for first
        expect(asked[0]).toBe(batch);
        expect(asked.length).toBeLessThanOrEqual(
          4 + Math.ceil((0.05 * (clock.now - began + 160)) / 40),
        );
      }
    });

    it('are asked for after those of many records, and what was refused after what was never asked for', async () => {
      const { scored, asked, clock } = flooded((key) => key === GOOD);
      const old = made(6);
      await scored(old);
      clock.now += 10 * WINDOW;
      asked.length = 0;
      expect(
        (await scored([...old, ...made(6, 100), GOOD], 0, [...Array<number>(12).fill(9), 10])).at(
          -1,
        ),
      ).toBe('known');
      expect(asked[0]).toBe(GOOD);
      expect(new Set(asked.slice(1, 7))).toEqual(new Set(made(6, 100)));
    });

    it('take nothing from a new id in another partition, which is waited for though it was given up here', async () => {
      const late = 50;
      let there = Infinity;
      const { scored, resolve, clock } = flooded((key) => key === late && clock.now > there);
      await scored(made(2000));
      expect(await scored([late])).toEqual(['SCHEMA_ID_UNKNOWN']);
      expect((await scorerErrorOf(() => resolve([late], 1))).code).toBe('SCHEMA_ID_PENDING');
      there = clock.now + 5000;
      expect(await scored([late], 1)).toEqual(['known']);
      expect(await scored([late])).toEqual(['known']); // and nothing is remembered against it
    });

    it('are bad in all partitions once one of them has waited for them to the end', async () => {
      const { scored, asked } = flooded(() => false);
      await scored([7]);
      asked.length = 0;
      expect(await scored([7], 1)).toEqual(['SCHEMA_ID_UNKNOWN']);
      expect(asked).toEqual([]);
    });
  });

  it('are remembered through an outage, and so is all that was answered', async () => {
    const left = new Map<SchemaKey, number>(range(10).map((key) => [key, key % 2]));
    const { resolve, asked } = given((key) => {
      const times = left.get(key)!;
      left.set(key, times - 1);
      return times > 0 ? away : 'known';
    });
    expect(new Set(await resolve(range(10)))).toEqual(new Set(['known']));
    const answered = asked.length;
    await resolve(range(10));
    expect(asked).toHaveLength(answered);
  });

  it('are no fault of their records while the registry is away', async () => {
    const { resolve } = given(() => away);
    expect((await scorerErrorOf(() => resolve([1, 2, 3]))).code).toBe('REGISTRY_UNAVAILABLE');
  });

  it('do not wait where the registry resolves no ids of their kind', async () => {
    const kind = new ScorerError({ code: 'SCHEMA_ID_KIND', what: 'no GUIDs here' });
    expect(await given(() => kind).resolve(['guid 1'])).toEqual(['SCHEMA_ID_KIND']);
  });

  it('never meet those of another kind', async () => {
    const { resolve, asked } = given((key) =>
      key === 5 ? 'known' : new ScorerError({ code: 'SCHEMA_ID_KIND', what: 'none' }),
    );
    expect(await resolve([5, 'globalId 5', 'contentId 5'])).toEqual([
      'known',
      'SCHEMA_ID_KIND',
      'SCHEMA_ID_KIND',
    ]);
    expect(asked).toHaveLength(3);
  });
});
