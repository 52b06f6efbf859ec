import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Replica } from './replica.ts';

export interface ReplicasOptions {
  /** The built program. */
  readonly main: string;
  /** The configuration of a slot: replicas of one slot follow each other. */
  readonly configFile: (slot: number) => string;
  readonly logDir: string;
  readonly say: (line: string) => void;
}

const RESTART_MS = 500;
/**
 * How long a replica may take to finish what is in flight; the program's own limits are shorter.
 */
const STOP_MS = 40_000;
const JOIN_MS = 30_000;

/**
 * The replicas of a run, and who starts one again that ended by itself, as any supervisor would.
 */
export class Replicas {
  readonly #options: ReplicasOptions;
  readonly #running = new Set<Replica>();
  /** Those that are meant to end. */
  readonly #leaving = new Set<Replica>();
  #started = 0;
  #stopping = false;
  #endedThemselves = 0;
  #endedBadly = 0;

  constructor(options: ReplicasOptions) {
    this.#options = options;
  }

  /** Replicas that ended without having been told to. */
  get endedThemselves(): number {
    return this.#endedThemselves;
  }

  /** Replicas that did not answer SIGTERM with exit code 0 in time. */
  get endedBadly(): number {
    return this.#endedBadly;
  }

  /** Those that run and are not meant to end. */
  get all(): readonly Replica[] {
    return [...this.#running].filter((replica) => !this.#leaving.has(replica));
  }

  start(slot = 0): Replica {
    const { main, configFile, logDir, say } = this.#options;
    const name = `replica-${++this.#started}`;
    const replica = new Replica(
      name,
      [main, 'run', '--config', configFile(slot)],
      join(logDir, `${name}.log`),
    );
    this.#running.add(replica);
    void replica.ended.then(async () => {
      this.#running.delete(replica);
      if (this.#leaving.has(replica) || this.#stopping) return;
      this.#endedThemselves++;
      say(`${name} ended by itself with ${replica.exitCode ?? 'a signal'}:\n${replica.tail}`);
      await sleep(RESTART_MS);
      if (!this.#mayNotStart()) this.start(slot);
    });
    return replica;
  }

  /** One of those that have partitions, or else of all; `pick` in [0, 1) says which. */
  pick(pick: number): Replica {
    const { all } = this;
    const owners = all.filter((replica) => replica.owns);
    const candidates = owners.length > 0 ? owners : all;
    const replica = candidates[Math.floor(pick * candidates.length)];
    if (replica === undefined) throw new Error('no replica is running');
    return replica;
  }

  async joined(replica: Replica): Promise<void> {
    for (const until = performance.now() + JOIN_MS; !replica.owns && performance.now() < until;)
      await sleep(50);
  }

  /** Waits for those that are still starting, each for a while. */
  async allJoined(): Promise<void> {
    await Promise.all([...this.#running].map((replica) => this.joined(replica)));
  }

  async kill(replica: Replica): Promise<void> {
    this.#leaving.add(replica);
    replica.signal('SIGKILL');
    await replica.ended;
  }

  /** Asks it to end, and makes it if it does not. */
  async stop(replica: Replica): Promise<void> {
    this.#leaving.add(replica);
    replica.signal('SIGTERM');
    await Promise.race([replica.ended, sleep(STOP_MS, undefined, { ref: false })]);
    if (replica.exitCode !== 0) {
      this.#endedBadly++;
      const how = replica.exitCode ?? (replica.running ? 'still there' : 'by a signal');
      this.#options.say(`${replica.name} did not end well (${how}):\n${replica.tail}`);
    }
    replica.signal('SIGKILL');
    await replica.ended;
  }

  async stopAll(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#running].map((replica) => this.stop(replica)));
  }

  /** At once, whatever state they are in; for the end of this process. */
  killAll(): void {
    this.#stopping = true;
    for (const replica of this.#running) replica.signal('SIGKILL');
  }

  #mayNotStart(): boolean {
    return this.#stopping;
  }
}
