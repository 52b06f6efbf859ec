import { rowsOfShare } from '../../src/rollout/key-share.ts';
import type { Output } from './world/monitor.ts';
import type { World } from './world/world.ts';
import { DELIVERIES, eachWorld, partitionsOf } from './world/worlds.ts';

const { SCORE_OF_VERSION } = await import('./world/model.ts');
const { EVENTS, LOSSY } = await import('./world/world.ts');

/** The versions that the first score of each offset of a partition names, in their order. */
function versionsOf(world: World, partition: number): number[] {
  const scores = world.monitor.outputs(partition).filter(({ topic }) => topic === 'out');
  const first = new Map(scores.toReversed().map(({ from, version }) => [from.offset, version]));
  return [...first].toSorted(([a], [b]) => a - b).map(([, version]) => Number(version));
}

describe.each(DELIVERIES)('%s', (delivery) => {
  it.each([
    ['where nothing is lost', { request: 0, answer: 0, late: 0 }],
    ['though batches are scored again after outages', { ...LOSSY, request: 0.3 }],
  ])('a version decides from one offset of each partition on, %s', async (_where, faults) => {
    const seen = new Set<number>();
    const plan = { delivery, bad: 0, members: 1, faults, events: ['publish'] as const };
    await eachWorld({ ...plan, records: 80 }, [700, 705], (world) => {
      for (const partition of partitionsOf(world)) {
        const versions = versionsOf(world, partition);
        expect(versions).toHaveLength(80);
        expect(versions).toEqual(versions.toSorted((a, b) => a - b));
        for (const version of versions) seen.add(version);
      }
    });
    expect(seen.size).toBeGreaterThan(1);
  });

  it('a score is of the version that it names, through retries and rebalances', async () => {
    const seen = new Set<string>();
    const events = [...EVENTS, 'publish', 'publish', 'publish'] as const;
    await eachWorld({ delivery, events }, [710, 716], (world) => {
      for (const { became, version } of world.monitor.outputs()) {
        if (version === undefined) continue;
        const fraction = Number(became) - Math.floor(Number(became));
        expect(String(1 + fraction / SCORE_OF_VERSION)).toBe(version);
        seen.add(version);
      }
      expect(world.monitor.wrong).toEqual([]);
      expect(world.failures).toEqual([]);
    });
    expect(seen.size).toBeGreaterThan(1);
  });

  describe('with a canary', () => {
    const CANARY = '500';
    const model = `, canary: { version: ${CANARY}, percent: 50 }`;

    /** Whether a record belongs to the share. */
    const inShare = ({ from }: Output): boolean => {
      const key = Buffer.from(`${from.partition}:${from.offset}`);
      const record = { key, value: null, offset: from.offset, timestamp: 0 };
      const batch = { topic: 'in', partition: from.partition, records: [record] };
      return rowsOfShare({ ...batch, closedBy: 'end' }, 50).length === 1;
    };

    it('it decides for the keys of its share, also where they are scored again', async () => {
      const faults = { request: 0, answer: 0, late: 0 };
      const events = [...EVENTS.filter((event) => event !== 'outage'), 'publish'] as const;
      const plan = { delivery, model, faults, events, records: 60 };
      const seen = { canary: 0, champion: 0, twice: 0 };
      await eachWorld(plan, [730, 735], (world) => {
        const scores = world.monitor.outputs().filter(({ topic }) => topic === 'out');
        for (const score of scores) expect(score.version === CANARY).toBe(inShare(score));
        seen.canary += scores.filter(inShare).length;
        seen.champion += scores.filter((score) => !inShare(score)).length;
        const places = new Set(scores.map(({ from }) => `${from.partition}:${from.offset}`));
        seen.twice += scores.length - places.size;
        expect(world.monitor.wrong).toEqual([]);
        expect(world.failures).toEqual([]);
      });
      expect(seen.canary).toBeGreaterThan(300);
      expect(seen.champion).toBeGreaterThan(300);
      if (delivery === 'at-least-once') expect(seen.twice).toBeGreaterThan(0);
    });

    it('another canary decides from one offset of each partition on', async () => {
      const faults = { request: 0, answer: 0, late: 0 };
      const follows = ', champion: 1, canary: { version: latest, percent: 50 }';
      const plan = { delivery, model: follows, bad: 0, members: 1, faults, records: 80 };
      const seen = new Set<string>();
      await eachWorld({ ...plan, events: ['publish'] }, [770, 775], (world) => {
        for (const partition of partitionsOf(world)) {
          const scores = world.monitor.outputs(partition).filter(({ topic }) => topic === 'out');
          for (const score of scores.filter((one) => !inShare(one)))
            expect(score.version).toBe('1');
          const versions = scores.filter(inShare).map(({ version }) => Number(version));
          expect(versions).toEqual(versions.toSorted((a, b) => a - b));
          for (const version of versions) seen.add(String(version));
        }
        expect(world.done).toBe(true);
        expect(world.failures).toEqual([]);
      });
      expect(seen.size).toBeGreaterThan(3);
    });

    it('the champion decides where the canary does not answer, and nothing is lost', async () => {
      const events = [...EVENTS, 'publish', 'publish'] as const;
      const seen = { canary: 0, fallbacks: 0 };
      await eachWorld({ delivery, model, events }, [740, 746], (world) => {
        for (const output of world.monitor.outputs()) {
          const { became, version } = output;
          if (version === undefined) continue;
          const fraction = Number(became) - Math.floor(Number(became));
          expect(String(1 + fraction / SCORE_OF_VERSION)).toBe(version);
          if (version === CANARY) {
            expect(inShare(output)).toBe(true);
            seen.canary++;
          } else if (inShare(output)) seen.fallbacks++;
        }
        expect(world.done).toBe(true);
        expect(world.monitor.wrong).toEqual([]);
        expect(world.failures).toEqual([]);
      });
      expect(seen.canary).toBeGreaterThan(50);
      expect(seen.fallbacks).toBeGreaterThan(0);
    });
  });

  it('a challenger never decides, and never holds up what is scored', async () => {
    const model = ', challenger: 400, challengerTopic: compared';
    const events = [...EVENTS, 'publish'] as const;
    await eachWorld({ delivery, model, events }, [760, 763], (world) => {
      expect(world.monitor.outputs().filter(({ version }) => version === '400')).toEqual([]);
      expect(world.done).toBe(true);
      expect(world.monitor.wrong).toEqual([]);
      expect(world.failures).toEqual([]);
    });
  });
});
