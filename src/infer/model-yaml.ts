import { parseDocument } from 'yaml';
import { z } from 'zod';
import { ScorerError, type Problem } from '../errors.ts';
import { TIME_PARTS, type FeatureSpec, type InputSpec, type Transform } from '../flow/features.ts';

/** model.yaml as it is written (contract of a bundle), and its compiled form. */

const clip = z.strictObject({ min: z.number(), max: z.number() });
const scale = z.strictObject({ mean: z.number(), std: z.number().refine((std) => std !== 0, 'must not be 0') });
const transform = z.union([z.enum(['log', 'log1p']), z.strictObject({ clip }), z.strictObject({ scale })]);

const feature = z.union([
  z.string().min(1),
  z
    .strictObject({
      field: z.string().min(1).describe('Path of the field in the event, with dots'),
      missing: z.union([z.number(), z.nan(), z.string()]).optional().describe('Stands for null or absent'),
      categories: z
        .array(z.union([z.string(), z.number()]))
        .min(1)
        .optional()
        .describe('Values in order of their index'),
      unknown: z.number().optional().describe('Index of a value that is not in categories'),
      part: z.enum(TIME_PARTS).optional().describe('Part of a point in time'),
      timeZone: z.string().refine(isTimeZone, 'is not a time zone').optional().describe('IANA name; default UTC'),
      transform: z.union([transform, z.array(transform)]).optional(),
      clip: clip.optional(),
      scale: scale.optional(),
    })
    .refine((f) => f.categories === undefined || f.part === undefined, 'takes either categories or part, not both'),
]);

const schema = z.strictObject({
  file: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits'),
  inputs: z.record(z.string(), z.array(feature).min(1)),
  outputs: z
    .strictObject({
      score: z.strictObject({ tensor: z.string(), column: z.number().int().min(0).optional() }).optional(),
      classes: z
        .array(z.union([z.string(), z.number()]).transform(String))
        .min(2)
        .optional(),
    })
    .default({}),
  golden: z.string().optional(),
  profile: z.string().optional(),
  warmup: z.array(z.number().int().min(1).max(1_000_000)).default([1, 64, 1024]),
});

type Feature = z.infer<typeof feature>;

export interface OutputSpec {
  readonly score?: { readonly tensor: string; readonly column?: number | undefined } | undefined;
  readonly classes?: readonly string[] | undefined;
}

export interface ModelDescription {
  readonly file: string;
  readonly sha256: string;
  readonly inputs: readonly InputSpec[];
  readonly outputs: OutputSpec;
  readonly golden: string | undefined;
  readonly profile: string | undefined;
  /** Batch sizes run before the version may score. */
  readonly warmup: readonly number[];
}

/** Parses model.yaml; throws MODEL_INVALID with every problem and its place. */
export function parseModelYaml(text: string, path: string): ModelDescription {
  const document = parseDocument(text);
  const invalid = (what: string, at = ''): Problem => ({ code: 'MODEL_INVALID', what, where: `${path} ${at}`.trim() });
  if (document.errors.length > 0) throw new ScorerError(document.errors.map((error) => invalid(error.message)));
  const parsed = schema.safeParse(document.toJS());
  if (!parsed.success) {
    const causes = parsed.error.issues.flatMap((issue) => causesOf(issue));
    throw new ScorerError(causes.map(({ message, path: at }) => invalid(message, at.join('.'))));
  }
  const { inputs, sha256, golden, profile, ...rest } = parsed.data;
  return {
    ...rest,
    golden,
    profile,
    sha256: sha256.toLowerCase(),
    inputs: Object.entries(inputs).map(([name, features]) => ({ name, features: features.map(compile) })),
  };
}

interface Cause {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * What is wrong inside, where a value fits none of several forms: zod itself only says that it does not. The form meant
 * is the one that is of the same kind (text, list, object); where none is, or several are, all are told.
 */
function causesOf(issue: z.core.$ZodIssue): Cause[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const forms = issue.errors.map((form) => form.flatMap(causesOf));
  const meant = issue.errors.flatMap((form, i) => (form.some(isAboutKind) ? [] : [forms[i]!]));
  if (meant.length === 1) return meant[0]!.map(({ path, message }) => ({ path: [...issue.path, ...path], message }));
  return [{ path: issue.path, message: [...new Set(forms.flat().map(({ message }) => message))].join(' or ') }];
}

function isAboutKind({ code, path }: z.core.$ZodIssue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value' || code === 'invalid_union');
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
