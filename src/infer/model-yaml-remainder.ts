import type { FeatureSpec, InputSpec } from '../flow/features.ts';
import {
  compile,
  type Cause,
  type ExaminedModelYaml,
  type ModelDescription,
  type OutputSpec,
} from './model-description.ts';
import { feature, path, schema } from './model-yaml-schema.ts';

type Section = Readonly<Record<string, unknown>>;

/** The valid part of a model.yaml, so `check` can examine it. Undefined if it is not a section. */
export function remainderOf(
  tree: unknown,
  causes: readonly Cause[],
): Omit<ExaminedModelYaml, 'problems'> | undefined {
  if (!isSection(tree)) return undefined;
  const doubtful = new Set(causes.flatMap(doubtsOf));
  const { shape } = schema;
  const sure = <T>(key: keyof typeof shape, otherwise: T): T => {
    const result = doubtful.has(key) ? undefined : shape[key].safeParse(own(tree, key));
    return result?.success === true ? (result.data as T) : otherwise;
  };
  const description: ModelDescription = {
    file: sure('file', ''),
    sha256: sure('sha256', ''),
    files: sure('files', {}),
    inputs: inputsOf(own(tree, 'inputs'), causes),
    outputs: doubtful.has('outputs') ? outputsOf(own(tree, 'outputs')) : sure('outputs', {}),
    golden: sure<string | undefined>('golden', undefined),
    profile: sure<string | undefined>('profile', undefined),
    background: sure<string | undefined>('background', undefined),
    labels: sure('labels', {}),
    batchDependent: sure('batchDependent', false),
    warmup: sure('warmup', []),
  };
  return { description, doubtful };
}

const OF_OUTPUTS = new Set(['score', 'classes', 'tensor', 'column', 'class']);

/**
 * The keys at the top that a mistake makes uncertain: the key that an unknown one may mean, or that
 * contains it.
 */
function doubtsOf({ path: [key, ...below], near }: Cause): string[] {
  if (below.length > 0) return [String(key)];
  return [
    String(key),
    ...(near === undefined ? [] : [near]),
    ...(OF_OUTPUTS.has(near ?? String(key)) ? ['outputs'] : []),
  ];
}

/** Every input with a name. If one of its columns is wrong, their number is unknown. */
function inputsOf(inputs: unknown, causes: readonly Cause[]): InputSpec[] {
  if (!isSection(inputs)) return [];
  return Object.entries(inputs).map(([name, list]) => {
    const wrong = causes.filter(({ path: [key, input] }) => key === 'inputs' && input === name);
    const bad = new Set(wrong.map(({ path: [, , index] }) => index));
    const features = (Array.isArray(list) ? list : []).map((written: unknown, i) =>
      bad.has(i) ? vagueFeature(written) : featureOf(written),
    );
    return { name, features, ...(wrong.length > 0 ? { vague: true } : {}) };
  });
}

function featureOf(written: unknown): FeatureSpec {
  const result = feature.safeParse(written);
  return result.success ? compile(result.data) : vagueFeature(written);
}

/** For a wrong column, the field may still be known. */
function vagueFeature(written: unknown): FeatureSpec {
  const field = path.safeParse(isSection(written) ? own(written, 'field') : written);
  return { field: field.success ? field.data : '', transforms: [], vague: true };
}

/** The named tensor can still be compared with the model. */
function outputsOf(outputs: unknown): OutputSpec {
  const score = isSection(outputs) ? own(outputs, 'score') : undefined;
  const tensor = isSection(score) ? own(score, 'tensor') : undefined;
  return { vague: true, ...(typeof tensor === 'string' ? { score: { tensor } } : {}) };
}

const own = (section: Section, key: string): unknown =>
  Object.hasOwn(section, key) ? section[key] : undefined;

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
