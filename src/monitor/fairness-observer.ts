import type { Events } from '../flow/events.ts';
import type { Observation } from '../flow/observation.ts';
import type { Decisions, Scores } from '../flow/scores.ts';
import type { FairnessMonitor, FairnessSubject } from './fairness-monitor.ts';
import { CELLS } from './fairness-window.ts';

/** The number of the group of each row, by field. */
export type GroupCodes = (events: Events) => readonly Uint8Array[];

export interface FairnessObserverOptions {
  readonly monitor: FairnessMonitor;
  readonly codes: GroupCodes;
  /** Decisions that are good for the customer. */
  readonly favourable: readonly string[];
  /** The label of the policy that decides. */
  readonly policy: string | null;
  /** Hears what is counted, once it is. */
  readonly onCounted: (counts: Uint32Array) => void;
}

/** Creates the observer of decisions by group. It counts when the batch is delivered. */
export function createFairnessObserver(
  options: FairnessObserverOptions,
): (
  events: Events,
  tensors: unknown,
  scores: Scores,
  decisions: Decisions,
) => Observation | undefined {
  const { codes, favourable, policy } = options;
  return function observeFairness(events, _tensors, { models, modelOf }, { index, names }) {
    if (index === null) return undefined;
    const groups = codes(events);
    const good = names.map((name) => favourable.includes(name));
    const { fates } = events;
    const seen = models.map(({ version }): Seen => ({
      of: { model: version, policy },
      counts: new Uint32Array(groups.length * CELLS),
      events: 0,
    }));
    for (let row = 0; row < fates.rows; row++) {
      if (!fates.isAlive(row)) continue;
      const own = seen[modelOf === null ? 0 : modelOf[row]!]!;
      own.events++;
      const hit = good[index[row]!] === true ? 1 : 0;
      for (let field = 0; field < groups.length; field++) {
        const at = field * CELLS + 2 * groups[field]![row]!;
        own.counts[at]!++;
        own.counts[at + 1]! += hit;
      }
    }
    return new SeenGroups(seen, options);
  };
}

interface Seen {
  readonly of: FairnessSubject;
  readonly counts: Uint32Array;
  events: number;
}

class SeenGroups implements Observation {
  readonly #seen: Seen[];
  readonly #options: FairnessObserverOptions;

  constructor(seen: readonly Seen[], options: FairnessObserverOptions) {
    this.#seen = [...seen];
    this.#options = options;
  }

  merge(other: this): void {
    this.#seen.push(...other.#seen);
  }

  record(): void {
    const { monitor, onCounted } = this.#options;
    for (const { of, counts, events } of this.#seen) {
      if (events === 0) continue;
      monitor.add(of, counts, events);
      onCounted(counts);
    }
  }
}
