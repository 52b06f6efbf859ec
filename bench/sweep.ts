import { join } from 'node:path';
import type { Kafka } from 'kafkajs';
import { TRANSACTION_SCHEMA } from '../src/demo/simulate/transaction.ts';
import { preload, preloadMade } from './backlog.ts';
import { makeEvents, schemaOf, writeBundle } from './made-work.ts';
import { measure, type Measured } from './measure.ts';
import { scorer, type Job, type ScorerOptions } from './programs.ts';
import { forgetSchema } from './subjects.ts';
import type { SweepPoint } from './sweep-points.ts';
import type { Topics } from './topics.ts';
import { withProducer } from './with-producer.ts';

export interface SweepOptions {
  readonly points: readonly SweepPoint[];
  readonly rounds: number;
  readonly events: number;
  readonly kafka: Kafka;
  readonly topics: Topics;
  readonly register: (topic: string, schema: object) => Promise<number>;
  readonly job: Omit<Job, 'input' | 'output' | 'group'>;
  /** As the usual run has it. */
  readonly scorer: Omit<ScorerOptions, 'name'>;
  readonly prefix: string;
  readonly stop: AbortSignal;
  readonly onMeasured: (measured: Measured) => void;
}

/** A run at a point; `program` says axis and label. */
export interface SweptRun extends Measured {
  readonly point: SweepPoint;
}

const DIFFERENT_EVENTS = 2000;

/**
 * Every point once a round, an axis at a time and every other round in reverse; points with the
 * same events share their backlog. Adds to `runs` as it goes, so that what was measured is there
 * also when a later run fails.
 */
export async function sweep(options: SweepOptions, runs: SweptRun[]): Promise<void> {
  for (const [axis, points] of Map.groupBy(options.points, (point) => point.axis)) {
    const prefix = `${options.prefix}-${axis}`;
    const inputs = new Map<string, string>();
    for (const point of points) {
      const same = JSON.stringify([point.work, point.partitions]);
      const input = inputs.get(same) ?? (await fill(options, point, `${prefix}-${inputs.size}-in`));
      inputs.set(same, input);
    }
    for (let round = 1; round <= options.rounds; round++) {
      for (const [i, point] of round % 2 === 0
        ? [...points.entries()].reverse()
        : [...points.entries()]) {
        const input = inputs.get(JSON.stringify([point.work, point.partitions]))!;
        const measured = await runPoint(options, point, input, `${prefix}-r${round}-p${i}`, round);
        options.onMeasured(measured);
        runs.push({ ...measured, point });
      }
    }
    for (const input of inputs.values()) {
      await options.topics.delete(input);
      await forgetSchema(options.job.registryUrl, input);
    }
  }
}

/** Makes the input topic of a point, its backlog and its model. */
async function fill(
  { kafka, topics, register, job, events }: SweepOptions,
  point: SweepPoint,
  topic: string,
): Promise<string> {
  const { work, partitions = job.partitions } = point;
  await topics.create(topic, partitions);
  const schemaId = await register(topic, work === undefined ? TRANSACTION_SCHEMA : schemaOf(work));
  if (work !== undefined) await writeBundle(join(job.folder, topic), work);
  await withProducer(kafka, (producer) =>
    work === undefined
      ? preload({ producer, topic, schemaId, events, partitions })
      : preloadMade(
          { producer, topic, events, partitions },
          makeEvents(work, schemaId, Math.min(events, DIFFERENT_EVENTS)),
        ),
  );
  return topic;
}

function runPoint(
  options: SweepOptions,
  point: SweepPoint,
  input: string,
  name: string,
  round: number,
): Promise<Measured> {
  const { work, partitions = options.job.partitions, processes = 1, sets = [] } = point;
  const job: Job = {
    ...options.job,
    partitions,
    input,
    output: `${name}-out`,
    group: name,
    carry: work === undefined ? options.job.carry : ['id'],
    folder: join(options.job.folder, name),
  };
  const model =
    work === undefined ? {} : { modelDir: join(options.job.folder, input), champion: '1' };
  const program = scorer({
    ...options.scorer,
    ...model,
    name: `${point.axis} ${point.label}`,
    sets: [...options.scorer.sets, ...sets],
    processes,
  });
  return measure({
    program,
    round,
    job,
    topics: options.topics,
    events: options.events,
    stop: options.stop,
  });
}
