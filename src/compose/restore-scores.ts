import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from '../config/settings.ts';
import type { Range, RangeReader } from '../consume/range-reader.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { Batch, TopicPartition } from '../flow/batch.ts';
import { nextTurn } from '../runtime/next-turn.ts';
import { untilAvailable } from '../runtime/retry.ts';
import { latestSchema } from './latest-schema.ts';
import type { RecordedRow } from './recorded-rows.ts';
import { createRecordedReader } from './recorded-rows.ts';

export interface RestoreOptions {
  readonly settings: Settings;
  readonly registry: Pick<SchemaRegistry, 'byId' | 'latest'>;
  readonly reader: RangeReader;
  /** Path of the id in an event; undefined: it is the key. */
  readonly id: string | undefined;
  /** Paths of the fields of groups; undefined where score records do not have them. */
  readonly groups: readonly (string | undefined)[];
  readonly horizonDays: number;
  /** A score record of a partition that this replica has. */
  readonly add: (row: RecordedRow) => void;
  /** The events of partitions belong to another replica now. */
  readonly drop: (lost: readonly TopicPartition[]) => void;
  /** Everything is read: now the labels of the same time. */
  readonly replayLabels: (from: number, signal: AbortSignal) => Promise<void>;
  readonly onProblem: (error: unknown) => void;
  readonly signal: AbortSignal;
}

const DAY_MS = 86_400_000;
/** For each ms of work, as many ms of rest: scoring comes first. */
const REST = 3;
const CHUNK = 1000;
const RETRY_MS = 10_000;

/** A partition whose scores are not read yet. */
interface Waiting extends TopicPartition {
  /** Where the partitions of the output topic ended when this replica got it, if they could be asked. */
  readonly ends: Promise<ReadonlyMap<number, number> | undefined>;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic} ${partition}`;

/**
 * Reads the output topic again over the horizon, for the partitions that this replica got: so a
 * label finds events that were scored before a start, or by another replica. It works in the
 * background, and scoring does not wait. What this replica writes itself from then on is not read.
 */
export class ScoreRestore {
  readonly #options: RestoreOptions;
  readonly #owned = new Map<string, TopicPartition>();
  readonly #waiting = new Map<string, Waiting>();
  #working: Promise<void> | undefined;

  constructor(options: RestoreOptions) {
    this.#options = options;
  }

  /** Whether something is not read yet. */
  get isWorking(): boolean {
    return this.#working !== undefined;
  }

  /** Resolves when there is nothing to do. */
  async idle(): Promise<void> {
    await this.#working;
  }

  /** The partitions of this replica from now on. */
  assigned(partitions: readonly TopicPartition[]): void {
    const now = new Map(partitions.map((one) => [keyOf(one), one]));
    const lost = [...this.#owned].filter(([key]) => !now.has(key));
    for (const [key] of lost) {
      this.#owned.delete(key);
      this.#waiting.delete(key);
    }
    if (lost.length > 0) this.#options.drop(lost.map(([, one]) => one));
    const got = [...now].filter(([key]) => !this.#owned.has(key));
    const ends = got.length === 0 ? undefined : this.#ends();
    for (const [key, one] of got) {
      this.#owned.set(key, one);
      this.#waiting.set(key, { ...one, ends: ends! });
    }
    if (this.#waiting.size > 0) this.#working ??= this.#work();
  }

  async #work(): Promise<void> {
    const { signal, horizonDays, replayLabels, onProblem } = this.#options;
    const stopped = (): boolean => signal.aborted;
    while (this.#waiting.size > 0 && !stopped()) {
      const wanted = new Map(this.#waiting);
      this.#waiting.clear();
      const from = Date.now() - horizonDays * DAY_MS;
      try {
        await this.#read(wanted, from);
        await replayLabels(from, signal);
      } catch (error) {
        if (stopped()) break;
        onProblem(error);
        // The ends may be those of a topic that was made again, or behind a transaction that nobody ends.
        const ends = Promise.resolve(undefined);
        for (const [key, one] of wanted)
          if (this.#owned.has(key)) this.#waiting.set(key, { ...one, ends });
        await sleep(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
    this.#working = undefined;
  }

  async #ends(): Promise<ReadonlyMap<number, number> | undefined> {
    const { settings, reader, signal } = this.#options;
    try {
      return await reader.ends({ topic: settings.output.topic, signal });
    } catch {
      return undefined; // to read the topic will say why
    }
  }

  async #read(wanted: ReadonlyMap<string, Waiting>, from: number): Promise<void> {
    const { settings, registry, reader, id, groups, add, signal } = this.#options;
    const { topic, partitioning } = settings.output;
    const node = await latestSchema(registry, topic, 'output.topic');
    const read = createRecordedReader({ settings, registry, node, id, groups });
    const partitions =
      partitioning === 'same'
        ? [...new Set([...wanted.values()].map(({ partition }) => partition))]
        : undefined;
    const isWanted = (source: TopicPartition): boolean => {
      const key = keyOf(source);
      return wanted.has(key) && this.#owned.has(key);
    };
    const range = { topic, partitions, from: { time: from }, ...(await upTo(wanted)), signal };
    for await (const fetched of reader.read(range)) {
      const all = Array.from(fetched.records);
      for (let at = 0; at < all.length; at += CHUNK) {
        const started = performance.now();
        const records = all.slice(at, at + CHUNK);
        const batch: Batch = { topic, partition: fetched.partition, records, closedBy: 'end' };
        const rows = await untilAvailable(() => read(batch), { signal });
        for (const row of rows) if (isWanted(row.source)) add(row);
        await nextTurn();
        const worked = performance.now() - started;
        await sleep(REST * worked, undefined, { signal, ref: false });
      }
    }
  }
}

/** Up to where scores are read for some partitions: to the last of their ends. */
async function upTo(wanted: ReadonlyMap<string, Waiting>): Promise<Pick<Range, 'to' | 'read'>> {
  const all = await Promise.all([...wanted.values()].map(({ ends }) => ends));
  const last = new Map<number, number>();
  for (const ends of all) {
    if (ends === undefined) return {};
    for (const [partition, end] of ends)
      last.set(partition, Math.max(end, last.get(partition) ?? 0));
  }
  return { to: { offset: (partition) => last.get(partition) }, read: 'settled' };
}
