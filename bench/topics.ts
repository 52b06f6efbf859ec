import type { Admin } from 'kafkajs';

/** Topics of a bench, and what can be learnt about them without reading them. */
export class Topics {
  readonly #admin: Admin;
  readonly #made: string[] = [];

  constructor(admin: Admin) {
    this.#admin = admin;
  }

  /** Makes a topic whose records carry the time at which the broker appended them. */
  async create(topic: string, partitions: number): Promise<void> {
    await this.#admin.createTopics({
      waitForLeaders: true,
      topics: [
        {
          topic,
          numPartitions: partitions,
          configEntries: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }],
        },
      ],
    });
    this.#made.push(topic);
  }

  /** How many records a topic has. */
  async count(topic: string): Promise<number> {
    return total(await this.#admin.fetchTopicOffsets(topic));
  }

  /** How many of its records were appended before a time, ms since the epoch on the broker's clock. */
  async countBefore(topic: string, time: number): Promise<number> {
    return total(await this.#admin.fetchTopicOffsetsByTimestamp(topic, time));
  }

  /**
   * The first time, ms, before which at least `count` records had been appended; the topic must have them, and have had
   * none at `earliest` and all at `latest`. By bisection: the broker's own index answers, nothing is read.
   */
  async timeOf(topic: string, count: number, earliest: number, latest: number): Promise<number> {
    let [none, enough] = [earliest, latest];
    while (enough - none > 1) {
      const middle = Math.floor((none + enough) / 2);
      if ((await this.countBefore(topic, middle)) >= count) enough = middle;
      else none = middle;
    }
    return enough;
  }

  async delete(topic: string): Promise<void> {
    this.#made.splice(this.#made.indexOf(topic), 1);
    await this.#admin.deleteTopics({ topics: [topic] });
  }

  /** A group whose members have left has nothing more to say; one that was killed is left to the broker. */
  async deleteGroup(groupId: string): Promise<void> {
    await this.#admin.deleteGroups([groupId]).catch(() => undefined);
  }

  async deleteAll(): Promise<void> {
    if (this.#made.length > 0) await this.#admin.deleteTopics({ topics: this.#made.splice(0) });
  }
}

function total(partitions: readonly { readonly offset: string }[]): number {
  return partitions.reduce((sum, { offset }) => sum + Number(offset), 0);
}
