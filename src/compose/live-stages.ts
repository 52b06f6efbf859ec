import { BadIds } from '../decode/bad-ids.ts';
import type { DecideOptions } from '../decide/decide.ts';
import type { OnRule } from '../decide/rules-observer.ts';
import type { Events } from '../flow/events.ts';
import type { OnMissing } from '../map/missing-observer.ts';
import type { Stages } from '../pipeline.ts';
import { PlanRenewal, type PlanRenewalOptions, type RegisteredPlan } from './plan-renewal.ts';
import type { ScoringPlan } from './scoring-plan.ts';
import { createStages, type StagesOptions } from './stages.ts';
import { WriterWatch } from './writer-watch.ts';

export interface LiveStagesOptions extends PlanRenewalOptions {
  readonly onMissing: OnMissing;
  readonly onRule?: OnRule;
  readonly list?: DecideOptions['list'];
  readonly monitors?: StagesOptions['monitors'];
  readonly degradedDecision?: StagesOptions['degradedDecision'];
}

export interface LiveStages {
  readonly stages: Stages;
  /** The plan that reads events now, with the ids of its schemas. */
  readonly planned: RegisteredPlan;
  /** The plan that these events were decoded with. */
  readonly planOf: (events: Events) => ScoringPlan;
  /** The stages of that plan, for whoever needs them after the columns are gone. */
  readonly stagesOf: (events: Events) => Stages;
  /** Takes the latest schemas now, where they fit. Rejects if the registry does not answer. */
  readonly renew: () => Promise<void>;
}

interface Current {
  readonly plan: ScoringPlan;
  readonly stages: Stages;
}

/**
 * The stages of a stream whose schemas change. They use the current plan, which is renewed when a
 * writer has a newer schema. A batch keeps the plan that it was decoded with.
 */
export function createLiveStages(options: LiveStagesOptions): LiveStages {
  const { ids, settings, registry, now, onMissing, onRule, list, monitors } = options;
  const { degradedDecision } = options;
  const { unknownIdRetryMs } = settings.schemaRegistry;
  const badIds = new Map(
    settings.input.topics.map((topic) => [topic, new BadIds(unknownIdRetryMs)]),
  );
  const renewal = new PlanRenewal(options);
  const writers = new WriterWatch(ids, () => renew(false));
  const watched = writers.over(registry);
  const stagesBy = ({ plan, schemaId }: RegisteredPlan): Current => ({
    plan,
    stages: createStages(plan, {
      settings,
      registry: watched,
      schemaId,
      now,
      onMissing,
      onRule,
      list,
      monitors,
      degradedDecision,
      badIds,
    }),
  });

  let current = stagesBy(renewal.current);
  // The columns stay the same where another fate or view makes other events of them.
  const keptBy = new WeakMap<Events['columns'], Current>();
  const kept = ({ columns }: Events): Current => keptBy.get(columns) ?? current;
  const stagesFor = (events: Events): Stages => kept(events).stages;

  const stages: Stages = {
    decode: async (batch) => {
      if (renewal.isDue()) writers.later(() => renew(true));
      for (;;) {
        const now = current;
        const events = await now.stages.decode(batch);
        if (now !== current) continue; // a newer plan exists meanwhile, maybe made for this batch
        keptBy.set(events.columns, now);
        return events;
      }
    },
    map: (events) => stagesFor(events).map(events),
    infer: (...given) => current.stages.infer(...given),
    ...(current.stages.mark && {
      mark: (events, ...given) => stagesFor(events).mark?.(events, ...given),
    }),
    ...(current.stages.explain && {
      explain: async (events, ...given) => stagesFor(events).explain?.(events, ...given),
    }),
    decide: (events, ...given) => stagesFor(events).decide(events, ...given),
    encode: (events, ...given) => stagesFor(events).encode(events, ...given),
    observe: (events, ...given) => stagesFor(events).observe?.(events, ...given),
  };
  return {
    stages,
    get planned() {
      return renewal.current;
    },
    planOf: (events) => kept(events).plan,
    stagesOf: stagesFor,
    renew: () => writers.now(() => renew(false)),
  };

  async function renew(again: boolean): Promise<void> {
    if (await renewal.renew(again)) current = stagesBy(renewal.current);
  }
}
