import { z } from 'zod';
import { ScorerError, type Problem } from '../errors.ts';
import { parsePath } from '../flow/path.ts';
import { nearest } from '../runtime/nearest.ts';
import { plainYaml, type PlainYaml } from '../runtime/plain-yaml.ts';
import { PARTS, UNKNOWN_ONE_HOT, type FeatureSpec, type InputSpec, type Transform } from '../flow/features.ts';

/** model.yaml as it is written (contract of a bundle), and its compiled form. */

/** A limit against slips of the keyboard. */
const MOST_COLUMNS = 100_000;

const clip = z
  .strictObject({ min: z.number(), max: z.number() })
  .refine(({ min, max }) => min <= max, 'min must not be above max');
const scale = z.strictObject({ mean: z.number(), std: z.number().refine((std) => std !== 0, 'must not be 0') });
const transform = z.union([z.enum(['log', 'log1p']), z.strictObject({ clip }), z.strictObject({ scale })]);

const values = z.array(z.union([z.string(), z.number()])).min(1);
const different = values.refine((list) => new Set(list).size === list.length, 'lists a value twice');
const path = z
  .string()
  .refine((text) => parsePath(text) !== undefined, 'must be a path, as a.b, items[0].price or attributes["key"]');

const feature = z.union([
  path,
  z
    .strictObject({
      field: path.describe(
        'Path of the field in the event: a.b, an element items[0].price, an entry of a map attributes.key',
      ),
      missing: z.union([z.number(), z.nan(), z.string()]).optional().describe('Stands for null or absent'),
      categories: different.optional().describe('Values in order of their index'),
      oneHot: different.optional().describe('Values with a column each, 1 where it is the value'),
      unknown: z
        .union([z.number(), z.enum(UNKNOWN_ONE_HOT)])
        .optional()
        .describe(
          'For a value that is not listed: its index; or with oneHot zeros, or column for a last column of its own',
        ),
      vector: z
        .int()
        .min(1)
        .max(MOST_COLUMNS)
        .optional()
        .describe('The field is an array of so many numbers, a column each'),
      matrix: z
        .array(z.int().min(1))
        .min(2)
        .refine(
          (sizes) => sizes.reduce((all, size) => all * size, 1) <= MOST_COLUMNS,
          `has more than ${MOST_COLUMNS} numbers`,
        )
        .optional()
        .describe(
          'The field is an array of so many arrays of so many numbers, or of records with so many number fields',
        ),
      fields: z.array(z.string().min(1)).min(1).optional().describe('With matrix: the fields of its records, in order'),
      part: z.enum(PARTS).optional().describe('Part of a point in time; length: of an array, a map, a text, bytes'),
      timeZone: z.string().refine(isTimeZone, 'is not a time zone').optional().describe('IANA name; default UTC'),
      transform: z.union([transform, z.array(transform)]).optional(),
      clip: clip.optional(),
      scale: scale.optional(),
    })
    .superRefine((written, context) => {
      for (const message of conflictsOf(written)) context.addIssue({ code: 'custom', path: [], message });
    }),
]);

const sha256Digits = z
  .string()
  .regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits')
  .transform((digits) => digits.toLowerCase());

/** A label of a class; YAML reads no, yes and true as they are only in quotes. */
const label = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const schema = z.strictObject({
  file: z.string().min(1),
  sha256: sha256Digits,
  files: z
    .record(z.string().min(1), sha256Digits)
    .default({})
    .describe('Checksums of files beside the model: its weights'),
  inputs: z.record(z.string(), z.array(feature).min(1)),
  outputs: z
    .strictObject({
      score: z
        .strictObject({
          tensor: z.string().optional(),
          column: z.number().int().min(0).optional(),
          class: label.optional().describe('The class whose probability is the score, by its label'),
        })
        .refine(
          ({ column, class: name }) => column === undefined || name === undefined,
          'takes either column or class, not both',
        )
        .refine((given) => Object.values(given).some((value) => value !== undefined), 'needs tensor, column or class')
        .optional(),
      classes: z
        .array(label)
        .min(2)
        .refine((list) => new Set(list).size === list.length, 'lists a class twice')
        .optional(),
    })
    .default({}),
  golden: z.string().optional(),
  batchDependent: z
    .boolean()
    .default(false)
    .describe('The score depends on the batch around an event, so each event runs alone'),
  profile: z.string().optional(),
  warmup: z.array(z.number().int().min(1).max(1_000_000)).default([1, 64, 1024]),
});

type Feature = z.infer<typeof feature>;

export interface OutputSpec {
  readonly score?:
    | {
        readonly tensor?: string | undefined;
        readonly column?: number | undefined;
        /** Label of the class whose column is the score. */
        readonly class?: string | undefined;
      }
    | undefined;
  readonly classes?: readonly string[] | undefined;
}

export interface ModelDescription {
  readonly file: string;
  readonly sha256: string;
  /** Checksums of files beside the model, by name. */
  readonly files: Readonly<Record<string, string>>;
  readonly inputs: readonly InputSpec[];
  readonly outputs: OutputSpec;
  readonly golden: string | undefined;
  readonly profile: string | undefined;
  /** Each event runs alone. */
  readonly batchDependent: boolean;
  /** Batch sizes run before the version may score. */
  readonly warmup: readonly number[];
}

/** Parses model.yaml; throws MODEL_INVALID with every problem and its place. */
export function parseModelYaml(text: string, path: string): ModelDescription {
  const yaml = plainYaml(text);
  const at = (line: number | undefined, place = ''): string =>
    `${path}${line === undefined ? '' : `:${line}`} ${place}`.trim();
  const invalid = (what: string, steps: readonly PropertyKey[]): Problem => ({
    code: 'MODEL_INVALID',
    what,
    where: at(lineOf(yaml, steps), steps.join('.')),
  });
  const broken = yaml.flaws.find(({ error }) => error?.name !== 'YAMLWarning'); // the others follow from it
  if (broken !== undefined) {
    const remedy = "Correct the YAML; inside { } a path with brackets needs quotes ('items[0].price'), or write items.0.price."; // prettier-ignore
    const what = broken.message.split('\n')[0]!.replace(/:$/, '');
    const where = at(yaml.lines.linePos(broken.offset).line);
    throw new ScorerError({ code: 'MODEL_INVALID', what, where, ...(broken.error === undefined ? {} : { remedy }) });
  }
  const parsed = schema.safeParse(yaml.tree);
  if (!parsed.success) {
    const causes = parsed.error.issues.flatMap((issue) => causesOf(issue));
    throw new ScorerError(
      causes.map(({ message, path: steps, remedy }) => ({
        ...invalid(message, steps),
        ...(remedy === undefined ? {} : { remedy }),
      })),
    );
  }
  const { inputs, golden, profile, ...rest } = parsed.data;
  return {
    ...rest,
    golden,
    profile,
    inputs: Object.entries(inputs).map(([name, features]) => ({ name, features: features.map(compile) })),
  };
}

/** The line of what stands at a path, or of the nearest thing above it that stands somewhere. */
function lineOf({ placesAt, lines }: PlainYaml, path: readonly PropertyKey[]): number | undefined {
  const offset = placesAt(path).findLast(({ value }) => value?.range)?.value?.range?.[0];
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

interface Cause {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly remedy?: string;
}

/** All keys there are, whatever they stand in: a slip of the keyboard is near one of them. */
const KEYS = ['file', 'sha256', 'files', 'inputs', 'outputs', 'golden', 'profile', 'batchDependent', 'warmup', 'score', 'classes', 'tensor', 'column', 'class', 'field', 'missing', 'categories', 'oneHot', 'unknown', 'vector', 'matrix', 'fields', 'part', 'timeZone', 'transform', 'clip', 'scale', 'min', 'max', 'mean', 'std']; // prettier-ignore

function unknownKey(path: readonly PropertyKey[], key: string): Cause {
  const near = nearest(key, KEYS);
  const remedy = near === undefined ? {} : { remedy: `Did you mean ${near}?` };
  return { path: [...path, key], message: 'there is no such key', ...remedy };
}

/**
 * What is wrong inside, where a value fits none of several forms: zod itself only says that it does not. The form meant
 * is the one that is of the same kind (text, list, object); where none is, or several are, all are told.
 */
function causesOf(issue: z.core.$ZodIssue): Cause[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(issue.path, key));
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const forms = issue.errors.map((form) => form.flatMap(causesOf));
  const meant = issue.errors.flatMap((form, i) => (form.some(isAboutKind) ? [] : [forms[i]!]));
  if (meant.length === 1) return meant[0]!.map((cause) => ({ ...cause, path: [...issue.path, ...cause.path] }));
  return [{ path: issue.path, message: [...new Set(forms.flat().map(({ message }) => message))].join(' or ') }];
}

function isAboutKind({ code, path }: z.core.$ZodIssue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value' || code === 'invalid_union');
}

/** Keys that say two things at once about one feature. */
function conflictsOf(written: Readonly<Record<string, unknown>>): string[] {
  const has = (...keys: readonly string[]): string[] => keys.filter((key) => written[key] !== undefined);
  const found: string[] = [];
  const lists = has('categories', 'oneHot');
  if (lists.length > 1) found.push('takes either categories or oneHot, not both');
  const beside = has('categories', 'oneHot', 'part');
  const several = has('vector', 'matrix');
  if (several.length > 1) found.push('takes either vector or matrix, not both');
  if (beside.length > 0 && several.length > 0) found.push(`takes either ${several[0]} or ${beside[0]}, not both`);
  if (has('fields').length > 0 && !several.includes('matrix')) found.push('takes fields only with matrix');
  if (has('oneHot').length > 0 && has('transform', 'clip', 'scale').length > 0) {
    found.push('takes no transform with oneHot');
  }
  if (has('timeZone').length > 0 && !has('part').some((key) => written[key] !== 'length')) {
    found.push('takes timeZone only with a part of a time');
  }
  const { unknown } = written;
  if (unknown === undefined) return found;
  if (lists.length === 0) found.push('takes unknown only with categories or oneHot');
  else if (lists[0] === 'oneHot' && typeof unknown === 'number') found.push('takes zeros or column for unknown, with oneHot'); // prettier-ignore
  else if (lists[0] === 'categories' && typeof unknown !== 'number') found.push('takes a number for unknown, with categories'); // prettier-ignore
  return found;
}

function compile(written: Feature): FeatureSpec {
  if (typeof written === 'string') return { field: written, transforms: [] };
  const { transform: first, clip: clipped, scale: scaled, ...rest } = written;
  const transforms = [...(first === undefined ? [] : [first].flat()).map(compileTransform)];
  if (clipped !== undefined) transforms.push({ kind: 'clip', ...clipped });
  if (scaled !== undefined) transforms.push({ kind: 'scale', ...scaled });
  return { ...definedOnly(rest), transforms };
}

function compileTransform(written: z.infer<typeof transform>): Transform {
  if (typeof written === 'string') return { kind: written };
  return 'clip' in written ? { kind: 'clip', ...written.clip } : { kind: 'scale', ...written.scale };
}

/** Leaves out keys that are there without a value, which the compiled form does not have. */
function definedOnly<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as never;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
