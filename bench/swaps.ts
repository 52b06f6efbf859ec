import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka, Producer } from 'kafkajs';
import { Arrivals } from './arrivals.ts';
import { pace, type DueTimes } from './pace.ts';
import { usageOfAll } from './process-usage.ts';
import type { ProgramProcess } from './program-process.ts';
import type { Job, Program } from './programs.ts';
import { quantile } from './statistics.ts';
import { forgetSchema } from './subjects.ts';
import type { Topics } from './topics.ts';
import { withProducer } from './with-producer.ts';

/** Scores per time, one round: without swaps, and then with them. Times in ms. */
export interface SwapRound {
  readonly round: number;
  readonly quietP50: number;
  readonly quietP99: number;
  readonly swapP50: number;
  readonly swapP99: number;
  readonly swaps: number;
  /** Median time from the moment a version is there until it decides, s. */
  readonly swapSeconds: number;
}

export interface RssAfter {
  readonly swaps: number;
  readonly rssBytes: number;
}

export interface Swaps {
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly rounds: readonly SwapRound[];
  /** The memory of the program after a number of swaps in a row, without events. */
  readonly rss: readonly RssAfter[];
  readonly complete: boolean;
}

export interface SwapOptions {
  /** The program for versions in this folder. */
  readonly programFor: (modelDir: string) => Program;
  /** The folder of the version that is copied. */
  readonly bundle: string;
  readonly job: Job;
  readonly schemaId: number;
  readonly kafka: Kafka;
  readonly topics: Topics;
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly swapsInARow: number;
  readonly stop: AbortSignal;
  readonly onRound: (round: SwapRound) => void;
}

const WARM_SECONDS = 5;
const PATIENCE_MS = 30_000;
const POLL_MS = 20;
/** Between two swaps under load. */
const EVERY_MS = 2000;
const VERSIONS_KEPT = 3;

/**
 * One program at an even pace: seconds without swaps and seconds with them in turn, in one run.
 * Then many swaps in a row.
 */
export async function measureSwaps(options: SwapOptions): Promise<Swaps> {
  const { programFor, bundle, job, kafka, topics, ratePerSecond, seconds } = options;
  const { partitions } = job;
  const dir = join(job.folder, 'versions');
  await mkdir(dir, { recursive: true });
  const versions = new Versions(bundle, dir);
  await versions.add();
  await topics.create(job.input, partitions);
  await topics.create(job.output, partitions);
  const arrivals = new Arrivals(kafka, job.output, partitions);
  await arrivals.start();
  const running = await programFor(dir).start(job);
  try {
    const paced = await withProducer(kafka, (producer) =>
      rounds(producer, running, arrivals, versions, options),
    );
    const rss: RssAfter[] = [];
    for (let swaps = 1; swaps <= options.swapsInARow; swaps++) {
      await versions.swap(running, options.stop);
      if (swaps === 1 || swaps % 10 === 0)
        rss.push({ swaps, rssBytes: usageOfAll(running.pid)?.rssBytes ?? NaN });
    }
    const endedWell = await running.stop();
    const complete = endedWell && arrivals.count === paced.sent;
    if (!complete) console.error(`${arrivals.count} of ${paced.sent} written:\n${running.log}`);
    return { ratePerSecond, seconds, rounds: paced.rounds, rss, complete };
  } finally {
    await running.stop();
    await arrivals.stop();
    for (const topic of [job.input, job.output]) await forgetSchema(job.registryUrl, topic);
  }
}

async function rounds(
  producer: Producer,
  running: ProgramProcess,
  arrivals: Arrivals,
  versions: Versions,
  { job, schemaId, stop, ...options }: SwapOptions,
): Promise<{ readonly rounds: readonly SwapRound[]; readonly sent: number }> {
  const sent = Array.from({ length: job.partitions }, () => 0);
  const total = (): number => sent.reduce((sum, count) => sum + count, 0);
  /** Sends events and waits for their outputs; how long each took, ascending. */
  const send = async (rate: number, seconds: number): Promise<Float64Array> => {
    const due: DueTimes = await pace({
      producer,
      topic: job.input,
      schemaId,
      partitions: job.partitions,
      ratePerSecond: rate,
      seconds,
      stop,
    });
    const from = [...sent];
    for (const [partition, times] of due.entries()) sent[partition]! += times.length;
    const until = performance.now() + PATIENCE_MS;
    while (arrivals.count < total() && performance.now() < until)
      await sleep(POLL_MS, undefined, { signal: stop });
    const latencies = due.flatMap((times, partition) =>
      times.map((at, i) => (arrivals.times[partition]![from[partition]! + i] ?? NaN) - at),
    );
    return Float64Array.from(latencies).sort();
  };

  await send(100, 1); // waits until the program has its partitions
  await send(options.ratePerSecond, WARM_SECONDS);
  await versions.swap(running, stop); // and until it has swapped once
  const measured: SwapRound[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    const quiet = await send(options.ratePerSecond, options.seconds);
    const over = new AbortController();
    const swapping = versions.swapUntil(over.signal, running, stop);
    const swapped = await send(options.ratePerSecond, options.seconds).finally(() => {
      over.abort();
    });
    const times = await swapping;
    const one = {
      round,
      quietP50: quantile(quiet, 0.5),
      quietP99: quantile(quiet, 0.99),
      swapP50: quantile(swapped, 0.5),
      swapP99: quantile(swapped, 0.99),
      swaps: times.length,
      swapSeconds: quantile(Float64Array.from(times).sort(), 0.5),
    };
    options.onRound(one);
    measured.push(one);
  }
  return { rounds: measured, sent: total() };
}

/** The folder that the program looks at, with copies of one version under rising numbers. */
class Versions {
  readonly #bundle: string;
  readonly #dir: string;
  #latest = 0;

  constructor(bundle: string, dir: string) {
    this.#bundle = bundle;
    this.#dir = dir;
  }

  /** Adds a version, as a whole, and removes an old one. */
  async add(): Promise<string> {
    const version = String(++this.#latest);
    const copy = join(this.#dir, '..', `copy-${version}`);
    await cp(this.#bundle, copy, { recursive: true });
    await rename(copy, join(this.#dir, version));
    const old = this.#latest - VERSIONS_KEPT;
    if (old > 0) await rm(join(this.#dir, String(old)), { recursive: true, force: true });
    return version;
  }

  /** Adds a version and waits until it decides. Returns how long that took, in seconds. */
  async swap({ metricsUrl, over }: ProgramProcess, stop: AbortSignal): Promise<number> {
    const version = await this.add();
    const since = performance.now();
    const url = new URL('/models', metricsUrl);
    for (let decides: unknown; decides !== version;) {
      if (over || performance.now() - since > PATIENCE_MS)
        throw new Error(
          `version ${version} of ${String(await readdir(this.#dir))} does not decide`,
        );
      await sleep(POLL_MS, undefined, { signal: stop });
      const answer = (await (await fetch(url, { signal: stop })).json()) as {
        champion?: { version: string };
      };
      decides = answer.champion?.version;
    }
    return (performance.now() - since) / 1000;
  }

  /** One swap after the other. The last one may end after `over`. */
  async swapUntil(
    over: AbortSignal,
    running: ProgramProcess,
    stop: AbortSignal,
  ): Promise<readonly number[]> {
    const times: number[] = [];
    while (!over.aborted) {
      times.push(await this.swap(running, stop));
      await sleep(EVERY_MS, undefined, { signal: over }).catch(() => undefined);
    }
    return times;
  }
}
