import { ChallengerTopic } from '../../../src/compose/challenger-topic.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { ScorerError } from '../../../src/errors.ts';
import { NOTHING_DECIDED } from '../../../src/flow/scores.ts';
import type { Sink } from '../../../src/produce/sink.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { problemsOf } from '../../support/thrown.ts';

const SETTINGS = {
  output: { topic: 'scores', registerSchema: true, namespace: 'acme' },
} as unknown as Settings;
const SIDE = {
  scores: {
    models: [{ name: 'm', version: '1', sha256: '1' }],
    modelOf: null,
    score: Float64Array.of(0.5),
    classes: null,
    perClass: null,
  },
  decisions: NOTHING_DECIDED,
};
const batchOf = (partition: number) => ({
  topic: 'in',
  partition,
  closedBy: 'end' as const,
  records: [{ offset: 1, timestamp: 0, key: null, value: null }],
});

function world() {
  const registry = new FakeRegistry();
  const state = { partitions: 2, opens: 0, asked: 0, fails: false, away: false, closed: 0 };
  const written: string[] = [];
  const counts: number[] = [];
  const sink = {
    partitions: () => {
      state.asked += 1;
      return Promise.resolve(state.partitions);
    },
    write: ({ topic, partition }: { topic: string; partition: number }, records: unknown[]) => {
      if (state.fails)
        throw new ScorerError({ code: 'DESTINATION_UNAVAILABLE', what: 'it is away' });
      written.push(`${topic}-${partition}`);
      counts.push(records.length);
      return Promise.resolve([]);
    },
  } as unknown as Sink;
  const topic = new ChallengerTopic({
    settings: SETTINGS,
    registry,
    openSink: () => {
      state.opens += 1;
      if (state.away) return Promise.reject(new Error('no broker answers'));
      const stop = (): Promise<void> => {
        state.closed += 1;
        return Promise.resolve();
      };
      return Promise.resolve({ value: sink, stop });
    },
  });
  const write = (to = 'compared', partition = 3) =>
    topic.write(to, [{ batch: batchOf(partition), rows: [0], champion: SIDE, challenger: SIDE }]);
  return { topic, write, state, written, counts, registry };
}

describe('the topic of a challenger', () => {
  it('gets the comparisons of a partition in one of its own partitions', async () => {
    const { write, written, state, registry } = world();
    expect(await write()).toBe(1);
    expect(await write('compared', 4)).toBe(1);
    expect(written).toEqual(['compared-1', 'compared-0']);
    expect([state.opens, state.asked]).toEqual([1, 1]);
    expect(await registry.latest('compared-value')).toBeDefined();
  });

  it('gets those of several batches of a partition in one request', async () => {
    const { topic, written, counts } = world();
    const one = { batch: batchOf(3), rows: [0], champion: SIDE, challenger: SIDE };
    expect(await topic.write('compared', [one, one, one])).toBe(3);
    expect([written, counts]).toEqual([['compared-1'], [3]]);
  });

  it('may be another one while the program runs', async () => {
    const { write, written, state } = world();
    await write();
    await write('other');
    expect(written).toEqual(['compared-1', 'other-1']);
    expect(state.asked).toBe(2);
  });

  it('is asked for anew after it failed, and has to be there', async () => {
    const { write, written, state } = world();
    await write();
    state.fails = true;
    await expect(write()).rejects.toMatchObject({ code: 'DESTINATION_UNAVAILABLE' });
    state.fails = false;
    state.partitions = 0;
    await expect(write()).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
    state.partitions = 1;
    await write();
    expect(written).toEqual(['compared-1', 'compared-0']);
  });

  it('is connected again if no broker answered, and disconnected at the end', async () => {
    const { topic, write, state } = world();
    state.away = true;
    await expect(write()).rejects.toThrow('no broker answers');
    state.away = false;
    expect(await write()).toBe(1);
    expect(state.opens).toBe(2);
    await topic.close();
    expect(state.closed).toBe(1);
  });
});

it('says what has to be registered where the program may not register it', async () => {
  const registry = new FakeRegistry();
  const topic = new ChallengerTopic({
    settings: { output: { ...SETTINGS.output, registerSchema: false } } as unknown as Settings,
    registry,
    openSink: () => {
      const value = { partitions: () => Promise.resolve(1) } as unknown as Sink;
      return Promise.resolve({ value, stop: () => Promise.resolve() });
    },
  });
  const problemOf = async () => {
    const one = { batch: batchOf(0), rows: [0], champion: SIDE, challenger: SIDE };
    const [problem] = await problemsOf(() => topic.write('compared', [one]));
    return problem;
  };
  expect(await problemOf()).toMatchObject({
    code: 'SUBJECT_NOT_FOUND',
    remedy: expect.stringMatching(/check --comparison-schema.* as compared-value/) as string,
  });
  await registry.register('compared-value', { type: 'string' });
  expect(await problemOf()).toMatchObject({
    code: 'SCORE_SCHEMA_DIFFERS',
    what: expect.stringContaining('the schema of the records of model.challengerTopic') as string,
  });
});
