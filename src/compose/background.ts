import { createReadStream } from 'node:fs';
import { extname, join } from 'node:path';
import type { Settings } from '../config/settings.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { Events } from '../flow/events.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { takeRows } from '../flow/take-rows.ts';
import type { InputTensor } from '../flow/tensors.ts';
import { isFile } from '../infer/bundle-files.ts';
import { NO_SCHEMA_ID } from './score-batch.ts';
import { oneWriter, recordOf } from './score-events.ts';
import type { Entry } from './score-records.ts';
import type { ModelVersion, ScoringPlan } from './scoring-plan.ts';
import { createStages } from './stages.ts';

/**
 * Most events of a background. Exact reasons of trees take as many times longer, and more events
 * hardly change them.
 */
const MAX_EVENTS = 2000;

/** Of the events that cannot be used, this many are reported. */
const MAX_REPORTED = 5;

export interface BackgroundRows {
  /** In the order of the inputs; without rows if the bundle has no background. */
  readonly tensors: readonly InputTensor[];
  readonly rows: number;
  /** The events themselves, some of which may be skipped. */
  readonly events: Events;
}

/**
 * The tensors of the events that reasons are relative to, made by the stages of the stream. Throws
 * EXPLAIN_BACKGROUND for what cannot be read, and for events that could not be scored.
 */
export async function readBackground(
  { stream }: ScoringPlan,
  version: ModelVersion,
  settings: Settings,
  signal?: AbortSignal,
): Promise<BackgroundRows> {
  const { bundle } = version;
  const [[topic, reader]] = [...stream.readers] as [[string, SchemaNode]];
  const { background } = bundle.description;
  const file = background === undefined ? undefined : join(bundle.folder, background);
  if (file !== undefined && !(await isFile(file)))
    throw wrong('the file of the background cannot be read', file);
  const { writer, entries } =
    file === undefined ? { writer: reader, entries: [] } : await read(file, reader, signal);
  const problems: Problem[] = [];
  const events = entries.flatMap((entry) => {
    if ('avro' in entry) return [entry];
    problems.push(unusable(file!, entry.index, `${entry.code}: ${entry.message}`));
    return [];
  });
  const stages = createStages(
    {
      stream: { ...stream, policy: undefined, readers: new Map([[topic, reader]]) },
      versions: [version],
    },
    { settings, registry: oneWriter(writer), schemaId: NO_SCHEMA_ID, now: Date.now },
  );
  const records = events.map(recordOf);
  const seen = await stages.decode({ topic, partition: 0, records, closedBy: 'end' });
  const tensors = stages.map(seen);
  for (const { row, code, message } of seen.fates.rejects)
    problems.push(unusable(file!, events[row]!.index, `${code}: ${message}`));
  if (problems.length > 0) throw new ScorerError(problems.slice(0, MAX_REPORTED));
  const rows = events.map((_, row) => row).filter((row) => seen.fates.isAlive(row));
  if (file !== undefined && rows.length === 0) throw wrong('the background has no events', file);
  return rows.length === events.length
    ? { tensors, rows: rows.length, events: seen }
    : { tensors: takeRows(tensors, rows), rows: rows.length, events: seen };
}

async function read(
  file: string,
  reader: SchemaNode,
  signal: AbortSignal | undefined,
): Promise<{ writer: SchemaNode; entries: readonly Entry[] }> {
  const { openEvents } = await import('./score-input.ts'); // with the codecs of containers
  const chunks = createReadStream(file, { signal });
  const format = extname(file) === '.avro' ? 'avro' : 'jsonl';
  try {
    const { writer, entries: all } = await openEvents(chunks, format, reader, file);
    const entries: Entry[] = [];
    for await (const entry of all)
      if (entries.push(entry) > MAX_EVENTS)
        throw wrong(`the background has more than ${MAX_EVENTS} events`, file);
    return { writer, entries };
  } catch (error) {
    if (!(error instanceof ScorerError) || error.code !== 'INPUT_INVALID') throw error;
    throw wrong(error.problems[0]!.what, file);
  } finally {
    chunks.destroy();
  }
}

function wrong(what: string, where: string): ScorerError {
  return new ScorerError({ code: 'EXPLAIN_BACKGROUND', what, where });
}

function unusable(file: string, index: number, why: string): Problem {
  return {
    code: 'EXPLAIN_BACKGROUND',
    what: `the event cannot be scored: ${why}`,
    where: `${file}:${index + 1}`,
    remedy: 'Remove the event, or make the background again with `stream-scorer profile`.',
  };
}
