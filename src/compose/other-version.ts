import type { Events } from '../flow/events.ts';
import { createMapper, type MapFeatures } from '../map/mapper.ts';
import type { GatedVersion } from './gated-version.ts';
import type { ModelVersion, ScoringPlan } from './scoring-plan.ts';

/** What a version beside the champion takes events with. */
export interface OtherView {
  /** The events as it sees them, with fates of its own. */
  readonly events: Events;
  readonly map: MapFeatures;
}

/** A version beside the champion, in whichever plan events were decoded with. */
export class OtherVersion {
  readonly #version: GatedVersion;
  readonly #planOf: (events: Events) => ScoringPlan;
  readonly #mappers = new WeakMap<ModelVersion, MapFeatures>();

  constructor(version: GatedVersion, planOf: (events: Events) => ScoringPlan) {
    this.#version = version;
    this.#planOf = planOf;
  }

  /** Undefined if the schemas of the events do not fit it. */
  viewOf(events: Events): OtherView | undefined {
    const { versions } = this.#planOf(events);
    const { model } = this.#version.shared.value;
    const at = versions.findIndex((version) => version.model === model);
    if (at < 1) return undefined;
    return { events: events.others![at - 1]!, map: this.#mapperOf(versions[at]!) };
  }

  #mapperOf(version: ModelVersion): MapFeatures {
    let mapper = this.#mappers.get(version);
    if (mapper === undefined) {
      mapper = createMapper(version.contract, version.slots);
      this.#mappers.set(version, mapper);
    }
    return mapper;
  }
}
