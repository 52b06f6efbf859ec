import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError } from '../errors.ts';
import {
  findCounterfactuals,
  type Change,
  type Changeable,
  type Counterfactual,
} from '../explain/counterfactual.ts';
import { valueOf } from '../explain/units.ts';
import type { Column, Events } from '../flow/events.ts';
import { Fates } from '../flow/fates.ts';
import type { InputRecord } from '../flow/record.ts';
import { killUnscored } from '../flow/unscored.ts';
import type { Stages } from '../pipeline.ts';
import { readBackground } from './background.ts';
import { repeatedColumn, setValue } from './changed-columns.ts';
import { NO_SCHEMA_ID } from './score-batch.ts';
import type { ModelVersion, ScoringPlan } from './scoring-plan.ts';
import { createStages } from './stages.ts';

export interface CounterfactualOptions {
  readonly plan: ScoringPlan;
  readonly settings: Settings;
  readonly registry: Pick<SchemaRegistry, 'byId'>;
  /** The topic of the events, or what stands for it. */
  readonly topic: string;
  readonly signal?: AbortSignal;
}

export interface CounterfactualAnswer {
  /** Null: the event has no decision, so nothing is looked for. */
  readonly decision: string | null;
  /** The smallest change first; one or two of a field, down and up. */
  readonly changes: readonly Counterfactual[];
}

/** Changes that are decided at once. */
const AT_ONCE = 1024;

/**
 * Makes what finds the smallest change of one field of an event that would give it a better
 * decision (for the best decision: another one). Every answer was decided by the stages of the
 * stream. Throws EXPLAIN_BACKGROUND where the bundle has no background: it says which values are
 * usual.
 */
export async function createCounterfactual({
  plan,
  settings,
  registry,
  topic,
  signal,
}: CounterfactualOptions): Promise<(record: InputRecord) => Promise<CounterfactualAnswer>> {
  const { stream, versions } = plan;
  const [version] = versions;
  const { events: background } = await readBackground(plan, version, settings, signal);
  if (background.fates.rows === 0)
    throw new ScorerError({
      code: 'EXPLAIN_BACKGROUND',
      what: 'the bundle names no background, so nobody knows which values of a field are usual',
      where: version.bundle.yamlFile,
    });
  const [[, first]] = [...stream.readers] as [[string, never]];
  const reader = stream.readers.get(topic) ?? first;
  const stages = createStages(
    { stream: { ...stream, readers: new Map([[topic, reader]]) }, versions: [version] },
    { settings, registry, schemaId: NO_SCHEMA_ID, now: Date.now },
  );
  const fields = allowedFields(version, settings);
  const paths = stream.projection.fields.map(({ path }) => path);
  const rankOf = ranksOf(plan);

  return async (record) => {
    const seen = await stages.decode({ topic, partition: 0, records: [record], closedBy: 'end' });
    const decide = (changes: readonly Change[]) =>
      decisionsOf(stages, changed(seen, paths, changes));
    const [decision] = await decide([{ field: '', value: 0 }]);
    if (decision === undefined || decision === null) return { decision: null, changes: [] };
    const rank = rankOf(decision);
    const changes = await findCounterfactuals({
      fields: fields.flatMap((field) => changeable(field, seen, background)),
      decide: async (all) => {
        const decisions: (string | null)[] = [];
        for (let from = 0; from < all.length; from += AT_ONCE)
          decisions.push(...(await decide(all.slice(from, from + AT_ONCE))));
        return decisions;
      },
      isWanted: (other) => (rank === 0 ? other !== decision : rankOf(other) < rank),
    });
    return { decision, changes };
  };
}

/** The place of a decision from good to bad; rules may have decisions that no band has. */
function ranksOf({ stream }: ScoringPlan): (decision: string) => number {
  const { bands = [], segments = [] } = stream.policy?.compiled ?? {};
  const lists = [bands, ...segments.map((segment) => segment.bands)];
  return (decision) => {
    const places = lists.map((list) => list.findIndex((band) => band.decision === decision));
    return Math.min(...places.map((place) => (place < 0 ? Infinity : place)));
  };
}

interface AllowedField {
  readonly field: string;
  readonly slot: number;
  readonly isWhole: boolean;
  /** Texts that the model knows. */
  readonly listed: readonly string[];
}

/** Fields with one number or one text, and no times: nobody can change when something happened. */
function allowedFields(
  { contract, slots }: ModelVersion,
  { explain }: Settings,
): readonly AllowedField[] {
  const allowed = explain?.counterfactual;
  const fields = new Map<string, AllowedField>();
  for (const { columns } of contract.inputs)
    for (const { spec, as, slot, type } of columns) {
      if (as === 'vector' || as === 'length') continue;
      if (allowed === undefined ? spec.part !== undefined : !allowed.includes(spec.field)) continue;
      const listed = [...(spec.categories ?? []), ...(spec.oneHot ?? [])].filter(
        (value) => typeof value === 'string',
      );
      const isWhole = /\b(int|long)\b/.test(type);
      fields.set(spec.field, { field: spec.field, slot: slots[slot]!, isWhole, listed });
    }
  return [...fields.values()];
}

function changeable(
  { field, slot, isWhole, listed }: AllowedField,
  seen: Events,
  background: Events,
): readonly Changeable[] {
  const column = background.columns[slot]!;
  const isText = column.as === 'text' || column.as === 'utf8';
  const known = Array.from({ length: background.fates.rows }, (_, row) => row)
    .filter((row) => background.fates.isAlive(row))
    .map((row) => valueOf(column, row))
    .filter((value) => typeof value === (isText ? 'string' : 'number')) as (number | string)[];
  const value = valueOf(seen.columns[slot], 0);
  if (!isText && typeof value !== 'number') return [];
  const kind = isText ? 'text' : isWhole ? 'whole' : 'number';
  return [{ field, value, kind, known: isText ? [...known, ...listed] : known }];
}

/** The event with each of the changes. */
function changed(seen: Events, paths: readonly string[], changes: readonly Change[]): Events {
  const rows = changes.length;
  const columns = seen.columns.map((column, i): Column => {
    const copies = repeatedColumn(column, rows);
    for (const [row, { field, value }] of changes.entries())
      if (paths[i] === field) setValue(copies, row, value);
    return copies;
  });
  const fates = new Fates(rows);
  const { batch } = seen;
  const [record] = batch.records;
  // A row that is not alive before the change may be alive after it, but for its bytes.
  if (!seen.fates.isAlive(0)) for (let row = 0; row < rows; row++) fates.skip(row);
  const records = new Array<InputRecord>(rows).fill(record!);
  return { ...seen, batch: { ...batch, records }, fates, columns, carried: [] };
}

async function decisionsOf(stages: Stages, events: Events): Promise<readonly (string | null)[]> {
  const { fates } = events;
  const tensors = stages.map(events);
  if (fates.alive === 0) return new Array<null>(fates.rows).fill(null);
  const scores = await stages.infer(tensors, fates.rows);
  killUnscored(scores, fates);
  const { index, names } = stages.decide(events, scores, stages.mark?.(events, tensors));
  return Array.from({ length: fates.rows }, (_, row) =>
    index !== null && fates.isAlive(row) ? names[index[row]!]! : null,
  );
}
