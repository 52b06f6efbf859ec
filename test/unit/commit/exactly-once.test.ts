import { createExactlyOnce } from '../../../src/commit/exactly-once.ts';
import {
  Fenced,
  type Transaction,
  type TransactionalProducer,
} from '../../../src/commit/transactions.ts';
import { ScorerError } from '../../../src/errors.ts';
import { Fates } from '../../../src/flow/fates.ts';
import type { Outcome } from '../../../src/flow/outcome.ts';
import { createDelivery } from '../../../src/pipeline.ts';

const AT = { topic: 'in', partition: 0 };
const live = new AbortController().signal;

/**
 * A broker as far as one partition's transactions see it: who has the id, what is committed, what
 * is readable.
 */
class Broker {
  readonly said: string[] = [];
  readonly readable: string[] = [];
  committed: bigint | undefined;
  /** What a broker that is no longer the coordinator answers first. */
  readonly remembered: bigint[] = [];
  owner = 0;
  /** What happens before an id changes hands. */
  onInit: (() => void) | undefined;
  /**
   * What goes wrong at the next call of this name; `after`: the broker has done it, but the answer
   * is lost.
   */
  readonly faults: { at: string; error: Error; after?: boolean }[] = [];

  producer(): TransactionalProducer<Written> {
    const me = ++this.owner;
    let mine = 0;
    return {
      init: () =>
        this.#call('init', () => {
          this.onInit?.();
          mine = me;
          this.owner = me;
        }),
      begin: () => Promise.resolve(new Written(this, () => mine === this.owner)),
      close: () => {
        this.said.push('close');
        return Promise.resolve();
      },
    };
  }

  /** Another process takes the id over. */
  takeOver(committed: bigint): void {
    this.owner = 1000;
    this.committed = committed;
  }

  async call(name: string, owns: () => boolean, done: () => void): Promise<void> {
    if (!owns()) throw new Fenced();
    await this.#call(name, done);
  }

  async #call(name: string, done: () => void): Promise<void> {
    const index = this.faults.findIndex((fault) => fault.at === name);
    const [fault] = index === -1 ? [] : this.faults.splice(index, 1);
    if (fault !== undefined && fault.after !== true) throw fault.error;
    this.said.push(name);
    done();
    if (fault !== undefined) throw fault.error;
  }
}

class Written implements Transaction {
  readonly #broker: Broker;
  readonly #owns: () => boolean;
  readonly #records: string[] = [];
  #offset: bigint | undefined;

  constructor(broker: Broker, owns: () => boolean) {
    this.#broker = broker;
    this.#owns = owns;
  }

  write(records: readonly string[]): Promise<void> {
    return this.#broker.call('write', this.#owns, () => this.#records.push(...records));
  }

  commitOffset(_at: unknown, offset: bigint): Promise<void> {
    return this.#broker.call('offset', this.#owns, () => {
      this.#offset = offset;
    });
  }

  committedBefore(): Promise<bigint | undefined> {
    return Promise.resolve(this.#broker.committed);
  }

  commit(): Promise<void> {
    return this.#broker.call('commit', this.#owns, () => {
      this.#broker.readable.push(...this.#records);
      this.#broker.committed = this.#offset;
    });
  }
}

/** Scores of the records from an offset on, none dead. */
function outcomeOf(first: number, count: number): Outcome {
  const offsets = Array.from({ length: count }, (_, i) => String(first + i));
  const records = offsets.map((offset) => ({ offset, timestamp: '0', key: null, value: null }));
  return {
    batch: { ...AT, records, closedBy: 'end' },
    fates: new Fates(count),
    scores: null,
    decisions: null,
    records: offsets.map((offset) => ({ key: null, value: Buffer.from(offset) })),
    rows: Int32Array.from(offsets, (_, i) => i),
  };
}

function guaranteeOn(
  broker: Broker,
  stillMember: (signal: AbortSignal) => Promise<void> = () => Promise.resolve(),
) {
  const delivered: bigint[] = [];
  const transactions: string[] = [];
  const retried: string[] = [];
  const guarantee = createExactlyOnce<Written>({
    producerFor: () => broker.producer(),
    committed: () =>
      Promise.resolve(broker.remembered.length > 0 ? broker.remembered.shift() : broker.committed),
    write: (outcomes, transaction) =>
      transaction.write(
        outcomes.flatMap(({ records }) => records.map(({ value }) => String(value))),
      ),
    stillMember: (signal) => {
      broker.said.push('still member?');
      return stillMember(signal);
    },
    onRetry: ({ code }) => retried.push(code),
    onTransaction: (outcome) => transactions.push(outcome),
  });
  const deliver = createDelivery({
    limit: () => undefined,
    guarantee,
    record: (_outcome, next) => delivered.push(next),
  });
  return { guarantee: { ...guarantee, deliver }, delivered, transactions, retried };
}

describe('exactly once', () => {
  it('writes nothing again if the committed offset was read from a coordinator of before', async () => {
    const broker = new Broker();
    broker.committed = 3n;
    broker.remembered.push(0n, 1n);
    const { guarantee, delivered, retried } = guaranteeOn(broker);
    expect(await guarantee.open(AT, live)).toBe(0n);
    await guarantee.deliver([outcomeOf(0, 5)], 5n, live);
    expect(broker.readable).toEqual(['3', '4']);
    expect([broker.committed, delivered, retried]).toEqual([
      5n,
      [5n],
      ['DESTINATION_UNAVAILABLE', 'DESTINATION_UNAVAILABLE'],
    ]);
  });

  it('takes the id over before it reads the committed offset, and answers what is committed then', async () => {
    const broker = new Broker();
    const { guarantee } = guaranteeOn(broker);
    broker.committed = 3n;
    // Whoever had the partition may commit until the id is taken, and not later.
    broker.onInit = () => (broker.committed = 7n);
    expect(await guarantee.open(AT, live)).toBe(7n);
  });

  it('tries again where the id cannot be taken yet, with a new producer', async () => {
    const broker = new Broker();
    const { guarantee } = guaranteeOn(broker);
    broker.faults.push({ at: 'init', error: new Error('CONCURRENT_TRANSACTIONS') });
    await guarantee.open(AT, live);
    expect(broker.said).toEqual(['close', 'init']);
  });

  it('writes records and offset in one transaction', async () => {
    const broker = new Broker();
    const { guarantee, delivered, transactions } = guaranteeOn(broker);
    await guarantee.open(AT, live);
    await guarantee.deliver([outcomeOf(0, 3)], 3n, live);
    await guarantee.deliver([outcomeOf(3, 2)], 5n, live);
    expect(broker.said).toEqual(['init', 'write', 'offset', 'commit', 'write', 'offset', 'commit']);
    expect(broker.readable).toEqual(['0', '1', '2', '3', '4']);
    expect([broker.committed, delivered, transactions]).toEqual([
      5n,
      [3n, 5n],
      ['committed', 'committed'],
    ]);
  });

  it('writes several batches in one transaction, and of those in doubt only what is not committed', async () => {
    const broker = new Broker();
    const { guarantee, delivered, transactions } = guaranteeOn(broker);
    await guarantee.open(AT, live);
    broker.takeOver(4n);
    await guarantee.deliver([outcomeOf(0, 3), outcomeOf(3, 3), outcomeOf(6, 1)], 7n, live);
    expect(broker.readable).toEqual(['4', '5', '6']);
    expect([broker.committed, delivered]).toEqual([7n, [7n, 7n, 7n]]);
    expect(transactions).toEqual(['doubtful', 'committed']);
  });

  it.each(['write', 'offset', 'commit'])(
    'throws the producer away after a failed %s, and writes all of it again',
    async (at) => {
      const broker = new Broker();
      const { guarantee, transactions } = guaranteeOn(broker);
      await guarantee.open(AT, live);
      broker.faults.push({ at, error: new Error('connection lost') });
      await guarantee.deliver([outcomeOf(0, 3)], 3n, live);
      expect(broker.readable).toEqual(['0', '1', '2']);
      expect(broker.said.filter((said) => said === 'init' || said === 'close')).toEqual([
        'init',
        'close',
        'init',
      ]);
      expect(transactions).toEqual(['doubtful', 'committed']);
    },
  );

  it('writes nothing again where the commit happened and only its answer was lost', async () => {
    const broker = new Broker();
    const { guarantee, delivered } = guaranteeOn(broker);
    await guarantee.open(AT, live);
    broker.faults.push({ at: 'commit', error: new Error('connection lost'), after: true });
    await guarantee.deliver([outcomeOf(0, 3)], 3n, live);
    expect(broker.readable).toEqual(['0', '1', '2']);
    expect(delivered).toEqual([3n]);
  });

  it('is fenced: asks the group first, and then goes on behind what the other one did', async () => {
    const broker = new Broker();
    const { guarantee } = guaranteeOn(broker);
    await guarantee.open(AT, live);
    broker.takeOver(2n);
    await guarantee.deliver([outcomeOf(0, 4)], 4n, live);
    expect(broker.said.indexOf('still member?')).toBeLessThan(broker.said.lastIndexOf('init'));
    expect(broker.readable).toEqual(['2', '3']);
  });

  it('is fenced for good: a zombie publishes and commits nothing', async () => {
    const broker = new Broker();
    const gone = new AbortController();
    const { guarantee, delivered, retried } = guaranteeOn(broker, () => {
      gone.abort();
      return Promise.reject(gone.signal.reason as Error);
    });
    await guarantee.open(AT, gone.signal);
    broker.takeOver(2n);
    const delivering = guarantee.deliver([outcomeOf(0, 4)], 4n, gone.signal);
    const ended = await delivering.catch((error: unknown) => error);
    expect(gone.signal.aborted && ended === gone.signal.reason).toBe(true);
    expect(retried).toEqual([]); // it is no outage
    expect([broker.readable, delivered, broker.committed]).toEqual([[], [], 2n]);
  });

  it('asks the group also where the sink has wrapped the fencing', async () => {
    const broker = new Broker();
    const { guarantee } = guaranteeOn(broker);
    await guarantee.open(AT, live);
    const wrapped = new ScorerError(
      { code: 'DESTINATION_UNAVAILABLE', what: 'fenced' },
      { cause: new Fenced() },
    );
    broker.faults.push({ at: 'write', error: wrapped });
    await guarantee.deliver([outcomeOf(0, 1)], 1n, live);
    expect(broker.said).toContain('still member?');
  });

  it('moves over gaps in a transaction of nothing but the offset', async () => {
    const broker = new Broker();
    const { guarantee } = guaranteeOn(broker);
    await guarantee.open(AT, live);
    await guarantee.skipTo(AT, 9n, live);
    expect([broker.said, broker.committed]).toEqual([['init', 'offset', 'commit'], 9n]);
  });

  // The consumer asks for its position before the owner before is fenced, so it may begin with what
  // that one has done.
  it('never moves the committed offset back', async () => {
    const broker = new Broker();
    const { guarantee } = guaranteeOn(broker);
    broker.committed = 9n;
    expect(await guarantee.open(AT, live)).toBe(9n);
    await guarantee.skipTo(AT, 5n, live);
    await guarantee.deliver([outcomeOf(5, 3)], 8n, live);
    expect([broker.committed, broker.readable]).toEqual([9n, []]);
    await guarantee.deliver([outcomeOf(8, 3)], 11n, live);
    expect([broker.committed, broker.readable]).toEqual([11n, ['9', '10']]);
  });

  it('drops every later batch, too, that somebody else has done who had the id meanwhile', async () => {
    const broker = new Broker();
    const { guarantee } = guaranteeOn(broker);
    await guarantee.open(AT, live);
    broker.takeOver(7n);
    await guarantee.deliver([outcomeOf(0, 3)], 3n, live);
    await guarantee.deliver([outcomeOf(3, 3)], 6n, live);
    await guarantee.deliver([outcomeOf(6, 3)], 9n, live);
    expect([broker.readable, broker.committed]).toEqual([['7', '8'], 9n]);
  });

  it('does not retry what a person has to change', async () => {
    const broker = new Broker();
    const { guarantee } = guaranteeOn(broker);
    await guarantee.open(AT, live);
    const denied = new ScorerError({ code: 'KAFKA_DENIED', what: 'may not write' });
    broker.faults.push({ at: 'write', error: denied });
    await expect(guarantee.deliver([outcomeOf(0, 1)], 1n, live)).rejects.toBe(denied);
    expect(broker.readable).toEqual([]);
  });

  it('closes its producer', async () => {
    const broker = new Broker();
    const { guarantee } = guaranteeOn(broker);
    await guarantee.open(AT, live);
    await guarantee.close(AT);
    expect(broker.said).toEqual(['init', 'close']);
  });
});
