import type { Blueprint } from './blueprint.ts';
import { jsonEncoder } from './decode/avro-json.ts';
import { ScorerError } from './errors.ts';
import type { Settings } from './config/settings.ts';
import type { InputRecord } from './flow/record.ts';
import { createPipeline } from './pipeline.ts';
import { createStages } from './stages.ts';

/** Stands in for a schema id: a file's events are written with the reader's own schema. */
const OWN_SCHEMA = 0;
const PREFIX_BYTES = 5;

/** What became of a line: its score record as Avro bytes, or why there is none. `line` counts from 1. */
export type Scored =
  | { readonly line: number; readonly value: Buffer }
  | { readonly line: number; readonly code: string; readonly message: string };

/**
 * Scores lines of JSON through the stages that records take, in batches of `batch.maxSize`, so that memory is bounded
 * whatever the length of the file. Empty lines are left out and count as lines. The offset of a record is the index of
 * its line, its topic is `name`.
 */
export async function* scoreLines(
  lines: AsyncIterable<string>,
  blueprint: Blueprint,
  settings: Settings,
  name: string,
): AsyncGenerator<Scored[]> {
  const [[topic, reader]] = [...blueprint.readers] as [[string, Parameters<typeof jsonEncoder>[0]]];
  const registry = { byId: () => Promise.resolve(reader) };
  const named = { ...blueprint, readers: new Map([[name, reader], [topic, reader]]) }; // prettier-ignore
  const stages = createStages(named, { settings, registry, schemaId: OWN_SCHEMA, now: Date.now });
  const pipeline = createPipeline(stages, Date.now);
  const encode = jsonEncoder(reader);
  let records: InputRecord[] = [];
  let refused: Scored[] = [];
  let line = 0;

  async function close(): Promise<Scored[]> {
    const done = [...refused];
    if (records.length > 0) {
      const lineOf = (row: number): number => Number(records[row]!.offset) + 1;
      const outcome = await pipeline({ topic: name, partition: 0, records, closedBy: 'end' });
      outcome.records.forEach(({ value }, i) => {
        done.push({ line: lineOf(outcome.rows[i]!), value: value!.subarray(PREFIX_BYTES) });
      });
      for (const { row, code, message } of outcome.fates.rejects) done.push({ line: lineOf(row), code, message });
    }
    records = [];
    refused = [];
    return done.sort((a, b) => a.line - b.line);
  }

  for await (const text of lines) {
    line++;
    if (text.trim() === '') continue;
    try {
      const prefix = Buffer.alloc(PREFIX_BYTES);
      const value = Buffer.concat([prefix, encode(parse(text))]);
      records.push({ offset: String(line - 1), timestamp: String(Date.now()), key: null, value });
    } catch (error) {
      // avsc says in its own words what does not fit, values among them: those are not passed on.
      const message = error instanceof ScorerError ? error.problems[0]!.what : 'the event does not fit the schema';
      refused.push({ line, code: 'INPUT_INVALID', message });
    }
    if (records.length + refused.length >= settings.batch.maxSize) yield await close();
  }
  yield await close();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ScorerError({ code: 'INPUT_INVALID', what: 'the line is not JSON' });
  }
}
