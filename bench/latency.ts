import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka, Producer } from 'kafkajs';
import { Arrivals } from './arrivals.ts';
import { pace, type DueTimes } from './pace.ts';
import { usageOfAll } from './process-usage.ts';
import type { Job, Program } from './programs.ts';
import { quantile } from './statistics.ts';
import { forgetSchema } from './subjects.ts';
import type { Topics } from './topics.ts';
import { withProducer } from './with-producer.ts';

/**
 * What one paced run came to: from when an event was due until a reader of committed records had
 * its output, ms.
 */
export interface Latency {
  readonly program: string;
  readonly round: number;
  readonly ratePerSecond: number;
  readonly complete: boolean;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly cpuSecondsPerMillion: number;
}

export interface LatencyOptions {
  readonly programs: readonly Program[];
  readonly rounds: number;
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly kafka: Kafka;
  /** Makes the schema of the events known for a topic; answers its id. */
  readonly register: (topic: string) => Promise<number>;
  readonly job: Omit<Job, 'input' | 'output' | 'group'>;
  readonly prefix: string;
  readonly topics: Topics;
  readonly stop: AbortSignal;
  readonly onMeasured: (measured: Latency) => void;
}

/** Left out at the beginning of a run: compilers and caches get warm. */
const WARM_SECONDS = 5;
/**
 * How long outputs may take to come once the last event is sent, and the first one to come at all.
 */
const PATIENCE_MS = 30_000;
const POLL_MS = 20;

/** Paced runs, interleaved as those of the throughput are; the rates one after another. */
export async function paced(options: LatencyOptions): Promise<Latency[]> {
  const { programs, rounds, rates } = options;
  const all: Latency[] = [];
  for (const rate of rates) {
    for (let round = 1; round <= rounds; round++) {
      const order = programs.map((program, i) => ({ program, i }));
      if (round % 2 === 0) order.reverse();
      for (const { program, i } of order) {
        const measured = await measureLatency(
          options,
          program,
          `${options.prefix}-l${rate}-r${round}-p${i}`,
          rate,
        );
        const latency = { program: program.name, round, ratePerSecond: rate, ...measured };
        options.onMeasured(latency);
        all.push(latency);
      }
    }
  }
  return all;
}

async function measureLatency(
  options: LatencyOptions,
  program: Program,
  name: string,
  ratePerSecond: number,
): Promise<Omit<Latency, 'program' | 'round' | 'ratePerSecond'>> {
  const { kafka, register, topics, seconds, stop } = options;
  const { partitions, registryUrl } = options.job;
  const job = { ...options.job, input: `${name}-in`, output: `${name}-out`, group: name };
  const folder = join(options.job.folder, name);
  await mkdir(folder, { recursive: true });
  await topics.create(job.input, partitions);
  await topics.create(job.output, partitions);
  const schemaId = await register(job.input);
  const arrivals = new Arrivals(kafka, job.output, partitions);
  await arrivals.start();
  const running = await program.start({ ...job, folder });
  const send = (producer: Producer, rate: number, time: number): Promise<DueTimes> =>
    pace({
      producer,
      topic: job.input,
      schemaId,
      partitions,
      ratePerSecond: rate,
      seconds: time,
      stop,
    });
  const arrived = async (count: number): Promise<void> => {
    for (
      const until = performance.now() + PATIENCE_MS;
      arrivals.count < count && performance.now() < until;
    ) {
      await sleep(POLL_MS, undefined, { signal: stop });
    }
  };
  let endedWell: boolean;
  let ran: { readonly warm: DueTimes; readonly due: DueTimes; readonly cpuSeconds: number };
  try {
    ran = await withProducer(kafka, async (producer) => {
      // The first events wait for the program to have its partitions; from then on it is awake.
      const first = await send(producer, 100, 1);
      await arrived(sizeOf(first));
      const more = await send(producer, ratePerSecond, WARM_SECONDS);
      await arrived(sizeOf(first) + sizeOf(more));
      const warm = first.map((times, i) => [...times, ...more[i]!]);
      const before = usageOfAll(running.pid)?.cpuSeconds ?? NaN;
      const due = await send(producer, ratePerSecond, seconds);
      await arrived(sizeOf(warm) + sizeOf(due));
      return { warm, due, cpuSeconds: (usageOfAll(running.pid)?.cpuSeconds ?? NaN) - before };
    });
  } finally {
    endedWell = await running.stop();
    await arrivals.stop();
  }
  const { warm, due, cpuSeconds } = ran;
  const latencies = due.flatMap((times, partition) =>
    times.map((at, i) => (arrivals.times[partition]![warm[partition]!.length + i] ?? NaN) - at),
  );
  const complete = endedWell && arrivals.count === sizeOf(warm) + latencies.length;
  if (!complete) {
    console.error(
      `${program.name} wrote ${arrivals.count} of ${sizeOf(warm) + latencies.length}:\n${running.log}`,
    );
  }
  for (const topic of [job.input, job.output]) {
    await topics.delete(topic);
    await forgetSchema(registryUrl, topic);
  }
  for (const group of [job.group, arrivals.groupId]) await topics.deleteGroup(group);
  const sorted = Float64Array.from(latencies).sort();
  return {
    complete,
    p50: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    max: quantile(sorted, 1),
    cpuSecondsPerMillion: cpuSeconds / (latencies.length / 1e6),
  };
}

const sizeOf = (times: DueTimes): number => times.reduce((sum, { length }) => sum + length, 0);
