import { BatchBudget } from '../consume/batch-budget.ts';
import type { Side } from '../encode/comparison-encoder.ts';
import { ScorerError } from '../errors.ts';
import { stillAlive } from '../flow/alive-rows.ts';
import type { Events } from '../flow/events.ts';
import type { Observation } from '../flow/observation.ts';
import type { Decisions, ModelIdentity, Scores } from '../flow/scores.ts';
import { splitScores } from '../flow/split-scores.ts';
import type { InputTensor } from '../flow/tensors.ts';
import { killUnscored } from '../flow/unscored.ts';
import type { MapFeatures } from '../map/mapper.ts';
import { SideQueue } from '../rollout/side-queue.ts';
import { ChallengerCounts } from './challenger-counts.ts';
import type { ChallengerTopic, Compared } from './challenger-topic.ts';
import type { GatedVersion } from './gated-version.ts';
import type { Reports } from './reports.ts';
import { bytesOf, tensorBytes, withoutBytes } from './kept-events.ts';
import { RowKeeper, type KeptRows } from './kept-rows.ts';
import { VersionStatistics } from './version-statistics.ts';

/** A delivered batch for the challenger. */
export interface Shadowed {
  /** As the challenger sees them. */
  readonly events: Events;
  /** The rows that the champion has a score for. */
  readonly rows: Int32Array;
  readonly champion: Side;
  /** What the champion was asked with, if the challenger is asked with the same. */
  readonly tensors?: readonly InputTensor[] | undefined;
  /** Makes the tensors otherwise. */
  readonly map: MapFeatures;
  readonly decide: (events: Events, scores: Scores) => Decisions;
  /** The columns that this reads. Undefined: any. */
  readonly decideReads?: readonly number[] | undefined;
}

/** What is kept of it: the tensors are copied, and most columns are not needed any more. */
interface Kept {
  readonly batch: Pick<Shadowed, 'events' | 'champion' | 'decide'>;
  /** Those that the challenger is asked for, and their tensors. */
  readonly rows: Int32Array;
  readonly tensors: KeptRows;
}

export interface ChallengerRunOptions {
  readonly reports: Pick<Reports, 'metrics' | 'logger'>;
  /** The topic that the configuration names now. */
  readonly topic: () => string | undefined;
  readonly writer: Pick<ChallengerTopic, 'write' | 'close'>;
  /** How long its model may take for the batches that it scores together, in ms. */
  readonly maxInferMs: number;
  /** For tests; default: `WAIT_MS`. */
  readonly waitMs?: number;
}

/** So much waits for the challenger, at most. Batches beyond it are dropped. */
const LIMITS = { maxRows: 50_000, maxBytes: 64 * 1024 * 1024 };

/**
 * So many rows are scored together, at most. What a message to another process costs hardly depends
 * on its size: with 4,096 rows it is twice as much for each of them.
 */
const ROUND_ROWS = 16_384;

/** The tensors of these rows are kept together, if they are not larger than this. */
const BLOCK_BYTES = 8 * 1024 * 1024;

/** So long a batch waits for others. The answers take this much longer; nobody waits for them. */
const WAIT_MS = 250;

/**
 * A challenger at work: it scores batches after they were delivered, in a process of its own. What a
 * batch costs on its way to this process does not depend much on its size, and the batches of a
 * stream that is not behind are small: so all that wait are scored together. If the challenger is
 * slower than the stream, batches are dropped. Whatever fails is only counted.
 */
export class ChallengerRun {
  readonly identity: ModelIdentity;
  readonly statistics: VersionStatistics;
  readonly #version: GatedVersion;
  readonly #options: ChallengerRunOptions;
  readonly #queue: SideQueue<Kept>;
  readonly #tensors = new RowKeeper({ rows: ROUND_ROWS, bytes: BLOCK_BYTES });
  readonly #budget: BatchBudget;
  readonly #endHold: () => void;
  #timed = false;
  readonly #counts: ChallengerCounts;
  #said: string | undefined;

  constructor(version: GatedVersion, options: ChallengerRunOptions) {
    this.identity = version.identity;
    const { metrics } = options.reports;
    this.statistics = new VersionStatistics(this.identity, 'challenger', metrics, new Date());
    this.#version = version;
    this.#options = options;
    this.#counts = new ChallengerCounts(metrics);
    this.#budget = new BatchBudget(ROUND_ROWS, options.maxInferMs / 1000);
    this.#endHold = version.shared.hold(); // until the last round is done
    this.#queue = new SideQueue(LIMITS, {
      // The first round is one batch, because nothing is known of the time of the model.
      rows: () => (this.#timed ? this.#budget.size : 1),
      waitMs: options.waitMs ?? WAIT_MS,
      work: (kept) => this.#work(kept),
    });
  }

  /** Counted when the batch is delivered: only then does the challenger get it. */
  observe(batch: Shadowed): Observation {
    return new ShadowObservation(batch, this);
  }

  /** Takes what it needs of the batch, so that the rest lives no longer than without a challenger. */
  offer(batch: Shadowed): void {
    const { events, rows: all, champion, decide } = batch;
    const { rows: size } = events.fates;
    if (!this.#queue.hasRoom(size, 0)) {
      this.#counts.count('dropped', all.length);
      return;
    }
    const tensors = this.#mapped(batch);
    if (tensors === undefined) return;
    const rows = stillAlive(all, events.fates);
    this.#counts.count('failed', all.length - rows.length);
    if (rows.length === 0) return;
    const kept = withoutBytes(events, this.#options.topic() !== undefined, batch.decideReads);
    const bytes = bytesOf(kept) + tensorBytes(tensors);
    if (!this.#queue.hasRoom(size, bytes)) {
      this.#counts.count('dropped', rows.length);
      return;
    }
    const own = { batch: { events: kept, champion, decide }, rows };
    this.#queue.offer({ ...own, tensors: this.#tensors.keep(tensors, rows) }, size, bytes);
  }

  /** It gets nothing more. It finishes one round; other batches that wait are dropped. */
  async close(): Promise<void> {
    for (const { rows } of await this.#queue.close()) this.#counts.count('dropped', rows.length);
    this.#endHold();
  }

  /** How its scores and decisions differ from those of the champion. */
  get report() {
    return { ...this.statistics.report, ...this.#counts.report };
  }

  async #work(waiting: readonly Kept[]): Promise<void> {
    for (let left = waiting; left.length > 0;) {
      const { batches, rows, tensors } = this.#tensors.together(left.map((one) => one.tensors));
      const round = left.slice(0, batches);
      left = left.slice(batches);
      const scores = await this.#scored(round, tensors, rows);
      for (const one of round) this.#tensors.free(one.tensors);
      if (scores !== undefined)
        await this.#write(round.flatMap((kept, i) => this.#judged(kept, scores[i]!) ?? []));
    }
  }

  /** What it is asked with. Undefined if the events do not become tensors. */
  #mapped({ events, rows, tensors, map }: Shadowed): readonly InputTensor[] | undefined {
    try {
      return tensors ?? map(events);
    } catch (error) {
      this.#failed(rows.length, error);
      return undefined;
    }
  }

  /** The scores of each batch. Undefined if there are none. */
  async #scored(
    round: readonly Kept[],
    tensors: readonly InputTensor[],
    count: number,
  ): Promise<readonly Scores[] | undefined> {
    try {
      const scores = await this.#version.shared.value.model.score(tensors, count);
      if (scores.seconds !== undefined) {
        this.#timed = true;
        this.#budget.observe(count, scores.seconds);
        this.statistics.inferred(count, scores.seconds);
      }
      const parts = round.map(({ batch, rows }) => ({ rows, size: batch.events.fates.rows }));
      return splitScores(scores, parts);
    } catch (error) {
      this.#failed(count, error);
      return undefined;
    }
  }

  /** Decides by the scores of a batch, and compares. Rows without a score die. */
  #judged({ batch, rows }: Kept, scores: Scores): Compared | undefined {
    const { events, champion, decide } = batch;
    killUnscored(scores, events.fates);
    const scored = stillAlive(rows, events.fates);
    this.#counts.count('failed', rows.length - scored.length);
    try {
      const challenger = { scores, decisions: decide(events, scores) };
      // a policy may have no decision for a row
      const decided = stillAlive(scored, events.fates);
      this.#counts.compare(decided, champion, challenger);
      return { batch: events.batch, rows: decided, champion, challenger };
    } catch (error) {
      this.#failed(scored.length, error);
      return undefined;
    }
  }

  /** Partition by partition, so that one that cannot be written costs no other. */
  async #write(compared: readonly Compared[]): Promise<void> {
    const { topic: topicNow, writer } = this.#options;
    const topic = topicNow();
    if (topic === undefined) return;
    // without keys, they were taken before there was a topic
    const kept = compared.filter(({ batch, rows }) => batch.records.length > 0 && rows.length > 0);
    const byPartition = Map.groupBy(kept, ({ batch }) => `${batch.topic}/${batch.partition}`);
    for (const own of byPartition.values()) {
      const rows = own.reduce((sum, one) => sum + one.rows.length, 0);
      let written = 0;
      try {
        written = await writer.write(topic, own);
      } catch (error) {
        this.#say(error, `comparisons could not be written to ${topic}`);
      }
      this.#counts.count('written', written);
      this.#counts.count('unwritten', rows - written);
    }
  }

  #failed(rows: number, error: unknown): void {
    this.#counts.count('failed', rows);
    this.#say(error, 'the challenger could not score a batch');
  }

  /** The same error is logged once. */
  #say(error: unknown, what: string): void {
    const message = error instanceof Error ? error.message : String(error);
    if (message === this.#said) return;
    this.#said = message;
    const code = error instanceof ScorerError ? error.code : 'INTERNAL';
    this.#options.reports.logger.warn({ code, model: this.identity }, `${what}: ${message}`);
  }
}

/** Hands a batch over once it is delivered, so a batch that is scored again is compared once. */
class ShadowObservation implements Observation {
  readonly #batch: Shadowed;
  readonly #run: ChallengerRun;
  readonly #others: ShadowObservation[] = [];

  constructor(batch: Shadowed, run: ChallengerRun) {
    this.#batch = batch;
    this.#run = run;
  }

  merge(other: this): void {
    this.#others.push(other);
  }

  record(): void {
    this.#run.offer(this.#batch);
    for (const other of this.#others) other.record();
  }
}
