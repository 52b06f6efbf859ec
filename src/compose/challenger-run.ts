import type { Side } from '../encode/comparison-encoder.ts';
import { ScorerError } from '../errors.ts';
import type { Events } from '../flow/events.ts';
import { mergeScores } from '../flow/merge-scores.ts';
import type { Observation } from '../flow/observation.ts';
import type { Decisions, ModelIdentity, Scores } from '../flow/scores.ts';
import { killUnscored } from '../flow/unscored.ts';
import { takeRows } from '../flow/take-rows.ts';
import type { MapFeatures } from '../map/mapper.ts';
import { SideQueue } from '../rollout/side-queue.ts';
import type { ChallengerTopic } from './challenger-topic.ts';
import type { GatedVersion } from './gated-version.ts';
import type { Reports } from './reports.ts';
import { bytesOf, withoutBytes } from './kept-events.ts';
import { VersionStatistics } from './version-statistics.ts';

/** A delivered batch for the challenger. */
export interface Shadowed {
  /** As the challenger sees them. */
  readonly events: Events;
  /** The rows that the champion has a score for. */
  readonly rows: readonly number[];
  readonly champion: Side;
  readonly map: MapFeatures;
  readonly decide: (events: Events, scores: Scores) => Decisions;
}

export interface ChallengerRunOptions {
  readonly reports: Pick<Reports, 'metrics' | 'logger'>;
  /** The topic that the configuration names now. */
  readonly topic: () => string | undefined;
  readonly writer: ChallengerTopic;
}

/** So much waits for the challenger, at most. Batches beyond it are dropped. */
const LIMITS = { maxRows: 50_000, maxBytes: 64 * 1024 * 1024 };

/**
 * A challenger at work: it scores batches after they were delivered, in a process of its own, one
 * after the other. If it is slower than the stream, batches are dropped. Whatever fails is only
 * counted.
 */
export class ChallengerRun {
  readonly identity: ModelIdentity;
  readonly statistics: VersionStatistics;
  readonly #version: GatedVersion;
  readonly #options: ChallengerRunOptions;
  readonly #queue: SideQueue<Shadowed>;
  readonly #counts = { compared: 0, failed: 0, dropped: 0, written: 0, unwritten: 0 };
  readonly #flips = new Map<string, number>();
  #delta = 0;
  #said: string | undefined;

  constructor(version: GatedVersion, options: ChallengerRunOptions) {
    this.identity = version.identity;
    const { metrics } = options.reports;
    this.statistics = new VersionStatistics(this.identity, 'challenger', metrics, new Date());
    this.#version = version;
    this.#options = options;
    this.#queue = new SideQueue(LIMITS, (batch) => this.#work(batch));
  }

  /** Counted when the batch is delivered: only then does the challenger get it. */
  observe(batch: Shadowed): Observation {
    return new ShadowObservation(batch, this);
  }

  offer(batch: Shadowed): void {
    const withKeys = this.#options.topic() !== undefined;
    const kept = { ...batch, events: withoutBytes(batch.events, withKeys) };
    const taken = this.#queue.offer(kept, batch.events.fates.rows, bytesOf(batch.events));
    if (!taken) this.#count('dropped', batch.rows.length);
  }

  /** It gets nothing more. Batches that wait are dropped. */
  async close(): Promise<void> {
    for (const { rows } of await this.#queue.close()) this.#count('dropped', rows.length);
  }

  /** How its scores and decisions differ from those of the champion. */
  get report() {
    const { compared } = this.#counts;
    return {
      ...this.statistics.report,
      ...this.#counts,
      flips: Object.fromEntries(this.#flips),
      meanScoreDelta: compared === 0 ? null : this.#delta / compared,
    };
  }

  async #work(batch: Shadowed): Promise<void> {
    const { events, rows } = batch;
    try {
      const scores = await this.#scored(batch);
      const compared = rows.filter((row) => events.fates.isAlive(row));
      this.#count('failed', rows.length - compared.length);
      if (scores === undefined) return;
      const challenger = { scores, decisions: batch.decide(events, scores) };
      // a policy may have no decision for a row
      const decided = compared.filter((row) => events.fates.isAlive(row));
      this.#compare(decided, batch.champion, challenger);
      await this.#write(batch, decided, challenger);
    } catch (error) {
      this.#count('failed', rows.length);
      this.#say(error, 'the challenger could not score a batch');
    }
  }

  /** The scores of the batch, NaN in all other rows. Rows without a score die. */
  async #scored({ events, rows, map }: Shadowed): Promise<Scores | undefined> {
    const { fates } = events;
    const tensors = map(events);
    const alive = rows.filter((row) => fates.isAlive(row));
    if (alive.length === 0) return undefined;
    const endHold = this.#version.shared.hold();
    try {
      const { model } = this.#version.shared.value;
      const asked = alive.length === fates.rows ? tensors : takeRows(tensors, alive);
      const scores = await model.score(asked, alive.length);
      if (scores.seconds !== undefined) this.statistics.inferred(alive.length, scores.seconds);
      const merged = mergeScores([{ rows: Int32Array.from(alive), scores }], fates.rows);
      killUnscored(merged, fates);
      return merged;
    } finally {
      endHold();
    }
  }

  #compare(rows: readonly number[], champion: Side, challenger: Side): void {
    const { metrics } = this.#options.reports;
    this.#count('compared', rows.length);
    const flips = new Map<string, Map<string, number>>();
    for (const row of rows) {
      const delta = Math.abs(challenger.scores.score[row]! - champion.scores.score[row]!);
      this.#delta += delta;
      metrics.challengerScoreDelta.observe(delta);
      const [from, to] = [nameOf(champion.decisions, row), nameOf(challenger.decisions, row)];
      if (from === undefined || to === undefined || from === to) continue;
      const ofFrom = flips.get(from) ?? new Map<string, number>();
      ofFrom.set(to, (ofFrom.get(to) ?? 0) + 1);
      flips.set(from, ofFrom);
    }
    for (const [from, others] of flips)
      for (const [to, count] of others) {
        metrics.challengerFlips.inc({ from, to }, count);
        const kind = `${from} → ${to}`;
        this.#flips.set(kind, (this.#flips.get(kind) ?? 0) + count);
      }
  }

  async #write(batch: Shadowed, rows: readonly number[], challenger: Side): Promise<void> {
    const { topic: topicNow, writer } = this.#options;
    const topic = topicNow();
    const { records } = batch.events.batch;
    if (topic === undefined || records.length === 0 || rows.length === 0) return;
    let written = 0;
    try {
      written = await writer.write(topic, batch.events.batch, rows, batch.champion, challenger);
    } catch (error) {
      this.#say(error, `comparisons could not be written to ${topic}`);
    }
    this.#count('written', written);
    this.#count('unwritten', rows.length - written);
  }

  #count(outcome: Outcome, rows: number): void {
    if (rows === 0) return;
    this.#counts[outcome] += rows;
    this.#options.reports.metrics.challengerRows.inc({ outcome }, rows);
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

type Outcome = 'compared' | 'failed' | 'dropped' | 'written' | 'unwritten';

function nameOf({ index, names }: Decisions, row: number): string | undefined {
  return index === null ? undefined : names[index[row]!];
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
