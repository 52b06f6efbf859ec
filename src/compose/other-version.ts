import { isDeepStrictEqual } from 'node:util';
import type { Settings } from '../config/settings.ts';
import type { ExplainDecisions } from '../explain/reasons.ts';
import type { Events } from '../flow/events.ts';
import { createMapper, type MapFeatures } from '../map/mapper.ts';
import type { GatedVersion } from './gated-version.ts';
import type { ModelVersion, ScoringPlan, StreamPlan } from './scoring-plan.ts';
import { reasonsOf } from './version-reasons.ts';

/** What a version beside the champion takes events with. */
export interface OtherView {
  /** The events as it sees them, with fates of its own. */
  readonly events: Events;
  readonly map: MapFeatures;
  /**
   * Whether `map` makes the same tensors of the events as the first version does, for the rows that
   * both can use.
   */
  readonly isFedAlike: boolean;
  /** Explains the decisions for rows that it scored. */
  readonly explain: ExplainDecisions | undefined;
}

/** A version beside the champion, in whichever plan events were decoded with. */
export class OtherVersion {
  readonly #version: GatedVersion;
  readonly #planOf: (events: Events) => ScoringPlan;
  readonly #settings: Settings;
  readonly #stages = new WeakMap<ModelVersion, Omit<OtherView, 'events'>>();

  constructor(version: GatedVersion, planOf: (events: Events) => ScoringPlan, settings: Settings) {
    this.#version = version;
    this.#planOf = planOf;
    this.#settings = settings;
  }

  /** Undefined if the schemas of the events do not fit it. */
  viewOf(events: Events): OtherView | undefined {
    const { versions, stream } = this.#planOf(events);
    const { model } = this.#version.shared.value;
    const at = versions.findIndex((version) => version.model === model);
    if (at < 1) return undefined;
    return {
      events: events.others![at - 1]!,
      ...this.#stagesOf(versions[at]!, versions[0], stream),
    };
  }

  #stagesOf(
    version: ModelVersion,
    first: ModelVersion,
    stream: StreamPlan,
  ): Omit<OtherView, 'events'> {
    let stages = this.#stages.get(version);
    if (stages === undefined) {
      stages = {
        map: createMapper(version.contract, version.slots),
        isFedAlike:
          isDeepStrictEqual(version.slots, first.slots) &&
          isDeepStrictEqual(version.contract, first.contract),
        explain: reasonsOf(version, stream, this.#settings),
      };
      this.#stages.set(version, stages);
    }
    return stages;
  }
}
