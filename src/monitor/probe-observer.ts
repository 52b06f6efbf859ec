import type { Events } from '../flow/events.ts';
import type { Observation } from '../flow/observation.ts';
import type { BandSettings } from '../flow/policy-settings.ts';
import type { Decisions, Scores } from '../flow/scores.ts';
import { hashBytes } from '../flow/text-hash.ts';
import { ProbeTable } from './probe-table.ts';

export interface ProbingOptions {
  /** How near to a limit between two decisions a score has to be. */
  readonly within: number;
  /** From this many of such events of one key on, in one to two hours, they are counted. */
  readonly events: number;
  readonly now: () => number;
  /** So many events are probes. */
  readonly onProbes: (count: number) => void;
}

/** Where a policy changes its mind: the limits of its bands, and of those of each segment. */
export interface Limits {
  readonly bands: readonly BandSettings[];
  readonly segments: readonly { readonly bands: readonly BandSettings[] }[];
}

/**
 * Counts events of keys whose scores are near a limit again and again: somebody may be looking for
 * it. The keys are hashed, and nothing else is kept of them.
 */
export class Probing {
  readonly #options: ProbingOptions;
  readonly #table = new ProbeTable();

  constructor(options: ProbingOptions) {
    this.#options = options;
  }

  /** The observer of a policy. */
  observe({ bands, segments }: Limits) {
    const lists = [bands, ...segments.map((segment) => segment.bands)].map((list) =>
      Float64Array.from(list.flatMap(({ upTo, downTo }) => upTo ?? downTo ?? [])),
    );
    const { within } = this.#options;
    // nearly all scores of most streams are beyond the limits and near none
    const all = lists.flatMap((list) => [...list]);
    const [lowest, highest] = [Math.min(...all) - within, Math.max(...all) + within];
    return ({ batch, fates }: Events, _tensors: unknown, { score }: Scores, made: Decisions) => {
      const { segmentOf } = made;
      let hashes: number[] | undefined;
      const { rows } = fates;
      let limits = lists[0]!;
      for (let row = 0; row < rows; row++) {
        if (!(score[row]! >= lowest && score[row]! <= highest)) continue;
        if (segmentOf !== null) limits = lists[segmentOf[row]!]!;
        if (!isNear(score[row]!, limits, within) || !fates.isAlive(row)) continue;
        const { key } = batch.records[row]!;
        if (key !== null) (hashes ??= []).push(hashOf(key));
      }
      return hashes && new NearLimits(this, hashes);
    };
  }

  /** Adds the keys of delivered events. */
  add(hashes: readonly number[]): void {
    const { events, now, onProbes } = this.#options;
    const time = now();
    let probes = 0;
    for (const hash of hashes) if (this.#table.add(hash, time) >= events) probes++;
    if (probes > 0) onProbes(probes);
  }
}

function isNear(score: number, limits: Float64Array, within: number): boolean {
  for (let i = 0; i < limits.length; i++) if (Math.abs(score - limits[i]!) <= within) return true;
  return false;
}

const hashOf = (key: Buffer): number =>
  hashBytes(new DataView(key.buffer, key.byteOffset, key.length), 0, key.length);

/** The keys of a batch whose scores are near a limit. */
class NearLimits implements Observation {
  readonly #probing: Probing;
  readonly #hashes: number[];

  constructor(probing: Probing, hashes: number[]) {
    this.#probing = probing;
    this.#hashes = hashes;
  }

  merge(other: this): void {
    for (const hash of other.#hashes) this.#hashes.push(hash);
  }

  record(): void {
    this.#probing.add(this.#hashes);
  }
}
