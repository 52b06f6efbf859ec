import './clock.ts';
import type { Plan, World } from './world.ts';

// Everything else is loaded once the clock is there.
const { World: WorldOf } = await import('./world.ts');
export const { BECOMES } = await import('./events.ts');

export const DELIVERIES = ['at-least-once', 'exactly-once'] as const;

/** Runs worlds one after the other, each with its seed, and looks at each when it is over. */
export async function eachWorld(
  plan: Omit<Plan, 'seed'>,
  [first, last]: readonly [number, number],
  look: (world: World) => void | Promise<void>,
): Promise<void> {
  for (let seed = first; seed <= last; seed++) {
    const world = await new WorldOf({ ...plan, seed }).run();
    try {
      await look(world);
    } catch (error) {
      (error as Error).message = `seed ${seed}, ${plan.delivery}: ${(error as Error).message}`;
      throw error;
    }
  }
}

/** What of an invariant was seen to be wrong. */
export function wrongOf(
  world: World,
  invariant: World['monitor']['wrong'][0]['invariant'],
): string[] {
  return world.monitor.wrong.flatMap((wrong) => (wrong.invariant === invariant ? wrong.what : []));
}

/** What became of each offset of a partition that becomes something, and how often it is there. */
export function became(world: World, partition: number): Map<number, (number | string)[]> {
  const all = Map.groupBy(world.monitor.outputs(partition), ({ from }) => from.offset);
  return new Map([...all].map(([offset, outputs]) => [offset, outputs.map((one) => one.became)]));
}

/** Offsets of a partition that have to become something. */
export function wanted(world: World, partition: number): number[] {
  const { kinds } = world.monitor;
  return [...kinds[partition]!.keys()].filter(
    (offset) => world.monitor.becomes(partition, offset) !== 'nothing',
  );
}

export const partitionsOf = (world: World): number[] => [...world.cluster.input.keys()];
