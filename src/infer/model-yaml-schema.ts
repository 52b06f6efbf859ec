import { z } from 'zod';
import { PARTS, UNKNOWN_ONE_HOT } from '../flow/features.ts';
import { parsePath } from '../flow/path.ts';

/** model.yaml as it is written: the contract of a bundle. */

/** A limit against typing errors. */
const MAX_COLUMNS = 100_000;

const clip = z
  .strictObject({ min: z.number(), max: z.number() })
  .refine(({ min, max }) => min <= max, 'min must not be above max');
const scale = z.strictObject({
  mean: z.number(),
  std: z.number().refine((std) => std !== 0, 'must not be 0'),
});
export const transform = z.union([
  z.enum(['log', 'log1p']),
  z.strictObject({ clip }),
  z.strictObject({ scale }),
]);

const values = z.array(z.union([z.string(), z.number()])).min(1);
const different = values.refine(
  (list) => new Set(list).size === list.length,
  'lists the same value twice',
);
export const path = z
  .string()
  .refine(
    (text) => parsePath(text) !== undefined,
    'must be a path, such as a.b, items[0].price or attributes["key"]',
  );

export const feature = z.union([
  path,
  z
    .strictObject({
      field: path.describe(
        'Path of the field in the event: a.b; an element: items[0].price; an entry of a map: attributes.key',
      ),
      missing: z
        .union([z.number(), z.nan(), z.string()])
        .optional()
        .describe('Value that is used if the field is null or absent'),
      categories: different.optional().describe('Values in the order of their index'),
      oneHot: different
        .optional()
        .describe('Values that get one column each; the column of the value is 1'),
      unknown: z
        .union([z.number(), z.enum(UNKNOWN_ONE_HOT)])
        .optional()
        .describe(
          'What a value that is not listed becomes: an index; with oneHot, zeros, or column for one more column at the end',
        ),
      vector: z
        .int()
        .min(1)
        .max(MAX_COLUMNS)
        .optional()
        .describe('The field is an array of this many numbers, one column each'),
      matrix: z
        .array(z.int().min(1))
        .min(2)
        .refine(
          (sizes) => sizes.reduce((all, size) => all * size, 1) <= MAX_COLUMNS,
          `has more than ${MAX_COLUMNS} numbers`,
        )
        .optional()
        .describe(
          'Dimensions of the field: an array of arrays of numbers, or an array of records with number fields',
        ),
      fields: z
        .array(z.string().min(1))
        .min(1)
        .optional()
        .describe('With matrix: the fields of its records, in the order of the columns'),
      part: z
        .enum(PARTS)
        .optional()
        .describe('Part of a time; length: the length of an array, a map, a string or bytes'),
      timeZone: z
        .string()
        .refine(isTimeZone, 'is not a time zone')
        .optional()
        .describe('IANA name of a time zone; default: UTC'),
      transform: z.union([transform, z.array(transform)]).optional(),
      clip: clip.optional(),
      scale: scale.optional(),
    })
    .superRefine((written, context) => {
      for (const message of conflictsOf(written))
        context.addIssue({ code: 'custom', path: [], message });
    }),
]);

const sha256Digits = z
  .string()
  .regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits')
  .transform((digits) => digits.toLowerCase());

/** A label of a class. YAML reads no, yes and true as strings only in quotes. */
const label = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const reason = z.strictObject({
  label: z.string().min(1).optional().describe('The field in words'),
  group: z
    .string()
    .min(1)
    .optional()
    .describe('Fields of one group are one reason: their contributions are added'),
  code: z.string().min(1).optional().describe('Code of the reason, the same for all of a group'),
});

export const schema = z.strictObject({
  file: z.string().min(1),
  sha256: sha256Digits,
  files: z
    .record(z.string().min(1), sha256Digits)
    .default({})
    .describe('Checksums of the files with the weights of the model'),
  inputs: z.record(z.string(), z.array(feature).min(1)),
  outputs: z
    .strictObject({
      score: z
        .strictObject({
          tensor: z.string().optional(),
          column: z.number().int().min(0).optional(),
          class: label.optional().describe('Label of the class whose probability is the score'),
        })
        .refine(
          ({ column, class: name }) => column === undefined || name === undefined,
          'takes either column or class, not both',
        )
        .refine(
          (given) => Object.values(given).some((value) => value !== undefined),
          'needs tensor, column or class',
        )
        .optional(),
      classes: z
        .array(label)
        .min(2)
        .refine((list) => new Set(list).size === list.length, 'lists the same class twice')
        .optional(),
    })
    .default({}),
  golden: z.string().optional(),
  batchDependent: z
    .boolean()
    .default(false)
    .describe('The score of an event depends on its batch, so each event runs alone'),
  profile: z.string().optional(),
  background: z
    .string()
    .regex(/\.(jsonl|avro)$/, 'must be a .jsonl or .avro file')
    .optional()
    .describe('Events that reasons are relative to'),
  labels: z
    .record(z.string().min(1), reason)
    .default({})
    .describe('Words, groups and codes of reasons, by the field of the event'),
  warmup: z.array(z.number().int().min(1).max(1_000_000)).default([1, 64, 1024]),
});

/** Conflicting keys of one feature. */
function conflictsOf(written: Readonly<Record<string, unknown>>): string[] {
  const has = (...keys: readonly string[]): string[] =>
    keys.filter((key) => written[key] !== undefined);
  const found: string[] = [];
  const lists = has('categories', 'oneHot');
  if (lists.length > 1) found.push('takes either categories or oneHot, not both');
  const beside = has('categories', 'oneHot', 'part');
  const several = has('vector', 'matrix');
  if (several.length > 1) found.push('takes either vector or matrix, not both');
  if (beside.length > 0 && several.length > 0)
    found.push(`takes either ${several[0]} or ${beside[0]}, not both`);
  if (has('fields').length > 0 && !several.includes('matrix'))
    found.push('takes fields only together with matrix');
  if (has('oneHot').length > 0 && has('transform', 'clip', 'scale').length > 0) {
    found.push('cannot have a transform together with oneHot');
  }
  if (has('timeZone').length > 0 && !has('part').some((key) => written[key] !== 'length')) {
    found.push('takes timeZone only together with a part of a time');
  }
  const { unknown } = written;
  if (unknown === undefined) return found;
  if (lists.length === 0) found.push('takes unknown only together with categories or oneHot');
  else if (lists[0] === 'oneHot' && typeof unknown === 'number')
    found.push('takes only zeros or column for unknown together with oneHot');
  else if (lists[0] === 'categories' && typeof unknown !== 'number')
    found.push('takes only a number for unknown together with categories');
  return found;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
