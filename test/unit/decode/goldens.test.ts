import { readFileSync } from 'node:fs';
import { parseSchema } from '../../../src/decode/avro-shape.ts';
import { CarryPlanner } from '../../../src/decode/carry-plan.ts';
import { rewriteBy } from '../../../src/decode/carry-rewrite.ts';
import { jsonText } from '../../../src/decode/json-text.ts';
import { Resolver } from '../../../src/decode/resolve.ts';
import { isWalkError } from '../../../src/decode/walk-error.ts';
import { VALUE } from '../../../src/flow/events.ts';
import { framed, fatesOf, givenDecoder, number, text } from '../../support/avro-given.ts';

interface Golden {
  readonly writer: unknown;
  readonly reader: unknown;
  /** Bytes by the writer's schema, and by the reader's after fastavro resolved them; null where it does not. */
  readonly cases: readonly (readonly [string, string | null])[];
}

const GOLDENS = JSON.parse(readFileSync('test/data/avro-goldens.json', 'utf8')) as Golden[];
const event = (type: unknown) => ({ type: 'record', name: 'Event', fields: [{ name: 'f', type }] });

/** The value without its branches, as the oracle has them. */
function carried({ writer, reader }: Golden, bytes: string): string {
  const shape = parseSchema(event(reader));
  const plan = new CarryPlanner(new Resolver()).plan(parseSchema(event(writer)), shape);
  try {
    return jsonText(shape)(rewriteBy(plan)(Buffer.from(bytes, 'hex')));
  } catch (error) {
    if (isWalkError(error) && error.code === 'FIELD_TYPE') return 'FIELD_TYPE';
    throw error;
  }
}

describe('resolution against fastavro', () => {
  it('has at least 300 pairs', () => {
    expect(GOLDENS.length).toBeGreaterThanOrEqual(300);
  });

  it('rewrites carried bytes to the same values, or none', () => {
    const wrong: unknown[] = [];
    for (const golden of GOLDENS) {
      const read = jsonText(parseSchema(event(golden.reader)));
      for (const [bytes, expected] of golden.cases) {
        const value = expected === null ? 'FIELD_TYPE' : read(Buffer.from(expected, 'hex'));
        const ours = carried(golden, bytes);
        if (ours !== value)
          wrong.push([JSON.stringify(golden.writer), JSON.stringify(golden.reader), bytes, { ours, value }]);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('reads features as the same values, or none', async () => {
    const wrong: unknown[] = [];
    for (const golden of GOLDENS) {
      const kind = [golden.reader].flat().find((branch) => branch !== 'null');
      const isText = kind === 'string' || (kind as { type?: string } | undefined)?.type === 'enum';
      if (!isText && !['int', 'long', 'float', 'double'].includes(kind as string)) continue;
      if ([golden.reader].flat().filter((branch) => branch !== 'null').length > 1) continue;
      const fields = [isText ? text('f', true) : number('f', true)];
      const { decode } = givenDecoder({ reader: event(golden.reader), writers: { 1: event(golden.writer) }, fields });
      const read = jsonText(parseSchema(event(golden.reader)));
      for (const [bytes, expected] of golden.cases) {
        if (expected === null) continue;
        const { f } = JSON.parse(read(Buffer.from(expected, 'hex'))) as { f: unknown };
        if (f === null) continue;
        const events = await decode([framed(1, Buffer.from(bytes, 'hex'))]);
        const [column] = events.columns;
        const ours = fatesOf(events)[0] === 'alive' && column!.state[0] === VALUE ? column!.values[0] : 'none';
        if (ours !== f) wrong.push([JSON.stringify(golden.writer), JSON.stringify(golden.reader), bytes, { ours, f }]);
      }
    }
    expect(wrong).toEqual([]);
  });
});
