import { join } from 'node:path';
import { measure, type Measured } from './measure.ts';
import type { Job, Program } from './programs.ts';
import type { Topics } from './topics.ts';

export interface ThroughputOptions {
  readonly programs: readonly Program[];
  readonly rounds: number;
  readonly events: number;
  /** What all runs have in common. */
  readonly job: Omit<Job, 'output' | 'group'>;
  /** Begins the names of topics and groups. */
  readonly prefix: string;
  readonly topics: Topics;
  readonly stop: AbortSignal;
  readonly onMeasured: (measured: Measured) => void;
}

/**
 * Runs every program once a round, every other round in reverse order, so that what drifts hits all
 * alike.
 */
export async function interleave(options: ThroughputOptions): Promise<Measured[]> {
  const { programs, rounds, events, job, prefix, topics, stop, onMeasured } = options;
  const all: Measured[] = [];
  for (let round = 1; round <= rounds; round++) {
    const order = programs.map((program, i) => ({ program, i }));
    if (round % 2 === 0) order.reverse();
    for (const { program, i } of order) {
      const name = `${prefix}-r${round}-p${i}`;
      const own: Job = {
        ...job,
        output: `${name}-out`,
        group: name,
        folder: join(job.folder, name),
      };
      const measured = await measure({ program, round, job: own, topics, events, stop });
      onMeasured(measured);
      all.push(measured);
    }
  }
  return all;
}
