import type { Settings } from '../config/settings.ts';
import { registryOf } from '../compose/connections.ts';
import type { Kafka } from '../kafkajs/kafka-client.ts';
import type { Started } from '../runtime/lifecycle.ts';
import type { Transaction } from './simulate/transaction.ts';
import { scoreReader, type DecodedScore } from './avro-transactions.ts';
import { followTopic } from './kafka-scores.ts';
import type { Ledger } from './ledger.ts';
import { Recent } from './recent.ts';
import { scrape, type Scraped } from './scrape.ts';
import type { Rejected, View } from './view.ts';

export interface ShowOptions {
  readonly kafka: Kafka;
  readonly settings: Settings;
  readonly ledger: Ledger;
  /** HTTP port of the scorer. */
  readonly port: number;
  readonly view: View;
  readonly ends: number | undefined;
}

/** The events that a version has decided. */
export interface Decided {
  readonly version: string;
  events: number;
}

const FRAME_MS = 1000;
const REJECTED_SHOWN = 5;
/**
 * If no new score arrives for this long after the last event was sent, the rest counts as missing.
 */
const PATIENCE_MS = 15_000;
const POLL_MS = 50;
const UNKNOWN = { lag: NaN, compared: 0, flips: 0, champion: undefined };

/** Follows the output topic, keeps the ledger and draws a frame every second. */
export class Show {
  readonly #options: ShowOptions;
  readonly #decisions = new Map<string, number>();
  readonly #latencies = new Recent();
  readonly #amounts = new Map<string, number>();
  #rejected: Rejected[] = [];
  /** The last one decides now. */
  #versions: Decided[] = [];
  #sent = 0;
  #scored = 0;
  #lastScoreAt = performance.now();

  constructor(options: ShowOptions) {
    this.#options = options;
    for (const { decision } of options.settings.decision?.bands ?? [])
      this.#decisions.set(decision, 0);
  }

  async start(): Promise<Started<undefined>> {
    const { kafka, settings } = this.#options;
    const registry = await registryOf(settings);
    const latest = await registry.latest(`${settings.output.topic}-value`);
    registry.close();
    if (latest === undefined)
      throw new TypeError('the scorer registers its schema before it is ready');
    const read = scoreReader(latest.node.schema());
    const follower = await followTopic(kafka, settings.output.topic, ({ value, timestamp }) => {
      this.#see(read(value, timestamp));
    });
    const timer = setInterval(() => void this.#draw(), FRAME_MS);
    return {
      value: undefined,
      stop: async () => {
        clearInterval(timer);
        await follower.stop();
      },
    };
  }

  /** Data of the event that the score record does not carry and the view needs. */
  remember({ transactionId, amount }: Transaction): void {
    this.#amounts.set(transactionId, amount);
  }

  sent(events: number): void {
    this.#sent = events;
  }

  /** Resolves when every event has a result, when nothing more arrives, or when it is stopped. */
  async finished(stop: AbortSignal): Promise<void> {
    this.#lastScoreAt = performance.now();
    while (this.#options.ledger.open > 0 && !stop.aborted) {
      if (performance.now() - this.#lastScoreAt > PATIENCE_MS) break;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    await this.#draw();
  }

  /** The version of the model that decides; undefined if the scorer does not answer. */
  readonly champion = async (): Promise<string | undefined> => (await this.#scrape()).champion;

  async deadLetters(): Promise<number> {
    return (await scrape(this.#options.port)).deadLetters;
  }

  #scrape(): Promise<Omit<Scraped, 'deadLetters'>> {
    return scrape(this.#options.port).catch(() => UNKNOWN);
  }

  #see(score: DecodedScore): void {
    this.#options.ledger.see(score);
    this.#scored++;
    this.#lastScoreAt = performance.now();
    this.#count(score.version);
    const decision = score.decision ?? 'none';
    this.#decisions.set(decision, (this.#decisions.get(decision) ?? 0) + 1);
    this.#latencies.add(score.latencyMs);
    const amount = this.#amounts.get(score.id) ?? NaN;
    this.#amounts.delete(score.id);
    if (decision !== 'REJECT') return;
    const fraud = this.#options.ledger.isFraud(score.id);
    this.#rejected = [{ ...score, amount, fraud }, ...this.#rejected].slice(0, REJECTED_SHOWN);
  }

  #count(version: string): void {
    const known = this.#versions.find((decided) => decided.version === version);
    if (known === undefined) this.#versions.push({ version, events: 1 });
    else known.events++;
  }

  /** How many events each version has decided. */
  get versions(): readonly Decided[] {
    return this.#versions;
  }

  async #draw(): Promise<void> {
    const { lag, compared, flips } = await this.#scrape();
    const { p50, p99 } = this.#latencies.take();
    const { view, ends } = this.#options;
    view.draw({
      sent: this.#sent,
      scored: this.#scored,
      decisions: this.#decisions,
      p50,
      p99,
      lag,
      rejected: this.#rejected,
      versions: this.#versions,
      compared,
      flips,
      note:
        ends === undefined
          ? 'Ctrl-C stops the demo'
          : `${ends.toLocaleString('en-US')} events, then it ends`,
    });
  }
}
