import { Schemas } from '../../../src/decode/schemas.ts';
import { parseSchema } from '../../../src/decode/avro-shape.ts';
import type { SchemaKey } from '../../../src/decode/registry.ts';
import { ScorerError } from '../../../src/errors.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const EVENT = parseSchema({ type: 'record', name: 'Event', fields: [{ name: 'amount', type: 'double' }] });
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
  const schemas = new Schemas({ registry: { byId }, reader: EVENT, fields: [], carry: [], now, unknownIdRetryMs: WINDOW }); // prettier-ignore
  const resolve = async (keys: SchemaKey[]): Promise<string[]> => {
    const verdicts = await schemas.resolve(keys, keys.map((_key, i) => i)); // prettier-ignore
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

  it('do not hold all batches together up for longer than a bound, and the ids that most records have are always asked for', async () => {
    const clock = { now: 0 };
    const { resolve, asked } = given((key) => {
      clock.now += 100;
      return (key as number) < 1_000_000 ? unknown : 'known';
    }, clock);
    expect(await resolve([1_000_000])).toEqual(['known']);
    const scored = async (keys: number[]): Promise<string[]> => {
      for (;;) {
        const verdicts = await resolve(keys).catch(() => undefined);
        if (verdicts !== undefined) return verdicts;
        clock.now += 100;
      }
    };
    for (let batch = 0; batch < 20; batch++) {
      const verdicts = await scored([...range(1000, batch * 1000), 1_000_000]);
      expect(verdicts.at(-1)).toBe('known');
    }
    expect(clock.now).toBeLessThan(2.5 * WINDOW);
    asked.length = 0;
    expect((await scored([...range(1000, 50_000), 2_000_000])).at(-1)).toBe('known'); // one that is new, and good
    expect(asked[0]).toBe(2_000_000);
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
    const { resolve, asked } = given((key) => (key === 5 ? 'known' : new ScorerError({ code: 'SCHEMA_ID_KIND', what: 'none' }))); // prettier-ignore
    expect(await resolve([5, 'globalId 5', 'contentId 5'])).toEqual(['known', 'SCHEMA_ID_KIND', 'SCHEMA_ID_KIND']);
    expect(asked).toHaveLength(3);
  });
});
