import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Lifecycle } from '../src/runtime/lifecycle.ts';
import { plantBug } from './bug.ts';
import { stoppable, type Cluster } from './cluster.ts';
import { Events, schemaWith } from './events.ts';
import { Load } from './load.ts';
import type { ChaosOptions } from './options.ts';
import { Progress } from './progress.ts';
import { Replicas } from './replicas.ts';
import { createTopics, freshNames, PARTITIONS, type Names } from './topics.ts';

export interface StageOptions extends Pick<
  ChaosOptions,
  'events' | 'seed' | 'bug' | 'logs' | 'replicas'
> {
  readonly brokers: number;
  /** The configuration of the replicas of a slot. */
  readonly configOf: (names: Names, slot: number) => string;
  readonly projectDir: string;
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

/** The topics of a run, what is written to them, and the replicas that score it. */
export interface Stage {
  readonly names: Names;
  readonly events: Events;
  readonly load: Load;
  readonly progress: Progress;
  readonly replicas: Replicas;
  /** Registers the events' schema with so many fields more, and answers its id. */
  readonly register: (moreFields: number) => Promise<number>;
}

/** A busy machine takes a minute for three brokers and as many replicas. */
const FIRST_OUTPUT_MS = 120_000;
const FIRST_RATE = 500;

/** The configuration of the replicas of a slot. */
export const configFileOf = (folder: string, slot: number): string =>
  join(folder, `scorer-${slot}.yaml`);

export async function setStage(
  cluster: Cluster,
  options: StageOptions,
  lifecycle: Lifecycle,
): Promise<Stage> {
  const { bug, projectDir, stop, say } = options;
  const { admin, producer, registry, folder } = cluster;
  const main =
    bug === undefined
      ? join(projectDir, 'dist', 'main.js')
      : await lifecycle.start(() => plantBug(bug, projectDir));
  const names = freshNames();
  await createTopics(admin, names, options.brokers);
  const register = (moreFields: number): Promise<number> =>
    registry.register(`${names.input}-value`, schemaWith(moreFields));
  const events = new Events(options.seed, { id: await register(0), moreFields: 0 });
  const fileOf = (slot: number): string => configFileOf(folder, slot);
  for (let slot = 0; slot < options.replicas; slot++) {
    await writeFile(fileOf(slot), options.configOf(names, slot));
  }
  const logDir = options.logs === undefined ? folder : resolve(options.logs);
  await mkdir(logDir, { recursive: true });
  const replicas = await lifecycle.start(() => {
    const value = new Replicas({ main, configFile: fileOf, logDir, say });
    return Promise.resolve(
      stoppable(value, () => {
        value.killAll();
      }),
    );
  });
  const load = await lifecycle.start(() => {
    const value = new Load({
      producer,
      topic: names.input,
      partitions: PARTITIONS,
      events,
      total: options.events,
    });
    return Promise.resolve(
      stoppable(value, () => {
        value.end();
      }),
    );
  });
  const progress = new Progress({ admin, groupId: names.group, topic: names.input, stop });
  return { names, events, load, progress, replicas, register };
}

/**
 * Starts the replicas and the load, and waits until every partition is scored. Resolves with the
 * end of the load.
 */
export async function raise(
  { load, progress, replicas }: Stage,
  count: number,
  {
    rate = FIRST_RATE,
    slotOf = (replica) => replica,
  }: { readonly rate?: number | undefined; readonly slotOf?: (replica: number) => number } = {},
): Promise<{ loading: Promise<void> }> {
  for (let i = 0; i < count; i++) replicas.start(slotOf(i));
  load.rate = rate;
  const loading = load.run();
  if (!(await progress.reaches(new Array<number>(PARTITIONS).fill(1), FIRST_OUTPUT_MS))) {
    throw new Error('the replicas do not score');
  }
  return { loading };
}
