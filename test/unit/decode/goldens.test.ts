import { readFileSync } from 'node:fs';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { CarryPlanner } from '../../../src/decode/carry-plan.ts';
import { rewriteBy } from '../../../src/decode/carry-rewrite.ts';
import { jsonText } from '../../../src/decode/json-text.ts';
import { Resolver } from '../../../src/decode/resolve.ts';
import { parseText } from '../../../src/decode/schema-text.ts';
import { isWalkError } from '../../../src/decode/read-error.ts';
import { VALUE } from '../../../src/flow/events.ts';
import { framed, fatesOf, givenDecoder, number, text } from '../../support/avro-given.ts';

interface Golden {
  readonly about: string;
  readonly writer: unknown;
  readonly reader: unknown;
  /** Who is right where the two disagree, or what is; and why. */
  readonly right?: 'java' | 'fastavro' | { readonly bytes: readonly (string | null)[] };
  readonly why?: string;
  /**
   * Bytes by the writer's schema; by the reader's as Java resolves them; as JSON, as fastavro does.
   * null: no resolution.
   */
  readonly cases: readonly (readonly [string, string | null, string | null])[];
}

// Digits of defaults are kept, as the registry's answers keep them.
const GOLDENS = parseText(readFileSync('test/data/avro-goldens.json', 'utf8')) as Golden[];

/**
 * JSON in one form: the order of keys and the ways to write a number say nothing. All digits are in
 * Java's bytes.
 */
const canonical = (json: string): string =>
  JSON.stringify(JSON.parse(json), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

const plainOf = (golden: Golden): ((hex: string) => string) => {
  const json = jsonText(parseSchema(golden.reader));
  return (hex) => canonical(json(Buffer.from(hex, 'hex')));
};

/**
 * The right values: as bytes, and as JSON where only fastavro has one, which does not tell the
 * branch of a union.
 */
function* rightOf(
  golden: Golden,
): Generator<{ bytes: string; right: string | null; json: string | null }> {
  const plain = plainOf(golden);
  for (const [i, [bytes, java, fastavro]] of golden.cases.entries()) {
    const [mine, other] = [
      java === null ? null : plain(java),
      fastavro === null ? null : canonical(fastavro),
    ];
    const { right } = golden;
    if (mine === other && typeof right !== 'object') yield { bytes, right: java, json: mine };
    else if (right === 'fastavro')
      yield { bytes, right: other === null ? null : 'by its JSON', json: other };
    else if (right === 'java') yield { bytes, right: java, json: mine };
    else if (right !== undefined)
      yield {
        bytes,
        right: right.bytes[i]!,
        json: right.bytes[i] === null ? null : plain(right.bytes[i]!),
      };
    else throw new Error(`nobody has decided about ${golden.about}`);
  }
}

function carried({ writer, reader }: Golden, bytes: string): string | null {
  const plan = new CarryPlanner(new Resolver()).plan(parseSchema(writer), parseSchema(reader));
  try {
    return rewriteBy(plan)(Buffer.from(bytes, 'hex')).toString('hex');
  } catch (error) {
    if (isWalkError(error) && (error.code === 'FIELD_TYPE' || error.code === 'AVRO_INVALID'))
      return null;
    throw error;
  }
}

describe('resolution against Avro for Java and fastavro', () => {
  it('has at least 300 pairs by a seed and 300 by hand', () => {
    const seeded = GOLDENS.filter(({ about }) => about.startsWith('seed '));
    expect(seeded.length).toBeGreaterThanOrEqual(300);
    expect(GOLDENS.length - seeded.length).toBeGreaterThanOrEqual(300);
  });

  it('rewrites carried bytes to the same values, or none', () => {
    const wrong: unknown[] = [];
    for (const golden of GOLDENS) {
      const plain = plainOf(golden);
      for (const { bytes, right, json } of rightOf(golden)) {
        const ours = carried(golden, bytes);
        const same =
          right === 'by its JSON' ? ours !== null && plain(ours) === json : ours === right;
        if (!same) wrong.push([golden.about, bytes, { ours, right, json }]);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('reads features as the same values, or none', async () => {
    const wrong: unknown[] = [];
    let compared = 0;
    for (const golden of GOLDENS) {
      const fields = featuresOf(golden.reader);
      if (fields.length === 0) continue;
      const { decode } = givenDecoder({
        reader: golden.reader,
        writers: { 1: golden.writer },
        fields,
      });
      for (const { bytes, json } of rightOf(golden)) {
        const events = await decode([framed(1, Buffer.from(bytes, 'hex'))]);
        const right = json === null ? null : (JSON.parse(json) as unknown);
        for (const [slot, { path }] of fields.entries()) {
          const column = events.columns[slot]!;
          const read =
            fatesOf(events)[0] === 'alive' && column.state[0] === VALUE ? column.values[0] : null;
          // What has no value as a whole may have one in a part.
          if (right === null && path !== 'f') continue;
          const value =
            path
              .split('.')
              .reduce<unknown>(
                (at, step) => (at as Record<string, unknown> | null)?.[step],
                right,
              ) ?? null;
          const plain = canonicalNumber(read);
          if (plain !== canonicalNumber(value))
            wrong.push([golden.about, bytes, path, { plain, value }]);
          compared++;
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(1000);
  });
});

/** Booleans are numbers; numbers that JSON has no digits for are null there. */
const canonicalNumber = (value: unknown): unknown =>
  typeof value === 'boolean'
    ? Number(value)
    : typeof value === 'string' || Number.isFinite(value)
      ? value
      : null;

/** Optional features of f, or of the fields of the record that f is. */
function featuresOf(reader: unknown) {
  const { fields } = reader as { fields: { type: unknown }[] };
  const of = (path: string, type: unknown): ReturnType<typeof number>[] => {
    const branches = [type].flat().filter((branch) => branch !== 'null');
    const [kind] = branches;
    if (branches.length !== 1) return [];
    if (['boolean', 'int', 'long', 'float', 'double'].includes(kind as string))
      return [number(path, true)];
    if (typeof kind === 'string')
      return kind === 'string' || kind === 'bytes' ? [text(path, true)] : [];
    const { type: inner, fields: below } = kind as {
      type: string;
      fields: { name: string; type: unknown }[];
    };
    if (inner === 'enum' || inner === 'fixed') return [text(path, true)];
    return inner === 'record' && path === 'f'
      ? below.flatMap((field) => of(`f.${field.name}`, field.type))
      : [];
  };
  return of('f', fields[0]!.type);
}
