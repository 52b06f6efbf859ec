import type { SchemaRegistry } from '../decode/registry.ts';
import type { BadIds } from '../decode/bad-ids.ts';
import { createDecoder } from '../decode/decoder.ts';
import { Schemas } from '../decode/schemas.ts';
import { createDecide } from '../decide/bands.ts';
import { createScoreEncoder } from '../encode/score-encoder.ts';
import { NULL } from '../flow/events.ts';
import { NULL_FIELD } from '../flow/fates.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { createMapper } from '../map/mapper.ts';
import { createMissingObserver, type OnMissing } from '../map/missing-observer.ts';
import type { Settings } from '../config/settings.ts';
import type { Stages } from '../pipeline.ts';
import type { ScoringPlan } from './scoring-plan.ts';

export interface StagesOptions {
  readonly settings: Settings;
  readonly registry: Pick<SchemaRegistry, 'byId'>;
  /** Id of the score records' schema. */
  readonly schemaId: number;
  readonly now: () => number;
  readonly onMissing?: OnMissing;
  /** What is known of ids that are of no use, by topic. */
  readonly badIds?: ReadonlyMap<string, BadIds>;
}

/** Builds the stages from a plan: the same for a stream, a file and a request. */
export function createStages(
  { stream, versions }: ScoringPlan,
  { settings, registry, schemaId, now, onMissing, badIds }: StagesOptions,
): Stages {
  const { projection, readers, carry, skipSlot } = stream;
  const [champion] = versions;
  const schemas = new Map([...readers].map(([topic, reader]) => [topic, schemasOf(topic, reader)]));
  const { decision } = settings;
  const decode = createDecoder({ projection, schemas });
  return {
    decode: skipSlot === undefined ? decode : skipping(decode, skipSlot),
    map: createMapper(champion.contract, champion.slots),
    infer: (tensors, rows) => champion.model.score(tensors, rows),
    decide: createDecide(
      decision === undefined ? null : { policy: decision.policy ?? null, bands: decision.bands },
    ),
    encode: createScoreEncoder({ schemaId }),
    ...(onMissing && {
      observe: createMissingObserver(champion.contract, champion.slots, onMissing),
    }),
  };

  function schemasOf(topic: string, reader: SchemaNode): Schemas {
    return new Schemas({
      registry,
      reader,
      fields: projection.fields,
      carry,
      types: settings.input.types,
      now,
      unknownIdRetryMs: settings.schemaRegistry.unknownIdRetryMs,
      badIds: badIds?.get(topic),
    });
  }
}

/** Events in which the column is null are skipped: there is nothing to score in them. */
function skipping(decode: Stages['decode'], slot: number): Stages['decode'] {
  return async (batch) => {
    const events = await decode(batch);
    const { state } = events.columns[slot]!;
    for (let row = 0; row < state.length; row++)
      if (state[row] === NULL) events.fates.skip(row, NULL_FIELD);
    return events;
  };
}
