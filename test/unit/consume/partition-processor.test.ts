import {
  PartitionProcessor,
  type PartitionProcessorOptions,
} from '../../../src/consume/partition-processor.ts';
import { inputRecord, inputRecords } from '../../support/given-records.ts';
import { RecordedWork, type Held } from '../../support/partition-work.ts';
import { everythingReady } from '../../support/settled.ts';

const PARTITION = { topic: 'in', partition: 0 };

interface Given extends Partial<PartitionProcessorOptions> {
  readonly work: RecordedWork;
}

function processorOf(given: Given): {
  processor: PartitionProcessor;
  fatal: unknown[];
  push: (count: number, nextOffset?: bigint) => void;
} {
  const fatal: unknown[] = [];
  const processor = new PartitionProcessor({
    partition: PARTITION,
    limits: { maxSize: 3, maxDelayMs: 60_000 },
    now: () => 0,
    maxInFlightBatches: 1,
    maxBatchesPerDelivery: 1,
    maxRows: () => given.limits?.maxSize ?? 3,
    after: Promise.resolve(),
    onFatal: (error) => fatal.push(error),
    ...given,
  });
  let next = 0;
  const push = (count: number, nextOffset = BigInt(next + count)): void => {
    processor.push({
      ...PARTITION,
      records: inputRecords(count, next),
      nextOffset,
      endOffset: 100n,
    });
    next = Number(nextOffset);
  };
  return { processor, fatal, push };
}

describe('a partition processor delivers', () => {
  it('in order, and moves the offset behind each batch', async () => {
    const work = new RecordedWork();
    const { push } = processorOf({ work });
    push(2);
    push(5);
    await everythingReady();
    expect(work.delivered).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(work.moves).toEqual([3n, 6n, 7n]);
  });

  it('nothing of what is done already, as far as its opening tells', async () => {
    const work = new RecordedWork();
    const opening = Object.assign(work, { open: async () => 5n });
    const { push } = processorOf({ work: opening });
    push(3); // wholly done
    push(4); // done up to the middle
    push(2);
    await everythingReady();
    expect(work.scoring.flatMap(({ offsets }) => offsets)).toEqual([5, 6, 7, 8]);
    expect(work.delivered).toEqual([5, 6, 7, 8]);
    expect(work.moves.at(-1)).toBe(9n);
  });

  it('an idle partition processor at once, without waiting for more', async () => {
    const work = new RecordedWork();
    const { push } = processorOf({ work });
    push(1);
    await everythingReady();
    expect(work.delivering).toMatchObject([{ offsets: [0], closedBy: 'end' }]);
  });

  it('no more at once than the model may be given for now', async () => {
    let size = 3;
    const work = new RecordedWork({ deliver: true });
    const { push } = processorOf({ work, maxRows: () => size });
    push(9);
    await everythingReady();
    size = 1;
    work.delivering[0]!.done();
    await everythingReady();
    expect(work.scoring.map(({ offsets }) => offsets)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
  });

  it('one batch at a time, while the next one is scored already', async () => {
    const work = new RecordedWork({ deliver: true });
    const { push } = processorOf({ work });
    push(9);
    await everythingReady();
    expect(work.delivering.map(({ offsets }) => offsets)).toEqual([[0, 1, 2]]);
    expect(work.scoring.map(({ offsets }) => offsets)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);

    work.delivering[0]!.done();
    await everythingReady();
    expect(work.delivering.map(({ offsets }) => offsets)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(work.moves).toEqual([3n]);
  });

  it('what gathers behind a slow write once its oldest record has waited long enough', async () => {
    let now = 0;
    const work = new RecordedWork({ deliver: true });
    const { processor, push } = processorOf({
      work,
      now: () => now,
      limits: { maxSize: 3, maxDelayMs: 100 },
    });
    push(1);
    await everythingReady();
    push(1);
    await everythingReady();
    expect(work.scoring).toHaveLength(1);
    now = 100;
    push(1); // anything that wakes the partition processor makes it look at the clock
    await everythingReady();
    expect(work.scoring[1]).toMatchObject({ offsets: [1, 2], closedBy: 'delay' });
    processor.abandon();
  });

  it('nothing before the writes of the partition processor that had the partition before', async () => {
    const before = Promise.withResolvers<undefined>();
    const work = new RecordedWork();
    const { push } = processorOf({ work, after: before.promise });
    push(1);
    await everythingReady();
    expect(work.scoring).toHaveLength(0);
    before.resolve(undefined);
    await everythingReady();
    expect(work.delivered).toEqual([0]);
  });

  it('a move over a gap, in its turn', async () => {
    const work = new RecordedWork({ deliver: true });
    const { push } = processorOf({ work });
    push(1);
    await everythingReady();
    push(0, 8n);
    await everythingReady();
    expect(work.moves).toEqual([]); // the record before it is not written yet
    work.delivering[0]!.done();
    await everythingReady();
    expect(work.moves).toEqual([1n, 8n]);
    expect(work.scoring).toHaveLength(1);
  });
});

describe('a partition processor that may score ahead', () => {
  const offsets = (held: readonly Held[]): (readonly number[])[] =>
    held.map((each) => each.offsets);

  it('scores so many batches at once, and delivers them in order whichever ends first', async () => {
    const work = new RecordedWork({ score: true });
    const { push } = processorOf({ work, maxInFlightBatches: 2 });
    push(9);
    await everythingReady();
    expect(offsets(work.scoring)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    work.scoring[1]!.done();
    await everythingReady();
    expect([work.delivered, work.scoring.length]).toEqual([[], 2]);
    work.scoring[0]!.done();
    await everythingReady();
    expect(work.delivered).toEqual([0, 1, 2, 3, 4, 5]);
    work.scoring[2]!.done();
    await everythingReady();
    expect(work.moves).toEqual([3n, 6n, 9n]);
  });

  it('delivers together what is scored and waits, as many as it may, and never past one that is not', async () => {
    const work = new RecordedWork({ score: true, deliver: true });
    const { push } = processorOf({ work, maxInFlightBatches: 4, maxBatchesPerDelivery: 2 });
    push(12);
    await everythingReady();
    work.scoring[0]!.done();
    await everythingReady();
    push(3);
    await everythingReady();
    for (const i of [1, 2, 4]) work.scoring[i]!.done(); // all but the fourth
    await everythingReady();
    expect(offsets(work.delivering)).toEqual([[0, 1, 2]]);
    work.delivering[0]!.done();
    await everythingReady();
    expect(offsets(work.delivering).slice(1)).toEqual([[3, 4, 5, 6, 7, 8]]);
    work.delivering[1]!.done();
    await everythingReady();
    expect(offsets(work.delivering).slice(2)).toEqual([]);
    work.scoring[3]!.done();
    await everythingReady();
    expect(offsets(work.delivering).slice(2)).toEqual([[9, 10, 11, 12, 13, 14]]);
    work.delivering[2]!.done();
    await everythingReady();
    expect(work.moves).toEqual([3n, 9n, 15n]);
  });

  it('moves over a gap together with the batches around it', async () => {
    const work = new RecordedWork({ deliver: true });
    const { push } = processorOf({ work, maxInFlightBatches: 4, maxBatchesPerDelivery: 4 });
    push(3);
    await everythingReady();
    push(0, 8n);
    push(3);
    await everythingReady();
    work.delivering[0]!.done();
    await everythingReady();
    expect(offsets(work.delivering).slice(1)).toEqual([[8, 9, 10]]);
    work.delivering[1]!.done();
    await everythingReady();
    expect(work.moves).toEqual([3n, 11n]);
  });

  it('holds no more than that while a write takes long', async () => {
    const work = new RecordedWork({ deliver: true });
    const { push } = processorOf({ work, maxInFlightBatches: 2 });
    push(15);
    await everythingReady();
    expect(offsets(work.delivering)).toEqual([[0, 1, 2]]);
    expect(offsets(work.scoring)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7, 8],
    ]);
  });

  it('takes whole batches ahead only, and the rest when the one before is scored', async () => {
    const work = new RecordedWork({ score: true });
    const { push } = processorOf({
      work,
      maxInFlightBatches: 2,
      limits: { maxSize: 3, maxDelayMs: 0 },
    });
    push(1);
    await everythingReady();
    push(2);
    await everythingReady();
    expect(offsets(work.scoring)).toEqual([[0]]);
    work.scoring[0]!.done();
    await everythingReady();
    expect(offsets(work.scoring)).toEqual([[0], [1, 2]]);
  });

  it('moves over a gap in its turn', async () => {
    const work = new RecordedWork({ score: true });
    const { push } = processorOf({ work, maxInFlightBatches: 2 });
    push(1);
    await everythingReady();
    push(0, 8n);
    await everythingReady();
    expect(work.moves).toEqual([]);
    work.scoring[0]!.done();
    await everythingReady();
    expect(work.moves).toEqual([1n, 8n]);
  });

  it('delivers nothing behind a batch that fails, and is settled once nothing is scored any more', async () => {
    const work = new RecordedWork({ score: true });
    const { processor, fatal, push } = processorOf({ work, maxInFlightBatches: 2 });
    push(9);
    await everythingReady();
    const error = new TypeError('a bug');
    work.scoring[0]!.fail(error);
    let settled = false;
    void processor.settled.then(() => (settled = true));
    await everythingReady();
    expect([work.scoring[1]!.signal.aborted, settled]).toEqual([true, false]);
    work.scoring[1]!.done();
    await processor.settled;
    expect([fatal, work.moves, work.scoring.length]).toEqual([[error], [], 2]);
  });

  it('finishes all of them when it stops, and one last batch', async () => {
    const work = new RecordedWork({ score: true });
    const { processor, push } = processorOf({ work, maxInFlightBatches: 2 });
    push(12);
    await everythingReady();
    processor.stop();
    for (let i = 0; i < work.scoring.length; i++) {
      work.scoring[i]!.done();
      await everythingReady();
    }
    await processor.settled;
    expect(work.moves).toEqual([3n, 6n, 9n]);
  });
});

describe('a partition processor has capacity', () => {
  it('for a few batches, and again once it has taken some', async () => {
    const work = new RecordedWork({ score: true });
    const { processor, push } = processorOf({ work });
    push(14);
    expect(processor.hasCapacity).toBe(false);
    let roomy = false;
    void processor.capacity().then(() => (roomy = true));
    await everythingReady();
    expect([processor.queued, roomy]).toEqual([11, true]);
  });

  it('not beyond a few megabytes, however few records they are', async () => {
    const work = new RecordedWork({ score: true });
    const { processor } = processorOf({ work, limits: { maxSize: 1, maxDelayMs: 0 } });
    const large = [0, 1, 2].map((offset) => inputRecord(offset, { value: Buffer.alloc(3 << 20) }));
    processor.push({ ...PARTITION, records: large, nextOffset: 3n, endOffset: 3n });
    await everythingReady();
    expect([processor.queued, processor.hasCapacity]).toEqual([2, false]);
    work.scoring[0]!.done();
    await everythingReady();
    expect([processor.queued, processor.hasCapacity]).toEqual([1, true]);
  });

  it.each(['stop', 'abandon'] as const)('after %s, as nobody needs any', async (end) => {
    const work = new RecordedWork({ score: true });
    const { processor, push } = processorOf({ work });
    push(30);
    await everythingReady();
    const capacity = processor.capacity();
    processor[end]();
    await capacity;
    await processor.capacity();
  });
});

describe('a partition processor that stops', () => {
  it('finishes what is in flight and one last batch, and drops the rest', async () => {
    const work = new RecordedWork({ deliver: true });
    const { processor, push } = processorOf({ work });
    push(3);
    await everythingReady();
    push(8);
    processor.stop();
    push(1); // too late
    await everythingReady();
    for (let i = 0; i < work.delivering.length; i++) {
      work.delivering[i]!.done();
      await everythingReady();
    }
    await processor.settled;
    expect(work.delivered).toEqual([0, 1, 2, 3, 4, 5]);
    expect(work.moves).toEqual([3n, 6n]);
  });

  it('names the last batch so', async () => {
    const work = new RecordedWork();
    const { processor, push } = processorOf({ work });
    push(2);
    processor.stop();
    await processor.settled;
    expect(work.scoring).toMatchObject([{ offsets: [0, 1], closedBy: 'shutdown' }]);
  });
});

describe('a partition processor that is abandoned', () => {
  it.each(['score', 'deliver'] as const)(
    'commits nothing of what it was about to %s',
    async (hold) => {
      const work = new RecordedWork({ [hold]: true });
      const { processor, fatal, push } = processorOf({ work });
      push(9);
      await everythingReady();
      processor.abandon();
      const [held] = hold === 'score' ? work.scoring : work.delivering;
      expect(held!.signal.aborted).toBe(true);
      held!.done();
      await processor.settled;
      expect(work.moves).toEqual([]);
      expect(work.delivering).toHaveLength(hold === 'score' ? 0 : 1);
      expect(fatal).toEqual([]);
    },
  );

  it('is settled only when nothing of it is in flight any more', async () => {
    const work = new RecordedWork({ deliver: true });
    const { processor, push } = processorOf({ work });
    push(1);
    await everythingReady();
    processor.abandon();
    let settled = false;
    void processor.settled.then(() => (settled = true));
    await everythingReady();
    expect(settled).toBe(false);
    work.delivering[0]!.done();
    await processor.settled;
  });
});

describe('an error that is nobody’s outage', () => {
  it('may be an AbortError: of another signal than that of the partition processor', async () => {
    const work = new RecordedWork({ deliver: true });
    const { processor, fatal, push } = processorOf({ work });
    push(1);
    await everythingReady();
    const late = AbortSignal.abort().reason as Error;
    work.delivering[0]!.fail(late);
    await processor.settled;
    expect(fatal).toEqual([late]);
  });

  it.each(['score', 'deliver'] as const)(
    'in %s ends the partition processor and is told once',
    async (hold) => {
      const work = new RecordedWork({ [hold]: true });
      const { processor, fatal, push } = processorOf({ work });
      push(9);
      await everythingReady();
      const error = new TypeError('a bug');
      (hold === 'score' ? work.scoring : work.delivering)[0]!.fail(error);
      await processor.settled;
      expect(fatal).toEqual([error]);
      expect(work.moves).toEqual([]);
      push(1);
      await everythingReady();
      expect(work.delivered).toEqual([]);
    },
  );
});
