import { readFileSync } from 'node:fs';
import { guard, KNOWN_VERSION, type Hooks } from '../../../src/consume/kafka-rejoin.ts';

/** A consumer group as far as the guards see it. */
class Group {
  readonly said: string[] = [];
  readonly assigners: Hooks[] = [];
  readonly topicConfigurations: Record<string, { fromBeginning?: boolean }> = {};
  generationId: number | null = null;
  memberId: string | null = null;
  fetching = Promise.withResolvers<string[]>();

  joinAndSync(): Promise<void> {
    this.generationId = (this.generationId ?? 0) + 1;
    this.memberId = 'member';
    this.said.push(`joined ${this.generationId}`);
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

class Guarded extends Group {
  override recoverFromOffsetOutOfRange(at: { topic: string; partition: number }): Promise<void> {
    return super.recoverFromOffsetOutOfRange(at);
  }

  override joinAndSync(): Promise<void> {
    return super.joinAndSync();
  }

  override fetch(nodeId: string): Promise<unknown[]> {
    return super.fetch(nodeId);
  }
}
guard(Guarded.prototype);

describe('a guarded consumer group', () => {
  it('does not ask before its first join, which has nothing to finish', async () => {
    const group = new Guarded();
    group.assigners.push({ beforeRejoin: () => Promise.reject(new Error('asked')) });
    await group.joinAndSync();
    expect(group.said).toEqual(['joined 1']);
  });

  it('rejoins only after what is in flight was finished', async () => {
    const group = new Guarded();
    await group.joinAndSync();
    const finished = Promise.withResolvers<undefined>();
    group.assigners.push({}, { beforeRejoin: () => finished.promise.then(() => void group.said.push('finished')) });
    const rejoined = group.joinAndSync();
    await Promise.resolve();
    expect(group.said).toEqual(['joined 1']);
    finished.resolve(undefined);
    await rejoined;
    expect(group.said).toEqual(['joined 1', 'finished', 'joined 2']);
  });

  it.each([
    ['earliest', 'beginning'],
    ['latest', 'end'],
  ] as const)('goes on at the %s offset where the committed one is out of range', async (policy, place) => {
    const group = new Guarded();
    group.assigners.push({ onOutOfRange: () => policy });
    await group.recoverFromOffsetOutOfRange({ topic: 'in', partition: 0 });
    expect(group.said).toEqual([`resets in to the ${place}`]);
  });

  it('resets nothing where the hook ends the consumer', async () => {
    const group = new Guarded();
    group.assigners.push({
      onOutOfRange: () => {
        throw new Error('stop');
      },
    });
    await expect(group.recoverFromOffsetOutOfRange({ topic: 'in', partition: 0 })).rejects.toThrow('stop');
    expect(group.said).toEqual([]);
  });

  it('answers what a fetch brings', async () => {
    const group = new Guarded();
    await group.joinAndSync();
    group.fetching.resolve(['batch']);
    expect(await group.fetch('7')).toEqual(['batch']);
    expect(group.said).toContain('fetches from 7');
  });

  it('answers nothing for a fetch that was under way across a rejoin', async () => {
    const group = new Guarded();
    await group.joinAndSync();
    const fetched = group.fetch('7');
    await group.joinAndSync();
    group.fetching.resolve(['batch of the old assignment']);
    expect(await fetched).toEqual([]);
  });
});

describe('the kafkajs whose inside is known', () => {
  const read = (path: string) =>
    JSON.parse(readFileSync(path, 'utf8')) as { version: string; dependencies: Record<string, string> };

  // Red after an upgrade: read consumer/consumerGroup.js, consumer/runner.js and network/requestQueue of the new version,
  // and only then raise KNOWN_VERSION here and in runtime/kafka-quiet-queue.ts.
  it('is the installed one', () => {
    expect(read('node_modules/kafkajs/package.json').version).toBe(KNOWN_VERSION);
  });

  it('is pinned exactly', () => {
    expect(read('package.json').dependencies['kafkajs']).toBe(KNOWN_VERSION);
  });
});
