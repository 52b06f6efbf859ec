import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { preload } from './backlog.ts';
import { usageOfAll } from './process-usage.ts';
import type { Job, Program } from './programs.ts';
import { round, table } from './report-table.ts';
import type { Topics } from './topics.ts';
import { withProducer } from './with-producer.ts';

export interface MemoryOptions {
  readonly program: Program;
  readonly job: Job;
  readonly schemaId: number;
  readonly kafka: Kafka;
  readonly topics: Topics;
  /** Events after which memory is looked at, ascending. */
  readonly marks: readonly number[];
  readonly stop: AbortSignal;
}

export interface MemoryAt {
  readonly events: number;
  readonly rssBytes: number;
  readonly peakRssBytes: number;
}

const STALLED_MS = 60_000;
const POLL_MS = 100;

/** One process, fed backlog after backlog, its memory looked at when it has committed each. */
export async function memory({
  program,
  job,
  schemaId,
  kafka,
  topics,
  marks,
  stop,
}: MemoryOptions): Promise<MemoryAt[]> {
  const { partitions, input } = job;
  await topics.create(job.output, partitions);
  const running = await program.start(job);
  const seen: MemoryAt[] = [];
  try {
    let done = 0;
    for (const mark of marks) {
      await withProducer(kafka, (producer) =>
        preload({ producer, topic: input, schemaId, events: mark - done, partitions }),
      );
      done = mark;
      let committed = 0;
      for (let since = performance.now(); committed < mark;) {
        await sleep(POLL_MS, undefined, { signal: stop });
        const now = await topics.committed(job.group, input);
        if (now > committed) since = performance.now();
        committed = now;
        if (running.over || performance.now() - since > STALLED_MS) return seen;
      }
      const { rssBytes, peakRssBytes } = usageOfAll(running.pid) ?? {
        rssBytes: NaN,
        peakRssBytes: NaN,
      };
      seen.push({ events: mark, rssBytes, peakRssBytes });
    }
    return seen;
  } finally {
    await running.stop();
  }
}

export interface Memory {
  readonly seen: readonly MemoryAt[];
  /** How many there would be had the program come to the end. */
  readonly marks: number;
}

/** As Markdown, each line against the first. */
export function reportMemory({ seen }: Memory): string {
  const first = seen[0]?.rssBytes ?? NaN;
  const rows = seen.map(({ events, rssBytes, peakRssBytes }) => [
    events.toLocaleString('en-US'),
    round(0)(rssBytes / 1e6),
    round(0)(peakRssBytes / 1e6),
    round(2)(rssBytes / first),
  ]);
  return `## Memory of one process over time

${table(['events', 'RSS (MB)', 'peak RSS (MB)', 'RSS against the first'], rows)}
`;
}
