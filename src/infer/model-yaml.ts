import type { z } from 'zod';
import { ScorerError, type Problem } from '../errors.ts';
import { nearest } from '../runtime/nearest.ts';
import { plainYaml, type PlainYaml } from '../runtime/plain-yaml.ts';
import {
  compile,
  type Cause,
  type ExaminedModelYaml,
  type ModelDescription,
} from './model-description.ts';
import { schema } from './model-yaml-schema.ts';
import { remainderOf } from './model-yaml-remainder.ts';

/**
 * Parses model.yaml and returns every problem with its place. Throws MODEL_INVALID only if nothing
 * can be read; otherwise the caller can examine the rest.
 */
export function examineModelYaml(text: string, path: string): ExaminedModelYaml {
  const yaml = plainYaml(text);
  const at = (line: number | undefined, place = ''): string =>
    `${path}${line === undefined ? '' : `:${line}`} ${place}`.trim();
  // the other errors follow from it
  const broken = yaml.flaws.find(({ error }) => error?.name !== 'YAMLWarning');
  if (broken !== undefined) {
    const remedy =
      "Correct the YAML. Inside { }, a path with brackets needs quotes ('items[0].price'). Or write items.0.price.";
    const what = broken.message.split('\n')[0]!.replace(/:$/, '');
    const where = at(yaml.lines.linePos(broken.offset).line);
    throw new ScorerError({
      code: 'MODEL_INVALID',
      what,
      where,
      ...(broken.error === undefined ? {} : { remedy }),
    });
  }
  const parsed = schema.safeParse(yaml.tree);
  if (parsed.success)
    return { description: described(parsed.data), doubtful: new Set(), problems: [] };
  const causes = parsed.error.issues.flatMap((issue) => causesOf(issue));
  // A key that is missing because it is misspelt is reported for the misspelt key.
  const meant = new Set(
    causes.flatMap(({ path: steps, near }) =>
      near === undefined ? [] : [[...steps.slice(0, -1), near].join('.')],
    ),
  );
  const told = causes.filter(({ path: steps }) => !meant.has(steps.join('.')));
  const problems = told.map(({ message, path: steps, near }): Problem => ({
    code: 'MODEL_INVALID',
    what: message,
    where: at(lineOf(yaml, steps), steps.join('.')),
    ...(near === undefined ? {} : { remedy: `Did you mean ${near}?` }),
  }));
  const rest = remainderOf(yaml.tree, causes);
  if (rest === undefined) throw new ScorerError(problems);
  return { ...rest, problems };
}

function described({
  inputs,
  golden,
  profile,
  background,
  ...rest
}: z.infer<typeof schema>): ModelDescription {
  return {
    ...rest,
    golden,
    profile,
    background,
    inputs: Object.entries(inputs).map(([name, features]) => ({
      name,
      features: features.map(compile),
    })),
  };
}

/** The line of a path, or of the nearest place above it. */
function lineOf({ placesAt, lines }: PlainYaml, path: readonly PropertyKey[]): number | undefined {
  const offset = placesAt(path).findLast(({ value }) => value?.range)?.value?.range?.[0];
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

/** All keys, wherever they are. A misspelt key is similar to one of them. */
const KEYS = [
  'file',
  'sha256',
  'files',
  'inputs',
  'outputs',
  'golden',
  'profile',
  'background',
  'labels',
  'label',
  'group',
  'code',
  'batchDependent',
  'warmup',
  'score',
  'classes',
  'tensor',
  'column',
  'class',
  'field',
  'missing',
  'categories',
  'oneHot',
  'unknown',
  'vector',
  'matrix',
  'fields',
  'part',
  'timeZone',
  'transform',
  'clip',
  'scale',
  'min',
  'max',
  'mean',
  'std',
];

function unknownKey(path: readonly PropertyKey[], key: string): Cause {
  const near = nearest(key, KEYS);
  return {
    path: [...path, key],
    message: 'this key does not exist',
    ...(near === undefined || near === key ? {} : { near }),
  };
}

/**
 * The inner problem of a value that fits none of several forms: zod only says that it fits none.
 * The form with the same type as the value (string, list, object) was meant. If there is none, or
 * more than one, all are reported.
 */
function causesOf(issue: z.core.$ZodIssue): Cause[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(issue.path, key));
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const forms = issue.errors.map((form) => form.flatMap(causesOf));
  const meant = issue.errors.flatMap((form, i) => (form.some(isAboutKind) ? [] : [forms[i]!]));
  if (meant.length === 1)
    return meant[0]!.map((cause) => ({ ...cause, path: [...issue.path, ...cause.path] }));
  return [
    {
      path: issue.path,
      message: [...new Set(forms.flat().map(({ message }) => message))].join(' or '),
    },
  ];
}

function isAboutKind({ code, path }: z.core.$ZodIssue): boolean {
  return (
    path.length === 0 &&
    (code === 'invalid_type' || code === 'invalid_value' || code === 'invalid_union')
  );
}
