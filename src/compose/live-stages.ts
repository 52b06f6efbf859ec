import { BadIds } from '../decode/bad-ids.ts';
import type { Events } from '../flow/events.ts';
import type { OnMissing } from '../map/missing-observer.ts';
import type { Stages } from '../pipeline.ts';
import { PlanRenewal, type PlanRenewalOptions, type RegisteredPlan } from './plan-renewal.ts';
import { createStages } from './stages.ts';
import { WriterWatch } from './writer-watch.ts';

export interface LiveStagesOptions extends PlanRenewalOptions {
  readonly onMissing: OnMissing;
}

/**
 * The stages of a stream whose schemas change: those of the plan of the moment, which is renewed
 * where a writer has a newer schema. A batch keeps the plan that it was decoded by.
 */
export function createLiveStages(options: LiveStagesOptions): Stages {
  const { ids, settings, registry, now, onMissing } = options;
  const { unknownIdRetryMs } = settings.schemaRegistry;
  const badIds = new Map(
    settings.input.topics.map((topic) => [topic, new BadIds(unknownIdRetryMs)]),
  );
  const renewal = new PlanRenewal(options);
  const writers = new WriterWatch(ids, () => renew(false));
  const watched = writers.over(registry);
  const stagesOf = ({ plan, schemaId }: RegisteredPlan): Stages =>
    createStages(plan, { settings, registry: watched, schemaId, now, onMissing, badIds });

  let current = stagesOf(renewal.current);
  const keptBy = new WeakMap<Events, Stages>();
  const stagesFor = (events: Events): Stages => keptBy.get(events) ?? current;

  return {
    decode: async (batch) => {
      if (renewal.isDue()) writers.later(() => renew(true));
      for (;;) {
        const stages = current;
        const events = await stages.decode(batch);
        if (stages !== current) continue; // a newer plan was made meanwhile, maybe for this batch
        keptBy.set(events, stages);
        return events;
      }
    },
    map: (events) => stagesFor(events).map(events),
    infer: (...given) => current.infer(...given),
    decide: (...given) => current.decide(...given),
    encode: (events, ...given) => stagesFor(events).encode(events, ...given),
    observe: (events, ...given) => stagesFor(events).observe?.(events, ...given),
  };

  async function renew(again: boolean): Promise<void> {
    if (await renewal.renew(again)) current = stagesOf(renewal.current);
  }
}
