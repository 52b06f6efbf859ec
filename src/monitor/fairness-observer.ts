import type { Events } from '../flow/events.ts';
import type { Observation } from '../flow/observation.ts';
import type { Decisions, Scores } from '../flow/scores.ts';
import type { FairnessMonitor, FairnessSubject } from './fairness-monitor.ts';
import { CELLS, CODES } from './fairness-window.ts';

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
    const { fates } = events;
    const { rows } = fates;
    const seen = models.map(({ version }): Seen => ({
      of: { model: version, policy },
      counts: new Uint32Array(groups.length * CELLS),
      events: 0,
    }));
    // one loop for each field over plain arrays: this runs for every event of the stream
    const alive = fates.state;
    const width = names.length;
    const cells = CODES * width;
    const decided = new Uint32Array(models.length * cells);
    for (let field = 0; field < groups.length; field++) {
      const codes = groups[field]!;
      decided.fill(0);
      for (let row = 0; row < rows; row++) {
        if (alive[row] !== 0) continue;
        const own = modelOf === null ? 0 : modelOf[row]! * cells;
        decided[own + codes[row]! * width + index[row]!]!++;
      }
      for (const [model, { counts }] of seen.entries())
        for (let cell = 0; cell < cells; cell++) {
          const events = decided[model * cells + cell]!;
          if (events === 0) continue;
          const at = field * CELLS + 2 * Math.floor(cell / width);
          counts[at]! += events;
          if (favourable.includes(names[cell % width]!)) counts[at + 1]! += events;
        }
    }
    for (const own of seen) for (let at = 0; at < CELLS; at += 2) own.events += own.counts[at]!;
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
