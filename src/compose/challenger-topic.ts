import { encodeComparisons, type Side } from '../encode/comparison-encoder.ts';
import type { Batch } from '../flow/batch.ts';
import { SideTopic, type SideConnections } from './side-topic.ts';

/** Rows of a batch with what both sides say of them. */
export interface Compared {
  readonly batch: Batch;
  readonly rows: ArrayLike<number>;
  readonly champion: Side;
  readonly challenger: Side;
}

/** Writes comparisons to the topic of the challenger. The caller counts what was not written. */
export class ChallengerTopic {
  readonly #topic: SideTopic;

  constructor(connections: SideConnections) {
    this.#topic = new SideTopic({ ...connections, where: 'model.challengerTopic' });
  }

  /**
   * Batches of one partition. Resolves with how many records were written. Rejects if the topic or
   * the registry is away.
   */
  write(topic: string, compared: readonly Compared[]): Promise<number> {
    return this.#topic.write(topic, ({ schemaId, partitions }) => [
      {
        partition: compared[0]!.batch.partition % partitions,
        records: compared.flatMap(({ batch, rows, champion, challenger }) =>
          encodeComparisons(schemaId, batch, rows, champion, challenger, Date.now()),
        ),
      },
    ]);
  }

  close(): Promise<void> {
    return this.#topic.close();
  }
}
