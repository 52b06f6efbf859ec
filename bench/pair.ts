// `npm run bench -- --measure pair --beside 'NAME|PATH=VALUE'`: the scorer, and the scorer with other
// keys, at the same time over the same backlog.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProgramProcess } from './program-process.ts';
import type { Job, Program } from './programs.ts';
import { round, spread } from './report-table.ts';
import { forgetSchema } from './subjects.ts';
import type { Topics } from './topics.ts';
import { WatchedProgram, type Moment } from './watched-program.ts';

export interface PairOptions {
  /** The first one is compared with each of the others. */
  readonly programs: readonly [Program, ...Program[]];
  /** The backlog is in its input topic. */
  readonly job: Omit<Job, 'output' | 'group'>;
  readonly topics: Topics;
  readonly prefix: string;
  readonly events: number;
  readonly rounds: number;
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

const LOOK_MS = 250;
const PATIENCE_MS = 60_000;

/**
 * Prints what it measures. Both programs of a pair work at the same time, so whatever else happens on
 * the machine happens to both, and their ratio varies much less than that of two runs. Each has only a
 * part of the machine: the CPU time of an event is higher than where it runs alone.
 */
export async function measurePairs(options: PairOptions): Promise<void> {
  const { rounds, say } = options;
  const [base, ...others] = options.programs;
  for (const other of others) {
    const ratios: number[] = [];
    for (let turn = 1; turn <= rounds; turn++) {
      const pair = turn % 2 === 1 ? [base, other] : [other, base];
      const used = await together(pair, `${turn}`, options);
      const [usual, changed] = turn % 2 === 1 ? used : used.toReversed();
      ratios.push(changed! / usual!);
      say(
        `${other.name}, round ${turn}: ${changed!.toFixed(2)} µs of CPU time an event, ` +
          `${base.name} beside it ${usual!.toFixed(2)}: ${ratios.at(-1)!.toFixed(3)}`,
      );
    }
    say(`${other.name} / ${base.name}: ${spread(ratios, round(3))}`);
  }
}

/** The CPU time of each, in µs per event, while all of them work. */
async function together(
  programs: readonly Program[],
  name: string,
  { job, topics, prefix, events, stop }: PairOptions,
): Promise<number[]> {
  const jobs = programs.map((_, i) => {
    const group = `${prefix}-pair-${name}-${i}-${Date.now()}`;
    return { ...job, group, output: `${group}-out` };
  });
  const running: ProgramProcess[] = [];
  try {
    for (const { output } of jobs) await topics.create(output, job.partitions);
    for (const [i, program] of programs.entries()) running.push(await program.start(jobs[i]!));
    const watched = running.map((one) => new WatchedProgram(one, false, undefined));
    const [from, to] = await whileBothWork(watched, events, stop);
    return watched.map((_, i) => microsOf(from[i]!, to[i]!));
  } finally {
    await Promise.all(running.map((one) => one.stop()));
    for (const { output, group } of jobs) {
      await topics.delete(output);
      await topics.deleteGroup(group);
      await forgetSchema(job.registryUrl, output);
    }
  }
}

function microsOf(from: Moment, to: Moment): number {
  const seconds = to.main + to.beside - from.main - from.beside;
  return (1e6 * seconds) / (to.rows - from.rows);
}

/** From the moment when the last one has done a sixth, until the first one has done five of them. */
async function whileBothWork(
  watched: readonly WatchedProgram[],
  events: number,
  stop: AbortSignal,
): Promise<[readonly Moment[], readonly Moment[]]> {
  let from: readonly Moment[] | undefined;
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    for (const one of watched) {
      one.check();
      if (performance.now() > until) throw new Error(one.log);
    }
    const now = await Promise.all(watched.map((one) => one.moment()));
    if (now.every((moment) => moment !== undefined)) {
      if (now.some(({ rows }) => rows > (5 / 6) * events)) {
        if (from === undefined) throw new Error('the backlog is too short: raise --events');
        return [from, now];
      }
      if (now.every(({ rows }) => rows > events / 6)) from ??= now;
    }
    await sleep(LOOK_MS, undefined, { signal: stop });
  }
}
