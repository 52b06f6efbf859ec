import { Assignment, type AssignmentOptions } from '../../../src/consume/assignment.ts';
import type { Source } from '../../../src/consume/source.ts';
import { ScorerError } from '../../../src/errors.ts';
import { eventually } from '../../support/eventually.ts';
import { inputRecords } from '../../support/given-records.ts';
import { RecordedWork } from '../../support/partition-work.ts';
import { everythingReady } from '../../support/settled.ts';

const P0 = { topic: 'in', partition: 0 };
const P1 = { topic: 'in', partition: 1 };

function lanesOf(work: RecordedWork, options: Partial<AssignmentOptions> = {}) {
  /** What the partition processors did to the outside, in order. */
  const said: string[] = [];
  const source: Source = {
    start: () => Promise.resolve(),
    commit: () => Promise.resolve(true),
    confirmed: () => Promise.resolve(),
    pause: ({ partition }) => said.push(`pause ${partition}`),
    resume: ({ partition }) => said.push(`resume ${partition}`),
    stop: () => Promise.resolve(),
  };
  const assignment = new Assignment({
    maxInFlightBatches: 1,
    maxBatchesPerDelivery: 1,
    maxRows: () => 3,
    source,
    limits: { maxSize: 3, maxDelayMs: 60_000 },
    work,
    now: () => 0,
    flush: async () => {
      said.push('flush');
    },
    observer: {
      assigned: (partitions) =>
        void said.push(`assigned ${partitions.map(({ partition }) => partition).join()}`),
      interrupted: ({ code }) => void said.push(`interrupted ${code}`),
      looped: () => undefined,
      fetched: ({ partition, records }) =>
        void said.push(`fetched ${records.length} of ${partition}`),
      failed: (error) => void said.push(String(error)),
    },
    drainMs: 60_000,
    ...options,
  });
  const fetched = (count: number, { partition } = P0, first = 0): Promise<void> =>
    assignment.fetched({
      topic: 'in',
      partition,
      records: inputRecords(count, first),
      nextOffset: BigInt(first + count),
      endOffset: 100n,
    });
  return { assignment, said, fetched };
}

describe('an assignment', () => {
  it('opens a partition processor for each of its partitions', async () => {
    const work = new RecordedWork();
    const { assignment, fetched } = lanesOf(work);
    assignment.assigned([P0, P1]);
    await Promise.all([fetched(2, P0), fetched(1, P1, 50)]);
    await everythingReady();
    expect(work.delivered.sort((a, b) => a - b)).toEqual([0, 1, 50]);
  });

  it('ignores records of a partition that is not in it', async () => {
    const work = new RecordedWork();
    const { assignment, said, fetched } = lanesOf(work);
    assignment.assigned([P1]);
    await fetched(2, P0);
    await everythingReady();
    expect(work.scoring).toEqual([]);
    expect(said).toEqual(['assigned 1']);
  });

  it('voids what was in flight before, and begins a partition only after its writes in flight', async () => {
    const work = new RecordedWork({ deliver: true });
    const { assignment, fetched } = lanesOf(work);
    assignment.assigned([P0]);
    await fetched(1);
    await everythingReady();
    assignment.assigned([P0]);
    expect(work.delivering[0]!.signal.aborted).toBe(true);
    await fetched(1, P0, 0); // the group gives the record again: it was never committed
    await everythingReady();
    expect(work.scoring).toHaveLength(1);

    work.delivering[0]!.done();
    await everythingReady();
    expect(work.scoring).toHaveLength(2);
    work.delivering[1]!.done();
    await everythingReady();
    expect(work.moves).toEqual([1n]); // only the second time
  });

  it('waits for the writes of two assignments ago as well', async () => {
    const work = new RecordedWork({ deliver: true });
    const { assignment, fetched } = lanesOf(work);
    assignment.assigned([P0]);
    await fetched(1);
    await everythingReady();
    assignment.assigned([P0]);
    assignment.assigned([P0]);
    await fetched(1);
    await everythingReady();
    expect(work.scoring).toHaveLength(1);
    work.delivering[0]!.done();
    await everythingReady();
    expect(work.scoring).toHaveLength(2);
  });
});

describe('an interruption', () => {
  it('ends the assignment: what is in flight commits nothing, and the next one waits for its writes', async () => {
    const work = new RecordedWork({ deliver: true });
    const { assignment, said, fetched } = lanesOf(work);
    assignment.assigned([P0]);
    await fetched(1);
    await everythingReady();
    assignment.interrupted(new ScorerError({ code: 'BROKER_UNAVAILABLE', what: 'away' }));
    expect(said.at(-1)).toBe('interrupted BROKER_UNAVAILABLE');
    assignment.assigned([P0]);
    await fetched(1);
    await everythingReady();
    expect(work.scoring).toHaveLength(1);
    work.delivering[0]!.done();
    await everythingReady();
    expect(work.moves).toEqual([]);
    expect(work.scoring).toHaveLength(2);
  });
});

describe('a full partition processor', () => {
  it('is paused instead of holding up the others, and resumed when it has room', async () => {
    const work = new RecordedWork({ score: true });
    const { assignment, said, fetched } = lanesOf(work);
    assignment.assigned([P0]);
    await fetched(3);
    await fetched(12, P0, 3); // resolves once the partition processor has been full for a while
    expect(said.at(-1)).toBe('pause 0');
    work.scoring[0]!.done();
    await everythingReady();
    expect(said.at(-1)).toBe('resume 0');
  });

  it('that has room soon is not paused', async () => {
    const work = new RecordedWork({ score: true });
    const { assignment, said, fetched } = lanesOf(work);
    assignment.assigned([P0]);
    await fetched(3);
    const full = fetched(12, P0, 3);
    await everythingReady();
    work.scoring[0]!.done();
    await full;
    expect(said.join()).not.toContain('pause');
  });

  it('is not paused for a partition that went elsewhere meanwhile', async () => {
    const work = new RecordedWork({ score: true });
    const { assignment, said, fetched } = lanesOf(work);
    assignment.assigned([P0]);
    await fetched(3);
    const full = fetched(12, P0, 3);
    assignment.assigned([]);
    await full;
    expect(said.join()).not.toContain('pause');
  });
});

describe('rejoining', () => {
  it('finishes what is in flight and commits it before the group goes on', async () => {
    const work = new RecordedWork({ deliver: true });
    const { assignment, said, fetched } = lanesOf(work);
    assignment.assigned([P0]);
    await fetched(1);
    await everythingReady();
    const rejoining = assignment.rejoining();
    await everythingReady();
    expect(said).not.toContain('flush');
    work.delivering[0]!.done();
    await rejoining;
    expect(work.moves).toEqual([1n]);
    expect(said.at(-1)).toBe('flush');
  });

  it('goes on without what does not end in time, which then commits nothing', async () => {
    const work = new RecordedWork({ deliver: true });
    const { assignment, said, fetched } = lanesOf(work, { drainMs: 1 });
    assignment.assigned([P0]);
    await fetched(1);
    await everythingReady();
    await assignment.rejoining();
    expect(said.at(-1)).toBe('flush');
    assignment.assigned([]);
    work.delivering[0]!.done();
    await everythingReady();
    expect(work.moves).toEqual([]);
  });
});

describe('the end', () => {
  it('finishes and commits what is in flight, and takes no more', async () => {
    const work = new RecordedWork({ deliver: true });
    const { assignment, said, fetched } = lanesOf(work);
    assignment.assigned([P0, P1]);
    await Promise.all([fetched(1, P0), fetched(1, P1, 50)]);
    await everythingReady();
    const stopped = assignment.stop();
    await fetched(1, P0, 1);
    for (const held of work.delivering) held.done();
    await stopped;
    expect(work.delivered).toEqual([0, 50]);
    expect(said.at(-1)).toBe('flush');
  });

  it('comes although a write hangs, once that gives up', async () => {
    const work = new RecordedWork({ deliver: true });
    const { assignment, said, fetched } = lanesOf(work, { drainMs: 1 });
    assignment.assigned([P0]);
    await fetched(1);
    await everythingReady();
    const stopped = assignment.stop();
    await eventually(
      () => work.delivering[0]!.signal.aborted,
      (aborted) => aborted,
      { everyMs: 1 },
    );
    work.delivering[0]!.done();
    await stopped;
    expect(said).toContain('flush');
    expect(work.moves).toEqual([]);
  });

  it('at once: abandon commits nothing', async () => {
    const work = new RecordedWork({ deliver: true });
    const { assignment, said, fetched } = lanesOf(work);
    assignment.assigned([P0]);
    await fetched(1);
    await everythingReady();
    assignment.abandon();
    work.delivering[0]!.done();
    await everythingReady();
    expect(work.moves).toEqual([]);
    expect(said).not.toContain('flush');
  });

  it('by itself: a crash of the source and an error of a partition processor are told', async () => {
    const work = new RecordedWork({ score: true });
    const { assignment, said, fetched } = lanesOf(work);
    assignment.assigned([P0]);
    assignment.crashed(new Error('gone'));
    await fetched(1);
    await everythingReady();
    work.scoring[0]!.fail(new TypeError('a bug'));
    await everythingReady();
    expect(said).toEqual(expect.arrayContaining(['Error: gone', 'TypeError: a bug']));
  });
});
