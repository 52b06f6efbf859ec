import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProgramProcess } from './program-process.ts';
import type { Job, Program } from './programs.ts';
import { usageOfAll, type Usage } from './process-usage.ts';
import { stagesOf, type StageSeconds } from './stages.ts';
import { interpolate } from './statistics.ts';
import { forgetSchema } from './subjects.ts';
import type { Topics } from './topics.ts';

/** What one run of a program came to; NaN where it could not be measured. */
export interface Measured {
  readonly program: string;
  readonly round: number;
  /**
   * Records in the output at the end, and whether there is one for each event and the program ended
   * well.
   */
  readonly written: number;
  readonly complete: boolean;
  /** Between the 10 % and the 90 % mark of the output. */
  readonly eventsPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  readonly peakRssBytes: number;
  /** From the start of the process to its first output, and to its last. */
  readonly startSeconds: number;
  readonly wallSeconds: number;
  /** Of the whole run, by stage; empty where the program does not say. */
  readonly stages: StageSeconds;
}

export interface Measurement {
  readonly program: Program;
  readonly round: number;
  readonly job: Job;
  readonly topics: Topics;
  readonly events: number;
  readonly stop: AbortSignal;
}

const FIRST_MARK = 0.1;
const LAST_MARK = 0.9;
const SAMPLE_MS = 100;
/** A program that has committed nothing for so long will not get to the end. */
const STALLED_MS = 30_000;
/** How far the broker's clock may be from this one's. */
const CLOCKS_APART_MS = 3_600_000;

interface Sample extends Usage {
  /** ms since the epoch. */
  readonly at: number;
}

/** Runs a program over the whole backlog, into a fresh output topic and with a fresh group. */
export async function measure({
  program,
  round,
  job,
  topics,
  events,
  stop,
}: Measurement): Promise<Measured> {
  await mkdir(job.folder, { recursive: true });
  await topics.create(job.output, job.partitions);
  const startedAt = Date.now();
  const running = await program.start(job);
  let samples: readonly Sample[];
  let endedWell: boolean;
  let stages: StageSeconds;
  try {
    samples = await watch(running, () => topics.committed(job.group, job.input), events, stop);
    stages = await stagesOf(running.metricsUrl);
  } finally {
    endedWell = await running.stop();
  }
  const endedAt = Date.now();
  const offsets = await topics.count(job.output);
  // Markers of transactions have offsets too; then only reading tells.
  const written = offsets === events ? events : await topics.countRecords(job.output);
  const complete = written === events && endedWell;
  if (!complete)
    console.error(`${program.name} wrote ${written} of ${events} records:\n${running.log}`);

  // Records are appended in batches, so a mark is the moment at which the output first had that
  // many, or some more. Markers, where there are any, lie evenly among them.
  const mark = (share: number): Promise<number> =>
    topics.timeOf(
      job.output,
      offsets * share,
      startedAt - CLOCKS_APART_MS,
      endedAt + CLOCKS_APART_MS,
    );
  const enough = written >= events * LAST_MARK;
  const [from, to] = enough ? [await mark(FIRST_MARK), await mark(LAST_MARK)] : [NaN, NaN];
  const between = enough
    ? ((await topics.countBefore(job.output, to)) - (await topics.countBefore(job.output, from))) *
      (written / offsets)
    : NaN;
  const first = enough
    ? await topics.timeOf(job.output, 1, startedAt - CLOCKS_APART_MS, from)
    : NaN;
  const last = enough
    ? await topics.timeOf(job.output, offsets, from, endedAt + CLOCKS_APART_MS)
    : NaN;
  const cpu = samples.map(({ at, cpuSeconds }) => [at, cpuSeconds] as const);
  await topics.delete(job.output);
  await topics.deleteGroup(job.group);
  await forgetSchema(job.registryUrl, job.output);
  return {
    program: program.name,
    round,
    written,
    complete,
    eventsPerSecond: between / ((to - from) / 1000),
    cpuSecondsPerMillion: (interpolate(cpu, to) - interpolate(cpu, from)) / (between / 1e6),
    peakRssBytes:
      samples.length === 0 ? NaN : Math.max(...samples.map((sample) => sample.peakRssBytes)),
    startSeconds: (first - startedAt) / 1000,
    wallSeconds: (last - startedAt) / 1000,
    stages,
  };
}

/** Samples what the process uses until it has committed everything, has ended, or stalls. */
async function watch(
  running: ProgramProcess,
  committed: () => Promise<number>,
  events: number,
  stop: AbortSignal,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  let done = 0;
  let progressAt = performance.now();
  for (;;) {
    const usage = usageOfAll(running.pid);
    if (usage !== undefined) samples.push({ at: Date.now(), ...usage });
    if (running.over || done >= events || performance.now() - progressAt > STALLED_MS)
      return samples;
    await sleep(SAMPLE_MS, undefined, { signal: stop });
    const now = await committed();
    if (now > done) progressAt = performance.now();
    done = now;
  }
}
