import { jsonEncoder } from '../decode/avro-json.ts';
import { ScorerError } from '../errors.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { Reservoir, seeded } from '../monitor/random.ts';
import { carriedJson } from './carried-json.ts';
import { completed } from './model-events.ts';
import type { SeenBatch } from './profile-events.ts';

/** An event of the sample, as it is written, and its score. */
interface SampledEvent {
  readonly event: unknown;
  readonly score: number;
}

/**
 * A uniform sample of the scored events, with only the fields that the model reads. The plan has to
 * carry these.
 */
export class BackgroundSample {
  readonly #places: Reservoir;
  readonly #sample: SampledEvent[] = [];
  readonly #carried: (record: Buffer) => unknown;
  readonly #reader: SchemaNode;

  constructor(size: number, seed: number, scoreSchema: object, reader: SchemaNode) {
    this.#places = new Reservoir(size, seeded(seed));
    this.#carried = carriedJson(scoreSchema);
    this.#reader = reader;
  }

  add({ outcome: { records, rows, scores } }: SeenBatch): void {
    records.forEach(({ value }, i) => {
      const place = this.#places.next();
      if (place === -1) return;
      const event = completed(this.#carried(value!), this.#reader);
      this.#sample[place] = { event, score: scores!.score[rows[i]!]! };
    });
  }

  get size(): number {
    return this.#sample.length;
  }

  /** The events as JSON lines. Throws INPUT_INVALID for one that JSON cannot hold. */
  lines(): string {
    return this.#sample.map(({ event }) => `${JSON.stringify(event)}\n`).join('');
  }

  /** As Avro bytes, with the score that each had with all of its fields. */
  encoded(): { readonly index: number; readonly avro: Buffer; readonly score: number }[] {
    const encode = jsonEncoder(this.#reader);
    return this.#sample.map(({ event, score }, index) => {
      try {
        return { index, avro: encode(JSON.parse(JSON.stringify(event))), score };
      } catch (error) {
        const what = `an event cannot be written as JSON: ${(error as Error).message}`;
        throw new ScorerError({ code: 'INPUT_INVALID', what }, { cause: error });
      }
    });
  }
}
