import { encodeComparisons, type Side } from '../encode/comparison-encoder.ts';
import { comparisonSchema } from '../encode/comparison-schema.ts';
import type { Batch } from '../flow/batch.ts';
import { SideTopic, type SideConnections } from './side-topic.ts';

/** Writes comparisons to the topic of the challenger. The caller counts what was not written. */
export class ChallengerTopic {
  readonly #topic: SideTopic;

  constructor(connections: SideConnections) {
    const where = 'model.challengerTopic';
    this.#topic = new SideTopic({ ...connections, schema: comparisonSchema, where });
  }

  /** Resolves with how many records were written. Rejects if the topic or the registry is away. */
  write(
    topic: string,
    batch: Batch,
    rows: readonly number[],
    champion: Side,
    challenger: Side,
  ): Promise<number> {
    return this.#topic.write(topic, ({ schemaId, partitions }) => [
      {
        partition: batch.partition % partitions,
        records: encodeComparisons(schemaId, batch, rows, champion, challenger, Date.now()),
      },
    ]);
  }

  close(): Promise<void> {
    return this.#topic.close();
  }
}
