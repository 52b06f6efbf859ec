import type { Change, Deciders, History } from './deciders.ts';
import { inShare } from './share.ts';

/** Who decided about an input, as its score says. */
export interface Decided {
  readonly version: string;
  readonly policy: string;
}

export interface BoundaryCounts {
  /** Scores of a version or a policy that could not decide there. */
  illegal: number;
  /** A score of an earlier state after one of a later state, with no partition on its way. */
  unclean: number;
  /** The same, while partitions moved between replicas. */
  wentBack: number;
  /** Changes of one partition in which the order held, those without a new state included. */
  clean: number;
  /** Scores of the champion for keys of the canary. */
  fallbacks: number;
  /** Scores of a canary. */
  ofCanary: number;
}

type Fit = 'exactly' | 'instead' | undefined;

/** Whether a state may have decided so about a key; `instead`: the champion for the canary. */
function fitOf(state: Deciders, key: string, { version, policy }: Decided): Fit {
  if (policy !== state.policy) return undefined;
  const { canary, champion } = state;
  if (canary === undefined || !inShare(key, canary.percent))
    return version === champion ? 'exactly' : undefined;
  if (version === canary.version) return 'exactly';
  return version === champion ? 'instead' : undefined;
}

/**
 * Follows one partition by its offsets. Outside of changes, only one state may have decided. Within a
 * change, the states follow each other, so no score of an earlier one may come after a later one.
 */
export class Boundaries {
  readonly #history: History;
  readonly #partition: number;
  readonly #counts: BoundaryCounts;
  #next = 0;
  /** The state of the change in progress, and whether it went back. */
  #at = 0;
  #wentBack = false;
  #broken = false;
  readonly examples: string[];

  constructor(history: History, partition: number, counts: BoundaryCounts, examples: string[]) {
    this.#history = history;
    this.#partition = partition;
    this.#counts = counts;
    this.examples = examples;
  }

  /** The states that may have decided at an offset, which does not fall. */
  statesAt(offset: number): readonly Deciders[] {
    const { first, changes } = this.#history;
    for (;;) {
      const change = changes[this.#next];
      if (change === undefined || offset < change.to[this.#partition]!) break;
      this.#finish();
    }
    const change = changes[this.#next];
    if (change !== undefined && offset >= change.from[this.#partition]!) return change.states;
    return [changes[this.#next - 1]?.states.at(-1) ?? first];
  }

  /** The first score of an input. Offsets rise. */
  score(offset: number, key: string, decided: Decided): void {
    const counts = this.#counts;
    const states = this.statesAt(offset);
    const fits = states.map((state) => fitOf(state, key, decided));
    if (states.some(({ canary }) => canary?.version === decided.version)) counts.ofCanary++;
    const later = fits.findIndex((fit, i) => fit === 'exactly' && i >= this.#at);
    if (states.length === 1) {
      if (fits[0] === 'instead') counts.fallbacks++;
      if (fits[0] === undefined) this.#illegal(offset, decided, states);
    } else if (later >= 0) this.#at = later;
    else if (fits[this.#at] === 'instead') counts.fallbacks++;
    else this.#backward(offset, decided, states, fits);
  }

  /** A further copy of a score: whoever could decide there may have made it. */
  copy(offset: number, key: string, decided: Decided, first: Decided): void {
    const change = this.#changeAt(offset);
    const same = decided.version === first.version && decided.policy === first.policy;
    if (same) return;
    const states = change?.states ?? [];
    if (change?.moved === true && states.some((state) => fitOf(state, key, decided) !== undefined))
      return;
    this.#illegal(offset, decided, states);
  }

  /** No more scores come. */
  end(): void {
    while (this.#next < this.#history.changes.length) this.#finish();
  }

  #backward(
    offset: number,
    decided: Decided,
    states: readonly Deciders[],
    fits: readonly Fit[],
  ): void {
    const counts = this.#counts;
    const before = fits.findLastIndex((fit) => fit !== undefined);
    if (before === -1) {
      this.#illegal(offset, decided, states);
      return;
    }
    const { canary } = states[before]!;
    const ofCanary = canary?.version === decided.version;
    if (ofCanary && states[before]!.champion === states[this.#at]!.champion) {
      counts.fallbacks++; // what looked like the end of the canary was the champion in its place
    } else if (this.#change.moved) {
      this.#wentBack = true;
    } else {
      counts.unclean++;
      this.#broken = true;
      this.#tell(offset, decided, states);
    }
    this.#at = before;
  }

  get #change(): Change {
    return this.#history.changes[this.#next]!;
  }

  #changeAt(offset: number): Change | undefined {
    return this.#history.changes.find(
      ({ from, to }) => offset >= from[this.#partition]! && offset < to[this.#partition]!,
    );
  }

  #finish(): void {
    if (this.#wentBack) this.#counts.wentBack++;
    else if (!this.#broken) this.#counts.clean++;
    this.#next++;
    this.#at = 0;
    this.#wentBack = false;
    this.#broken = false;
  }

  #illegal(offset: number, decided: Decided, states: readonly Deciders[]): void {
    this.#counts.illegal++;
    this.#broken = true;
    this.#tell(offset, decided, states);
  }

  #tell(offset: number, { version, policy }: Decided, states: readonly Deciders[]): void {
    if (this.examples.length >= MAX_EXAMPLES) return;
    this.examples.push(
      `${this.#partition}:${offset} has version ${version} and policy ${policy} among ${JSON.stringify(states)}`,
    );
  }
}

const MAX_EXAMPLES = 5;
