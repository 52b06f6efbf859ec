import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError } from '../errors.ts';
import type { Batch } from '../flow/batch.ts';
import { VALUE, type Column } from '../flow/events.ts';
import { findPath, isFound } from '../flow/path.ts';
import type { ProjectedField } from '../flow/projection.ts';
import { latestSchema } from './latest-schema.ts';
import { createStreamDecoder } from './stages.ts';

const FIELDS = [
  { path: 'score', as: 'number' },
  { path: 'source.topic', as: 'text' },
  { path: 'source.partition', as: 'number' },
  { path: 'source.offset', as: 'number' },
  { path: 'model.name', as: 'text' },
  { path: 'model.version', as: 'text' },
  { path: 'model.sha256', as: 'text' },
  { path: 'decision', as: 'text' },
  { path: 'policy', as: 'text' },
  { path: 'decidedBy', as: 'text' },
  { path: 'scoredAt', as: 'number' },
  { path: 'eventTime', as: 'number' },
] as const;
export type ScoreField = (typeof FIELDS)[number]['path'];

/** What records of the output topic say. A record that cannot be read is not alive. */
export interface ReadScores {
  readonly isAlive: (row: number) => boolean;
  readonly text: (field: ScoreField, row: number) => string | null;
  readonly number: (field: ScoreField, row: number) => number | null;
}

export interface ScoreReadingOptions {
  readonly settings: Settings;
  readonly registry: Pick<SchemaRegistry, 'byId' | 'latest'>;
  /** The option that asks for the scores, for a message. */
  readonly where: string;
}

/**
 * Makes the function that reads records of the output topic, whichever version of the program wrote
 * them. Throws SUBJECT_NOT_FOUND if the registry does not know their schema.
 */
export async function openScoreReading({
  settings,
  registry,
  where,
}: ScoreReadingOptions): Promise<(batch: Batch) => Promise<ReadScores>> {
  const output = settings.output.topic;
  const node = await latestSchema(registry, output, where);
  const known = FIELDS.filter(({ path }) => isFound(findPath(node, path)));
  const fields = known.map((field): ProjectedField => ({ ...field, optional: true }));
  const slots = new Map<ScoreField, number>(known.map(({ path }, slot) => [path, slot]));
  const { types: _types, ...input } = settings.input;
  const decode = createStreamDecoder(
    {
      projection: { fields, carry: [] },
      readers: new Map([[output, node]]),
      carry: [],
    },
    { settings: { ...settings, input }, registry, now: Date.now },
  );
  return async (batch) => {
    const { columns, fates } = await decode(batch);
    const value = (field: ScoreField, row: number): string | number | null =>
      valueOf(columns, slots.get(field), row);
    return {
      isAlive: (row) => fates.isAlive(row),
      text: (field, row) => value(field, row) as string | null,
      number: (field, row) => value(field, row) as number | null,
    };
  };
}

function valueOf(
  columns: readonly Column[],
  slot: number | undefined,
  row: number,
): string | number | null {
  const column = slot === undefined ? undefined : columns[slot]!;
  return column?.state[row] === VALUE ? (column.values[row] as string | number) : null;
}

/** The record is none of ours. */
export function noScore(output: string, partition: number, offset: number | string): ScorerError {
  return new ScorerError({
    code: 'INPUT_INVALID',
    what: 'the record is not a score record of this program',
    where: `${output}-${partition}, offset ${offset}`,
  });
}
