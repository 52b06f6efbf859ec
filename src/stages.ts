import type { Blueprint } from './blueprint.ts';
import type { SchemaRegistry } from './decode/registry.ts';
import { createDecoder } from './decode/decoder.ts';
import { Schemas } from './decode/schemas.ts';
import { createDecide } from './decide/bands.ts';
import { createScoreEncoder } from './encode/score-encoder.ts';
import { createMapper } from './map/mapper.ts';
import type { OnMissing } from './map/missing-counter.ts';
import type { Settings } from './config/settings.ts';
import type { Stages } from './pipeline.ts';

export interface StagesOptions {
  readonly settings: Settings;
  readonly registry: Pick<SchemaRegistry, 'byId'>;
  /** Id of the score records' schema. */
  readonly schemaId: number;
  readonly now: () => number;
  readonly onMissing?: OnMissing;
}

/** Builds the stages from a blueprint: the same for a stream, a file and a request. */
export function createStages(
  blueprint: Blueprint,
  { settings, registry, schemaId, now, onMissing }: StagesOptions,
): Stages {
  const { contract, needs, readers, carry, model } = blueprint;
  const schemas = new Map(
    [...readers].map(([topic, reader]) => [topic, new Schemas({ registry, reader, fields: needs.fields, carry, now })]),
  );
  const { decision } = settings;
  return {
    decode: createDecoder({ needs, schemas }),
    map: createMapper(contract, onMissing),
    infer: (tensors, rows) => model.score(tensors, rows),
    decide: createDecide(decision === undefined ? null : { policy: decision.policy ?? null, bands: decision.bands }),
    encode: createScoreEncoder({ schemaId }),
  };
}
