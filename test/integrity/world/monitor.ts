import type { OffsetCommit } from '../../../src/consume/source.ts';
import type { TopicPartition } from '../../../src/flow/batch.ts';
import type { OutputRecord } from '../../../src/flow/record.ts';
import { DEAD_LETTER_HEADERS } from '../../../src/produce/dead-letter.ts';
import type { Cluster, Commit } from '../../support/memory/cluster.ts';
import type { Group } from '../../support/memory/group.ts';
import type { MemorySource } from '../../support/memory/memory-source.ts';
import type { Peer } from '../../support/memory/network.ts';
import { BECOMES, scoreOf, type Kind } from './events.ts';

/** The tests of this folder are named as these. */
export type Invariant =
  | 'no gap'
  | 'no duplicate'
  | 'order per partition'
  | 'nothing committed before it is written'
  | 'nothing committed after revocation'
  | 'the offset never goes back'
  | 'one owner per partition'
  | 'bad records never stop a partition';

/** A score or a dead letter in the output. */
export interface Output {
  readonly topic: string;
  readonly partition: number;
  /** Where it comes from. */
  readonly from: { readonly partition: number; readonly offset: number };
  /** The score, or why there is none. */
  readonly became: number | string;
  /** The version of the model that a score names. */
  readonly version?: string;
  readonly decision?: string | null;
  readonly decidedBy?: string | null;
  readonly policy?: string | null;
}

/** Looks on while a world runs, and writes down what must never happen. */
export class Monitor {
  readonly wrong: { readonly invariant: Invariant; readonly what: string }[] = [];
  /** What stands at each offset. */
  readonly kinds: Kind[][];
  readonly #cluster: Cluster;
  readonly #exactlyOnce: boolean;
  readonly #takers = new Map<number, Peer>();
  readonly #writing = new Map<string, number>();
  /** Partitions whose id each process heard is somebody else's, since the group counted it in. */
  readonly #fenced = new Map<Peer, Set<number>>();
  /** What each process asked to commit of a partition in its assignment. */
  readonly #asked = new Map<string, bigint>();

  constructor(cluster: Cluster, group: Group, exactlyOnce: boolean) {
    this.#cluster = cluster;
    this.#exactlyOnce = exactlyOnce;
    this.kinds = cluster.input.map(() => []);
    cluster.onCommit = (commit) => {
      this.#committed(commit);
    };
    cluster.onTaken = (partition, by) => {
      this.#taken(partition, by);
    };
    group.onGeneration = () => {
      const { members, owners } = group;
      if (members.length > 0 && owners.size !== cluster.input.length)
        this.says('one owner per partition', `${owners.size} partitions have an owner`);
    };
  }

  says(invariant: Invariant, what: string): void {
    this.wrong.push({ invariant, what });
  }

  /** Watches what a process asks of the group. */
  watch(source: MemorySource): void {
    const { peer } = source;
    source.onCounted = () => void this.#fenced.delete(peer);
    source.onCommit = (offsets) => {
      this.#asks(source, offsets);
    };
  }

  fenced(peer: Peer, partition: number): void {
    const own = this.#fenced.get(peer) ?? new Set();
    this.#fenced.set(peer, own.add(partition));
  }

  /** Writes of one process for one partition follow each other. */
  async written<T>(peer: Peer, to: TopicPartition, write: () => Promise<T>): Promise<T> {
    const key = `${peer.name} ${to.topic}-${to.partition}`;
    const others = this.#writing.get(key) ?? 0;
    if (others > 0) this.says('one owner per partition', `${key} is written twice at a time`);
    this.#writing.set(key, others + 1);
    try {
      return await write();
    } finally {
      this.#writing.set(key, this.#writing.get(key)! - 1);
    }
  }

  /** Everything in the output that comes from a partition, in the order of each output partition. */
  outputs(partition?: number): Output[] {
    const all = ['out', 'dead'].flatMap((topic) =>
      [...this.#cluster.input.keys()].flatMap((at) =>
        this.#cluster
          .visible({ topic, partition: at })
          .map((record) => ({ topic, partition: at, ...readOnce(topic, record) })),
      ),
    );
    return partition === undefined ? all : all.filter(({ from }) => from.partition === partition);
  }

  /** What an offset has to become. */
  becomes(partition: number, offset: number): number | string {
    const becomes = BECOMES[this.kinds[partition]![offset]!];
    return becomes === 'score' ? scoreOf(offset) : becomes;
  }

  #committed({ partition, offset, by }: Commit): void {
    const place = `${partition}:${offset} by ${by.name}`;
    const before = this.#cluster.committed.get(partition) ?? 0n;
    if (this.#exactlyOnce && offset < before)
      this.says('the offset never goes back', `${place}, from ${before}`);
    if (this.#exactlyOnce && this.#takers.get(partition) !== by)
      this.says('nothing committed after revocation', `${place}, whose id is not its own`);
    const there = new Set(this.outputs(partition).map(({ from }) => from.offset));
    for (let at = 0; at < Number(offset); at++) {
      if (this.becomes(partition, at) === 'nothing' || there.has(at)) continue;
      this.says('nothing committed before it is written', `${place}, and not what became of ${at}`);
      return;
    }
  }

  #asks({ peer, positions, assignments }: MemorySource, offsets: readonly OffsetCommit[]): void {
    for (const { partition, offset } of offsets) {
      const place = `${partition}:${offset} by ${peer.name}`;
      const position = positions.get(partition);
      if (position === undefined || offset > position)
        this.says('nothing committed after revocation', `${place}, which has read to ${position}`);
      const key = `${peer.name} ${assignments} ${partition}`;
      const before = this.#asked.get(key) ?? 0n;
      if (offset < before) this.says('the offset never goes back', `${place}, from ${before}`);
      this.#asked.set(key, offset);
    }
  }

  #taken(partition: number, by: Peer): void {
    this.#takers.set(partition, by);
    if (this.#fenced.get(by)?.has(partition) === true) {
      const what = `${by.name} took ${partition} back, and the group had not counted it in`;
      this.says('one owner per partition', what);
    }
  }
}

/** Behind the score: no scores by class, the decision, no reasons, the model and the policy. */
function verdictIn(value: Buffer): Pick<Output, 'version' | 'decision' | 'decidedBy' | 'policy'> {
  let at = 5 + 8 + 1;
  const text = (): string => {
    const end = at + 1 + value[at]! / 2;
    const found = value.toString('latin1', at + 1, end);
    at = end;
    return found;
  };
  const nullable = (): string | null => (value[at++] === 0 ? null : text());
  const [decision, decidedBy] = [nullable(), nullable(), nullable()] as const;
  at += 2; // no reasons, and not compared with a profile
  text();
  const version = text();
  at += 2 + value.readUInt8(at) / 2; // its checksum has more than 63 characters
  return { version, decision, decidedBy, policy: nullable() };
}

/** What records say that were read before: the monitor looks at all of them after each commit. */
const known = new WeakMap<OutputRecord, ReturnType<typeof read>>();

function readOnce(topic: string, record: OutputRecord): ReturnType<typeof read> {
  const before = known.get(record);
  if (before !== undefined) return before;
  const now = read(topic, record);
  known.set(record, now);
  return now;
}

function read(
  topic: string,
  { key, value, headers }: OutputRecord,
): Omit<Output, 'topic' | 'partition'> {
  if (topic === 'out') {
    const [partition, offset] = key!.toString().split(':').map(Number) as [number, number];
    return {
      from: { partition, offset },
      became: value!.readDoubleLE(5),
      ...verdictIn(value!),
    };
  }
  const header = (name: string): string => String(headers![name]);
  return {
    from: {
      partition: Number(header(DEAD_LETTER_HEADERS.partition)),
      offset: Number(header(DEAD_LETTER_HEADERS.offset)),
    },
    became: header(DEAD_LETTER_HEADERS.code),
  };
}
