import { parseSchema } from '../decode/avro-schema.ts';
import { jsonEncoder } from '../decode/avro-json.ts';
import { datumBoundaries } from '../decode/datum-boundaries.ts';
import { ScorerError } from '../errors.ts';
import { openContainer } from '../files/container-reader.ts';
import { parseExactJson } from '../files/exact-json.ts';
import { linesOf } from '../files/lines.ts';
import { unpackedText } from '../files/no-lines.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import type { Entry } from './score-records.ts';

export type Format = 'jsonl' | 'avro';

export interface EventInput {
  /** The schema that the entries' bytes are written by. */
  readonly writer: SchemaNode;
  readonly entries: AsyncGenerator<Entry>;
}

/**
 * Reads the bytes of a file as events. JSON is turned into Avro with the reader's schema; a
 * container has its own schema.
 */
export async function openEvents(
  chunks: AsyncIterable<Buffer>,
  format: Format,
  reader: SchemaNode,
  name: string,
): Promise<EventInput> {
  if (format === 'jsonl') {
    const lines = linesOf(unpackedText(chunks, name), name);
    return { writer: reader, entries: eventsOfLines(lines, reader) };
  }
  const { schema, blocks } = await openContainer(chunks, name);
  const writer = writerOf(schema, name);
  const ends = datumBoundaries(writer);
  async function* entries(): AsyncGenerator<Entry> {
    let index = 0;
    for await (const { count, bytes } of blocks) {
      let start = 0;
      for (const end of ends(bytes, count, `${name}, record ${index} and after`)) {
        yield { index: index++, avro: bytes.subarray(start, end) };
        start = end;
      }
    }
  }
  return { writer, entries: entries() };
}

/** Empty lines are left out and count as lines. */
async function* eventsOfLines(
  lines: AsyncIterable<string | undefined>,
  reader: SchemaNode,
): AsyncGenerator<Entry> {
  const encode = jsonEncoder(reader);
  let index = -1;
  for await (const text of lines) {
    index++;
    if (text?.trim() === '') continue;
    let entry: Entry;
    try {
      entry = { index, avro: encode(parse(text)) };
    } catch (error) {
      // The errors of avsc contain field values, so they are not passed on.
      const message =
        error instanceof ScorerError
          ? error.problems[0]!.what
          : 'the event does not fit the schema';
      entry = { index, stage: 'decode', code: 'INPUT_INVALID', message };
    }
    yield entry;
  }
}

function parse(text: string | undefined): unknown {
  if (text === undefined)
    throw new ScorerError({ code: 'INPUT_INVALID', what: 'the line is not UTF-8' });
  try {
    return parseExactJson(text);
  } catch (error) {
    if (error instanceof ScorerError) throw error;
    throw new ScorerError({ code: 'INPUT_INVALID', what: 'the line is not JSON' });
  }
}

function writerOf(schema: unknown, where: string): SchemaNode {
  try {
    return parseSchema(schema);
  } catch {
    throw new ScorerError({
      code: 'INPUT_INVALID',
      what: 'the schema in the header is not valid Avro',
      where,
    });
  }
}
