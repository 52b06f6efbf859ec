import type { Hooks } from '../../src/kafkajs/kafka-join-hooks.ts';
import { guard } from '../../src/kafkajs/kafka-join-patch.ts';

/** What a fetch brings. */
export interface Given {
  readonly topic: string;
  readonly rawMessages: readonly unknown[];
}

const JOIN = Symbol('private:ConsumerGroup:join');
const SYNC = Symbol('private:ConsumerGroup:sync');

/** A consumer group as far as the guards see it. */
class Group {
  readonly groupId = 'group';
  coordinator: object | null = null;
  readonly said: string[] = [];
  readonly assigners: Hooks[];
  readonly cluster = { refreshMetadata: () => Promise.resolve() };
  joins = (memberId: string | null): string => memberId ?? 'member';
  connects = (): Promise<void> => Promise.resolve();
  readonly topicConfigurations: Record<string, { fromBeginning?: boolean }> = {};
  generationId: number | null = null;
  memberId: string | null = null;
  fetching = Promise.withResolvers<Given[]>();

  constructor(assigners: Hooks[] = []) {
    this.assigners = assigners;
  }

  async joinAndSync(): Promise<void> {
    await this[JOIN]();
    await this[SYNC]();
    this.said.push(`joined ${this.generationId}`);
  }

  [JOIN](): Promise<void> {
    this.memberId = this.joins(this.memberId);
    this.generationId = (this.generationId ?? 0) + 1;
    return Promise.resolve();
  }

  [SYNC](): Promise<void> {
    return Promise.resolve();
  }

  leave(): Promise<void> {
    this.memberId = null;
    return Promise.resolve();
  }

  connect(): Promise<void> {
    this.said.push('connects');
    return this.connects();
  }

  recoverFromFetch(error: Error): Promise<void> {
    this.said.push(`recovers from ${error.message}`);
    return Promise.resolve();
  }

  fetch(nodeId: string): Promise<unknown[]> {
    this.said.push(`fetches from ${nodeId}`);
    return this.fetching.promise;
  }

  recoverFromOffsetOutOfRange({ topic }: { topic: string; partition: number }): Promise<void> {
    const fromBeginning = this.topicConfigurations[topic]?.fromBeginning;
    this.said.push(`resets ${topic} to the ${fromBeginning === true ? 'beginning' : 'end'}`);
    return Promise.resolve();
  }
}

/** The same as the program has it. */
export class Guarded extends Group {}
for (const name of [
  'joinAndSync',
  'leave',
  'connect',
  'fetch',
  'recoverFromFetch',
  'recoverFromOffsetOutOfRange',
  JOIN,
  SYNC,
]) {
  Object.defineProperty(Guarded.prototype, name, {
    value: Reflect.get(Group.prototype, name),
    writable: true,
  });
}
guard(Guarded.prototype as unknown as Parameters<typeof guard>[0]);

export const batch = (topic: string): Given => ({ topic, rawMessages: ['record'] });
