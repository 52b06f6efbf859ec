import type { SchemaRegistry } from '../decode/registry.ts';
import type { BadIds } from '../decode/bad-ids.ts';
import { createDecoder, type Decode } from '../decode/decoder.ts';
import { Schemas } from '../decode/schemas.ts';
import { createDecide, type DecideOptions } from '../decide/decide.ts';
import { createDegradedDecide } from '../decide/degraded.ts';
import { createRulesObserver, type OnRule } from '../decide/rules-observer.ts';
import { createProtection } from '../encode/protected-fields.ts';
import { createScoreEncoder } from '../encode/score-encoder.ts';
import { eventsFor, NULL, type Events } from '../flow/events.ts';
import { NULL_FIELD } from '../flow/fates.ts';
import { allOf } from '../flow/observation.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { createMapper } from '../map/mapper.ts';
import { createMarker } from '../monitor/profile-marker.ts';
import { createMissingObserver, type OnMissing } from '../map/missing-observer.ts';
import type { Settings } from '../config/settings.ts';
import type { Stages } from '../pipeline.ts';
import type { ObservePlan } from './observe-plan.ts';
import type { References, ScoringPlan, StreamPlan } from './scoring-plan.ts';
import { reasonsOf } from './version-reasons.ts';

export interface StagesOptions {
  readonly settings: Settings;
  readonly registry: Pick<SchemaRegistry, 'byId'>;
  /** Id of the score records' schema. */
  readonly schemaId: number;
  readonly now: () => number;
  readonly onMissing?: OnMissing;
  readonly onRule?: OnRule | undefined;
  /** The decision about events that the model has no score for. */
  readonly degradedDecision?: string | undefined;
  /** The keys of the lists of the policy. */
  readonly list?: DecideOptions['list'];
  /** What the monitors see of batches. */
  readonly monitors?: readonly ObservePlan[] | undefined;
  /** What is known about useless schema ids, by topic. */
  readonly badIds?: ReadonlyMap<string, BadIds>;
}

/** Builds the stages from a plan: the same for a stream, a file and a request. */
export function createStages(plan: ScoringPlan, options: StagesOptions): Stages {
  const { stream, versions } = plan;
  const { schemaId, onMissing, onRule, monitors = [] } = options;
  const { projection, skipSlot, policy } = stream;
  const [champion, ...others] = versions;
  const decode = createStreamDecoder(stream, options);
  const missing = onMissing && createMissingObserver(champion.contract, champion.slots, onMissing);
  const rules = onRule && createRulesObserver(onRule);
  const mark = champion.references && markerOf(champion.references);
  const explain = reasonsOf(champion, stream, options.settings);
  const monitoring = monitors.map((observe) => observe(plan));
  const decide = decideStage(policy, options);
  return {
    decode:
      skipSlot === undefined && projection.views === undefined
        ? decode
        : async (batch) => {
            const decoded = await decode(batch);
            const events = seenBy(0, decoded, skipSlot);
            if (others.length === 0) return events;
            return { ...events, others: others.map((_, i) => seenBy(i + 1, decoded, skipSlot)) };
          },
    map: createMapper(champion.contract, champion.slots),
    infer: (tensors, rows) => champion.model.score(tensors, rows),
    ...(mark && { mark }),
    decide:
      mark === undefined || policy?.compiled.marks === undefined
        ? decide
        : (events, scores, marks) => decide(events, scores, marks ?? mark(events)),
    ...(explain && { explain }),
    encode: encodeStage(stream, schemaId),
    observe: (events, tensors, scores, decisions, reasons) =>
      allOf([
        missing?.(events),
        rules?.(decisions),
        ...monitoring.map((observe) => observe(events, tensors, scores, decisions, reasons)),
      ]),
  };
}

/** What must not be read is concealed before anything is written. */
function encodeStage({ concealed }: StreamPlan, schemaId: number): Stages['encode'] {
  const encode = createScoreEncoder({ schemaId });
  if (concealed.length === 0) return encode;
  const protect = createProtection(concealed);
  return (events, ...given) => encode({ ...events, carried: protect(events) }, ...given);
}

function decideStage(
  policy: StreamPlan['policy'],
  { list, now, degradedDecision }: StagesOptions,
): Stages['decide'] {
  const how = { list: list ?? policy?.list, now };
  if (policy === undefined || degradedDecision === undefined)
    return createDecide(policy?.compiled ?? null, policy?.slots, how);
  return createDegradedDecide(policy.compiled, policy.slots, how, degradedDecision);
}

const markerOf = ({ series, codes }: References): ReturnType<typeof createMarker> =>
  createMarker(series, codes);

/** Decodes events for all versions of a plan. `seenBy` returns what each version uses. */
export function createStreamDecoder(
  { projection, readers, carry }: Pick<StreamPlan, 'projection' | 'readers' | 'carry'>,
  {
    settings,
    registry,
    now,
    badIds,
  }: Omit<StagesOptions, 'schemaId' | 'onMissing' | 'onRule' | 'list' | 'monitors'>,
): Decode {
  const schemasOf = (topic: string, reader: SchemaNode): Schemas =>
    new Schemas({
      registry,
      reader,
      projection,
      carry,
      types: settings.input.types,
      now,
      unknownIdRetryMs: settings.schemaRegistry.unknownIdRetryMs,
      badIds: badIds?.get(topic),
    });
  const schemas = new Map([...readers].map(([topic, reader]) => [topic, schemasOf(topic, reader)]));
  return createDecoder({ projection, schemas });
}

/**
 * The events as a version sees them. An event is skipped if the column is null: it has nothing to
 * score.
 */
export function seenBy(version: number, decoded: Events, skipSlot: number | undefined): Events {
  const events = eventsFor(decoded, version);
  if (skipSlot === undefined) return events;
  const { state } = events.columns[skipSlot]!;
  for (let row = 0; row < state.length; row++)
    if (state[row] === NULL) events.fates.skip(row, NULL_FIELD);
  return events;
}
