import { jest } from '@jest/globals';
import { loadConfig } from '../../../src/config/load.ts';
import type { Settings } from '../../../src/config/settings.ts';
import type { Service } from '../../../src/compose/service.ts';
import type { Started } from '../../../src/runtime/lifecycle.ts';
import { Cluster, INPUT } from '../../support/memory/cluster.ts';
import { Group, SESSION_MS } from '../../support/memory/group.ts';
import { Network, NO_FAULTS, type Faults } from '../../support/memory/network.ts';
import { Random } from '../../support/memory/random.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { anyKind, EVENT, eventOf, MAX_NOTE, type Kind } from './events.ts';
import { published } from './model.ts';
import { Monitor } from './monitor.ts';
import { startProcess, type Process } from './service.ts';

export interface Plan {
  readonly delivery: 'at-least-once' | 'exactly-once';
  readonly seed: number;
  /** Records of each partition. */
  readonly records?: number;
  /** The part of the records that is anything but good. */
  readonly bad?: number;
  /** What stands at an offset; by chance where it is not given. */
  readonly kindAt?: (offset: number) => Kind;
  readonly faults?: Faults;
  /** What may happen to processes while they work. */
  readonly events?: readonly Event[];
  readonly members?: number;
  readonly maxConsecutive?: number;
  /** Requests that take long, by what they ask for. */
  readonly slow?: string;
  /** An old commit arrives when everything is done. */
  readonly undo?: boolean;
  /** More of the section `model`, from its comma on. */
  readonly model?: string;
  /** Whether a policy decides. */
  readonly policy?: boolean;
}

export type Event =
  | 'crash'
  | 'freeze'
  | 'join'
  | 'leave'
  | 'interrupt'
  | 'outage'
  | 'publish'
  | 'decree';

export const LOSSY: Faults = { request: 0.06, answer: 0.06, late: 0.04 };
export const EVENTS: readonly Event[] = ['crash', 'freeze', 'join', 'leave', 'interrupt', 'outage'];

interface Member extends Process {
  service?: Started<Service>;
  leaving: boolean;
}

const PARTITIONS = 3;
const MAX_MEMBERS = 3;
const EVENT_CHANCE = 0.02;
const STEPS_MS = [1, 5, 20, 100, 500, 1500] as const;
/** So long nothing goes wrong, and everything is done. */
const CALM_MS = 180_000;

const { setImmediate: immediate } = globalThis;
/** Everything that is ready has had its turn. */
const turn = (): Promise<void> => new Promise((resolve) => void immediate(resolve));

/**
 * A group of services on a cluster in memory, and a time in which things go wrong, followed by one
 * in which nothing does. A seed decides the order of everything: which request arrives next, which
 * is lost, how long the model takes, which process ends. The clock is the test's.
 */
export class World {
  readonly monitor: Monitor;
  readonly cluster: Cluster;
  readonly members: Member[] = [];
  /** Errors that ended a service. */
  readonly failures: unknown[] = [];
  readonly #plan: Required<Plan>;
  readonly #random: Random;
  readonly #network: Network;
  readonly #group: Group;
  readonly #registry = new FakeRegistry();
  #settings!: Settings;

  constructor(plan: Plan) {
    const random = new Random(plan.seed);
    const { bad = 0.2 } = plan;
    const rest = { records: 40, bad, faults: LOSSY, events: EVENTS, members: 2 };
    const kindAt = (): Kind => anyKind(random, bad);
    this.#plan = {
      ...rest,
      kindAt,
      maxConsecutive: 1_000_000,
      undo: false,
      slow: '',
      model: '',
      policy: false,
      ...plan,
    };
    this.#random = random;
    this.#network = new Network(this.#random);
    this.cluster = new Cluster(this.#network, PARTITIONS);
    this.cluster.takes = ({ value }) => (value?.length ?? 0) <= 2 * MAX_NOTE;
    this.#group = new Group(this.cluster);
    this.monitor = new Monitor(this.cluster, this.#group, plan.delivery === 'exactly-once');
  }

  /** Everything from the first record to the end of the last process. */
  async run(): Promise<this> {
    published.version = 1;
    published.policy = 1;
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'], now: 1e12 });
    const random = jest.spyOn(Math, 'random').mockImplementation(() => this.#random.next());
    try {
      await this.#registry.register(`${INPUT}-value`, EVENT);
      this.#settings = await settingsOf(this.#plan);
      for (let i = 0; i < this.#plan.members; i++) await this.#start();
      await this.#goWrong();
      await this.#calmDown();
      await this.#end();
      return this;
    } finally {
      random.mockRestore();
      jest.useRealTimers();
    }
  }

  /** Whether everything is committed. */
  get done(): boolean {
    return [...this.cluster.input.entries()].every(
      ([partition, log]) => Number(this.cluster.committed.get(partition) ?? 0n) === log.length,
    );
  }

  async #start(): Promise<void> {
    const peer: Process['peer'] = { name: `process-${this.members.length}`, state: 'up' };
    const member: Member = {
      peer,
      network: this.#network,
      cluster: this.cluster,
      group: this.#group,
      registry: this.#registry,
      written: (to, write) => this.monitor.written(peer, to, write),
      onFenced: (partition) => {
        this.monitor.fenced(peer, partition);
      },
      leaving: false,
    };
    this.members.push(member);
    const { service } = await startProcess(member, this.#settings);
    this.monitor.watch(member.source!);
    const fails = (error: unknown): void => {
      if (peer.state === 'dead') return;
      this.failures.push(error);
      this.#crash(member);
    };
    service.then((started) => {
      member.service = started;
      started.value.failed.catch(fails);
    }, fails);
  }

  /** Records come, and everything happens that may. */
  async #goWrong(): Promise<void> {
    const { records, faults, slow } = this.#plan;
    this.#network.faults = faults;
    this.#network.slow = slow;
    const logs = [...this.cluster.input.keys()];
    while (this.monitor.kinds.some((kinds) => kinds.length < records)) {
      const roll = this.#random.next();
      if (roll < 0.05) this.#append(this.#random.pick(logs));
      else if (roll < 0.15) jest.advanceTimersByTime(this.#random.pick(STEPS_MS));
      else if (roll < 0.15 + EVENT_CHANCE) await this.#happens();
      else this.#network.deliver();
      await turn();
    }
  }

  #append(partition: number): void {
    const kinds = this.monitor.kinds[partition]!;
    const { records, kindAt } = this.#plan;
    const first = kinds.length;
    const count = Math.min(1 + this.#random.below(9), records - first);
    const added = Array.from({ length: Math.max(count, 0) }, (_, i) => kindAt(first + i));
    kinds.push(...added);
    this.cluster.append(
      partition,
      added.map((kind, i) => eventOf(kind, partition, first + i, Date.now())),
    );
  }

  async #happens(): Promise<void> {
    if (this.#plan.events.length === 0) return;
    const event = this.#random.pick(this.#plan.events);
    const up = this.members.filter(({ peer, leaving }) => peer.state === 'up' && !leaving);
    if (event === 'publish') published.version += 1;
    else if (event === 'decree') published.policy += 1;
    else if (event === 'outage') {
      this.#network.away = true;
      setTimeout(() => (this.#network.away = false), this.#random.below(4000));
    } else if (event === 'join') {
      if (up.length < MAX_MEMBERS) await this.#start();
    } else if (up.length > 0) {
      const member = this.#random.pick(up);
      if (event === 'interrupt') member.source!.interrupt();
      else if (event === 'crash') this.#crash(member);
      else if (event === 'leave') this.#leave(member);
      else this.#freeze(member);
    }
  }

  #crash({ peer, source }: Member): void {
    this.#network.stop(peer, 'dead');
    setTimeout(() => {
      this.#group.leave(source!);
    }, SESSION_MS);
  }

  #freeze(member: Member): void {
    const { peer, source } = member;
    this.#network.stop(peer, 'frozen');
    setTimeout(() => {
      if (peer.state === 'frozen') this.#group.leave(source!);
    }, SESSION_MS);
    setTimeout(
      () => {
        this.#thaw(member);
      },
      this.#random.below(3 * SESSION_MS),
    );
  }

  #thaw({ peer, source }: Member): void {
    if (peer.state !== 'frozen') return;
    peer.state = 'up';
    void source!.wakes();
  }

  /** Ends as on SIGTERM, once it has started. */
  #leave(member: Member): void {
    if (member.service === undefined) return;
    member.leaving = true;
    void member.service.stop();
  }

  /** Nothing goes wrong any more: everything has to be done in time. */
  async #calmDown(): Promise<void> {
    this.#network.faults = NO_FAULTS;
    this.#network.slow = undefined;
    for (const member of this.members) this.#thaw(member);
    const up = this.members.some(({ peer, leaving }) => peer.state === 'up' && !leaving);
    if (!up && this.failures.length === 0) await this.#start();
    await this.#until(() => this.done || this.failures.length > 0);
    if (this.#plan.undo) await this.#undo();
    if (!this.done) {
      const committed = [...this.cluster.committed].map(([at, offset]) => `${at}:${offset}`);
      this.monitor.says('no gap', `nothing goes on at ${committed.join(' ')}`);
    }
  }

  /** A commit that was given up long ago arrives now. */
  async #undo(): Promise<void> {
    this.cluster.committed.set(0, 1n);
    await this.#until(() => this.done);
    if (!this.done) this.monitor.says('the offset never goes back', 'and it stays there');
  }

  async #end(): Promise<void> {
    for (const member of this.members) if (!member.leaving) this.#leave(member);
    await this.#until(() => this.#network.waiting === 0, 20_000);
  }

  async #until(condition: () => boolean, ms = CALM_MS): Promise<void> {
    for (const end = Date.now() + ms; !condition() && Date.now() < end;) {
      for (let left = this.#network.waiting; left > 0; left--) this.#network.deliver();
      await turn();
      if (this.#network.waiting === 0) jest.advanceTimersByTime(20);
      await turn();
    }
  }
}

/** Many worlds have the same configuration, which nobody changes. */
const loaded = new Map<string, Settings>();

async function settingsOf({
  delivery,
  maxConsecutive,
  model,
  policy,
}: Required<Plan>): Promise<Settings> {
  const text = `
name: g
kafka: { brokers: [nowhere:9092] }
schemaRegistry: { url: 'http://nowhere', unknownIdRetryMs: 500 }
input: { topics: [${INPUT}], groupId: g, startFrom: earliest }
output: { topic: out, carry: [note] }
deadLetter: { topic: dead, maxConsecutive: ${maxConsecutive}, maxRatio: 1 }
model: { dir: /m, watchMs: 40${model} }
inference: { workers: 2 }
batch: { maxSize: 4, maxDelayMs: 20, maxInferMs: 2000 }
commit: { intervalMs: 50 }
delivery: ${delivery}
${policy ? 'decision: { bands: [{ decision: any }] }\nfairness: { by: [count], favourable: [any] }' : ''}
`;
  const before = loaded.get(text);
  if (before !== undefined) return before;
  const readFile = () => Promise.resolve(text);
  const { settings } = await loadConfig({ file: 'scorer.yaml', cwd: '/', env: {}, readFile });
  loaded.set(text, settings);
  return settings;
}
