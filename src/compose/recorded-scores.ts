import { RecordedScores } from '../compare/recorded-scores.ts';
import type { SideIdentity } from '../compare/report.ts';
import type { Settings } from '../config/settings.ts';
import type { Bound, RangeReader } from '../consume/range-reader.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError } from '../errors.ts';
import type { Batch } from '../flow/batch.ts';
import { VALUE, type Column } from '../flow/events.ts';
import { findPath, isFound } from '../flow/path.ts';
import type { ProjectedField } from '../flow/projection.ts';
import { untilAvailable } from '../runtime/retry.ts';
import { createStreamDecoder } from './stages.ts';

/** Some 550 MB. */
const MAX_RECORDED = 20_000_000;
/** A score is written after its event, but the clocks of the two writers may differ. */
const CLOCKS_MS = 3_600_000;

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
] as const;
type Name = (typeof FIELDS)[number]['path'];

/** What the output topic says, and who says it. */
export interface RecordedSide {
  readonly scores: RecordedScores;
  readonly model: SideIdentity['model'];
  readonly policy: string | null;
}

export interface RecordedOptions {
  readonly settings: Settings;
  /** The input topic whose scores are read. */
  readonly topic: string;
  /** Where the range of the input topic begins. */
  readonly from: Bound | undefined;
  readonly reader: RangeReader;
  readonly registry: Pick<SchemaRegistry, 'byId' | 'latest'>;
  readonly signal: AbortSignal;
}

/** Reads the score records of an input topic, up to the end that the output topic has now. */
export async function readRecorded(options: RecordedOptions): Promise<RecordedSide> {
  const { settings, topic, from, reader, registry, signal } = options;
  const output = settings.output.topic;
  const subject = `${output}-value`;
  const latest = await registry.latest(subject);
  if (latest === undefined) {
    const what = `the schema registry has no subject ${subject}`;
    throw new ScorerError({ code: 'SUBJECT_NOT_FOUND', what, where: '--recorded' });
  }
  const known = FIELDS.filter(({ path }) => isFound(findPath(latest.node, path)));
  const fields = known.map((field): ProjectedField => ({ ...field, optional: true }));
  const slots = new Map<Name, number>(known.map(({ path }, slot) => [path, slot]));
  const { types: _types, ...input } = settings.input;
  const decode = createStreamDecoder(
    {
      projection: { fields, carry: [] },
      readers: new Map([[output, latest.node]]),
      carry: [],
    },
    { settings: { ...settings, input }, registry, now: Date.now },
  );
  const scores = new RecordedScores(MAX_RECORDED);
  const models = new Map<string, SideIdentity['model']>();
  const policies = new Set<string>();
  const add = async (batch: Batch): Promise<void> => {
    const { columns, fates } = await decode(batch);
    const at = (name: Name, row: number): string | number | null =>
      valueOf(columns, slots.get(name), row);
    batch.records.forEach(({ offset }, row) => {
      if (!fates.isAlive(row) || at('source.topic', row) !== topic) return;
      const score = at('score', row);
      if (typeof score !== 'number') throw noScore(output, batch.partition, offset);
      const text = (name: Name): string | null => at(name, row) as string | null;
      scores.add(at('source.partition', row) as number, at('source.offset', row) as number, {
        score,
        decision: text('decision'),
        decidedBy: text('decidedBy'),
      });
      const sha256 = text('model.sha256') ?? '';
      const version = text('model.version') ?? '';
      models.set(`${version} ${sha256}`, { name: text('model.name') ?? '', version, sha256 });
      const policy = text('policy');
      if (policy !== null) policies.add(policy);
    });
  };
  const start = from !== undefined && 'time' in from ? { time: from.time - CLOCKS_MS } : undefined;
  for await (const { partition, records } of reader.read({ topic: output, from: start, signal })) {
    const batch: Batch = { topic: output, partition, records, closedBy: 'end' };
    await untilAvailable(() => add(batch), { signal });
  }
  return { scores, model: oneOf([...models.values()]), policy: severalOf([...policies]) };
}

/** Several versions may have decided in a range. */
function oneOf(models: readonly SideIdentity['model'][]): SideIdentity['model'] {
  const [first = { name: '', version: '(none)', sha256: '' }, ...others] = models;
  if (others.length === 0) return first;
  return { ...first, version: models.map(({ version }) => version).join(', '), sha256: '' };
}

/** The place in a list is a part of the name of a policy, so there may be very many. */
function severalOf(names: readonly string[]): string | null {
  if (names.length === 0) return null;
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return `${names.slice(0, 3).join(', ')}${more}`;
}

function valueOf(
  columns: readonly Column[],
  slot: number | undefined,
  row: number,
): string | number | null {
  const column = slot === undefined ? undefined : columns[slot]!;
  return column?.state[row] === VALUE ? (column.values[row] as string | number) : null;
}

function noScore(output: string, partition: number, offset: number | string): ScorerError {
  return new ScorerError({
    code: 'INPUT_INVALID',
    what: 'the record is not a score record of this program',
    where: `${output}-${partition}, offset ${offset}`,
  });
}
