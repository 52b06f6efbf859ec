import type { DecidedEvents, Deciders } from '../audit/deciders.ts';
import type { Settings } from '../config/settings.ts';
import type { RangeReader } from '../consume/range-reader.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { timeOf, type InputRecord } from '../flow/record.ts';
import { untilAvailable } from '../runtime/retry.ts';
import { leftRecords } from './left-records.ts';
import type { ObservePlan } from './observe-plan.ts';
import { createScoreBatch } from './score-batch.ts';
import type { ScoringPlan } from './scoring-plan.ts';

export interface DecidedEventsOptions {
  readonly plan: ScoringPlan;
  readonly settings: Settings;
  readonly registry: Pick<SchemaRegistry, 'byId'>;
  readonly reader: RangeReader;
  readonly deciders: Deciders;
  /** The decider whose events are wanted. */
  readonly decider: number;
  /** Where they are: topics that the plan reads. */
  readonly places: readonly DecidedEvents[];
  readonly monitors: readonly ObservePlan[];
  readonly signal: AbortSignal;
  readonly onEvents: (events: number) => void;
}

const SIZE = 1024;
/**
 * Scores the events that one version and policy decided once more, and shows them to the monitors.
 * One partition follows the other, so what they count is always the same. Returns how many events
 * are still in their topics.
 */
export async function seeDecidedEvents(options: DecidedEventsOptions): Promise<number> {
  let events = 0;
  for (const [topic, places] of Map.groupBy(options.places, (place) => place.topic)) {
    const see = seeingEvents(topic, options);
    for (const place of places) {
      let waiting: InputRecord[] = [];
      for await (const records of leftOf(place, options)) {
        waiting.push(...records);
        events += records.length;
        for (; waiting.length >= SIZE; waiting = waiting.slice(SIZE))
          await see(place.partition, waiting.slice(0, SIZE));
        options.onEvents(records.length);
      }
      if (waiting.length > 0) await see(place.partition, waiting);
    }
  }
  return events;
}

function seeingEvents(
  topic: string,
  { plan, settings, registry, monitors, signal }: DecidedEventsOptions,
): (partition: number, records: readonly InputRecord[]) => Promise<void> {
  let clock = 0; // entries of lists expire
  const now = (): number => clock;
  const score = createScoreBatch(plan, { settings, registry, topic, now, monitors });
  return async (partition, records) => {
    clock = timeOf(records[0]!) ?? clock;
    const batch = { topic, partition, records, closedBy: 'end' } as const;
    const outcome = await untilAvailable(() => score(batch), { signal });
    outcome.observation?.record();
  };
}

/** The events of a decider in a partition that are still there. */
async function* leftOf(
  { topic, partition, first, last }: DecidedEvents,
  { reader, deciders, decider, signal }: DecidedEventsOptions,
): AsyncGenerator<readonly InputRecord[]> {
  for await (const records of leftRecords({ topic, partition, first, last }, reader, signal)) {
    const own = records.filter(({ offset }) => {
      return deciders.of(topic, partition, Number(offset)) === decider;
    });
    if (own.length > 0) yield own;
  }
}
