import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../progress.ts';
import type { Replicas } from '../replicas.ts';
import type { Bundles } from './bundles.ts';
import type { Change, Deciders, History } from './deciders.ts';
import type { Fleet, Models } from './fleet.ts';
import type { LiveConfig } from './live-config.ts';
import type { Way } from './plan.ts';
import { shiftOf } from './shifts.ts';

export interface DirectorParts {
  readonly bundles: Bundles;
  readonly config: LiveConfig;
  readonly fleet: Fleet;
  readonly replicas: Replicas;
  readonly progress: Progress;
  readonly stop: AbortSignal;
}

const SCORED_MS = 90_000;
/** A name below all numbers: `latest` never means it. */
const BESIDE = '0-beside-';

/** Makes versions, tells the replicas of them, and writes down what may have decided when. */
export class Director {
  readonly parts: DirectorParts;
  readonly #changes: Change[] = [];
  readonly #first: Deciders;
  /** By version, refused ones as well. */
  readonly shifts = new Map<string, number>();
  #now: Deciders;
  #champions: string[];
  #made = 1;
  #beside = 0;

  constructor(parts: DirectorParts, first: Deciders) {
    this.parts = parts;
    this.#first = first;
    this.#now = first;
    this.#champions = [first.champion];
    this.shifts.set(first.champion, shiftOf(1));
  }

  get now(): Deciders {
    return this.#now;
  }

  /** Versions that were champion before, the latest first, without the present one. */
  get earlier(): readonly string[] {
    return this.#champions.filter((version) => version !== this.#now.champion);
  }

  get history(): History {
    return { first: this.#first, changes: this.#changes };
  }

  /** The name and the shift of the next version. */
  next(): { readonly version: string; readonly shift: number } {
    const n = ++this.#made;
    return this.#named(String(n), shiftOf(n));
  }

  /** One that never becomes champion. */
  nextBeside(more: number): { readonly version: string; readonly shift: number } {
    const shift = this.shifts.get(this.#now.champion)! + more;
    return this.#named(`${BESIDE}${++this.#beside}`, shift);
  }

  #named(version: string, shift: number) {
    this.shifts.set(version, shift);
    return { version, shift };
  }

  /** Makes the replicas look at what `add` adds, by the newest folder or by its name. */
  async offer(version: string, way: Way, add: () => Promise<void>): Promise<void> {
    const { config } = this.parts;
    if (way === 'named') await config.change({ champion: this.#now.champion });
    await add();
    await config.change({ champion: way === 'named' ? version : 'latest' });
  }

  /**
   * `work` changes the deciders, and resolves when all replicas have followed. `states`: what may
   * decide meanwhile, in this order, after what decides now; the last one stays.
   */
  async change(
    kind: string,
    states: readonly Deciders[],
    work: () => Promise<unknown>,
    moves = false,
  ): Promise<void> {
    const { progress, fleet, stop } = this.parts;
    const before = fleet.assignment;
    const from = await progress.committed();
    const startedAt = performance.now();
    await work();
    const tookMs = performance.now() - startedAt;
    const to = await progress.ends();
    const scored = to.map((offset) => offset + 1);
    if (!(await progress.reaches(scored, SCORED_MS)))
      throw new Error(`${kind}: what was in the input then is not scored`);
    stop.throwIfAborted();
    const moved = moves || fleet.assignment !== before;
    const all = [this.#now, ...states];
    this.#changes.push({ kind, from, to, states: all, moved, tookMs });
    this.#now = all.at(-1)!;
    const { champion } = this.#now;
    this.#champions = [champion, ...this.#champions.filter((version) => version !== champion)];
  }

  /** Waits until every replica has this champion. */
  async champion(version: string): Promise<Models[]> {
    return this.parts.fleet.every(
      `version ${version} as champion`,
      ({ champion }) => champion.version === version,
    );
  }

  pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.parts.stop });
  }
}
