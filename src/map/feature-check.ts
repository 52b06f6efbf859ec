import type { Problem } from '../errors.ts';
import type { FeatureSpec } from '../flow/features.ts';
import { describeType, type Found, type SchemaNode } from '../flow/schema-node.ts';
import { WHOLE_RANGES, type TensorType } from '../flow/tensors.ts';
import { notATime, timeUnits } from '../flow/time-unit.ts';
import { checkMatrix } from './matrix-check.ts';

type Finding = Pick<Problem, 'what' | 'remedy'>;

/**
 * The problems of one field with its entry in model.yaml and a tensor of this type. If the type is
 * unknown, those with any tensor.
 */
export function checkFeature(
  feature: FeatureSpec,
  found: Found,
  tensor: TensorType | undefined,
  where: string,
): Problem[] {
  return [checkType(feature, found.node, tensor), checkMissing(feature, tensor)].flatMap(
    (finding) =>
      finding === undefined ? [] : [{ code: 'CONTRACT_TYPE' as const, where, ...finding }],
  );
}

function checkType(
  feature: FeatureSpec,
  node: SchemaNode,
  tensor: TensorType | undefined,
): Finding | undefined {
  const { field, part, vector, matrix, transforms } = feature;
  const wrong = (takes: string, remedy: string): Finding => ({
    what: `${field} is ${describeType(node)}, ${takes}`,
    remedy,
  });
  const listed = feature.categories ?? feature.oneHot;
  const key = feature.oneHot === undefined ? 'categories' : 'oneHot';
  if (tensor === 'string') {
    const given = Object.entries({ part, vector, matrix, [key]: listed }).find(
      ([, value]) => value !== undefined,
    )?.[0];
    if (given !== undefined)
      return wrong(`and a string tensor does not take ${given}`, `Remove ${given}.`);
    if (transforms.length > 0)
      return wrong('and a string tensor does not take a transform', 'Remove the transform.');
    return isText(node)
      ? undefined
      : wrong('but the model takes a string', 'Choose a string or enum field.');
  }
  if (part !== undefined) {
    const finding = part === 'length' ? checkLength(node, wrong) : checkTime(feature, node, wrong);
    if (finding !== undefined || listed === undefined) return finding;
    if (listed.every((entry) => typeof entry === 'number')) return undefined;
    return wrong(
      `and part: ${part} of it is a number, but its ${key} are strings`,
      `List numbers in ${key}.`,
    );
  }
  const whole =
    tensor !== undefined &&
    (tensor in WHOLE_RANGES || tensor === 'bool') &&
    transforms.length === 0;
  if (matrix !== undefined) return checkMatrix(feature, node, (number) => isNumeric(number, whole));
  if (vector !== undefined) {
    if (some(node, (branch) => branch.kind === 'array' && isNumeric(branch.items, whole)))
      return undefined;
    return wrong(
      `but vector takes an array of ${whole ? `whole numbers for ${tensor}` : 'numbers'}`,
      'Choose a field that is such an array.',
    );
  }
  if (listed !== undefined) {
    const texts = listed.every((entry) => typeof entry === 'string');
    if (texts ? isText(node) : isNumeric(node, false)) return undefined;
    return wrong(
      `but its ${key} are ${texts ? 'strings' : 'numbers'}`,
      `List ${key} of the same type as the field.`,
    );
  }
  if (isNumeric(node, whole) || (tensor === undefined && transforms.length === 0 && isText(node)))
    return undefined;
  return wrong(
    tensor === undefined
      ? 'but a model takes a number or a string'
      : `but the model takes ${tensor}`,
    wayOf(node),
  );
}

/** How a value that is not a number can become one. */
function wayOf(node: SchemaNode): string {
  if (isText(node))
    return 'Add categories: [..] to turn a string into an index, or oneHot: [..] for one column per value.';
  if (some(node, ({ kind }) => kind === 'array')) {
    return 'Take the number of its elements (part: length), all elements (vector: N, matrix: [rows, columns]), or one element (field[0]).';
  }
  if (some(node, ({ kind }) => kind === 'map'))
    return 'Take one of its entries (field.key), or the number of its entries (part: length).';
  return 'Choose a field of a number type.';
}

type Wrong = (takes: string, remedy: string) => Finding;

function checkLength(node: SchemaNode, wrong: Wrong): Finding | undefined {
  const long = ({ kind, logical }: SchemaNode): boolean =>
    kind === 'array' ||
    kind === 'map' ||
    kind === 'string' ||
    (kind === 'bytes' && logical !== 'decimal');
  if (some(node, long)) return undefined;
  return wrong(
    'but part: length takes an array, a map, a string or bytes',
    'Remove part, or choose another field.',
  );
}

/** The parts that a date has. A time of the day only has an hour. */
const OF_A_DAY = new Set(['dayOfWeek', 'dayOfMonth', 'monthOfYear', 'isWeekend', 'epochSeconds']);

function checkTime(
  { part, timeZone }: FeatureSpec,
  node: SchemaNode,
  wrong: Wrong,
): Finding | undefined {
  if (!isNumeric(node, false)) {
    return wrong(`but part: ${part} takes a time`, 'Use a timestamp or a long in milliseconds.');
  }
  const units = timeUnits(node);
  const strange = notATime(node);
  if (strange !== undefined) {
    return wrong(
      `but part: ${part} takes a time in one known unit: ${strange}`,
      'Choose another field, or configure the connector to write org.apache.kafka.connect.data.Timestamp (time.precision.mode: connect).',
    );
  }
  const kind = units[0]?.kind;
  const has = kind === 'day' ? OF_A_DAY.has(part!) : kind !== 'ofDay' || part === 'hourOfDay';
  if (!has) return wrong(`which has no ${part}`, 'Choose another part, or a timestamp.');
  if (kind === undefined || kind === 'instant' || timeZone === undefined) return undefined;
  return wrong('which is already in local time', 'Remove timeZone.');
}

/**
 * Whether `missing` fits a column of the tensor: a number, one of the listed values, or any string.
 */
function checkMissing(
  { field, missing, categories, oneHot, unknown, transforms }: FeatureSpec,
  tensor: TensorType | undefined,
): Finding | undefined {
  if (missing === undefined || tensor === 'string') return undefined;
  const listed = categories ?? oneHot;
  if (listed?.includes(missing) === true) return undefined;
  if (oneHot !== undefined) {
    if (unknown !== undefined) return undefined;
    return {
      what: `missing of ${field} is not one of its oneHot values`,
      remedy:
        'Set missing to one of these values, or set unknown: zeros or unknown: column for values that are not listed.',
    };
  }
  if (typeof missing === 'string') {
    if (tensor === undefined && listed === undefined && transforms.length === 0) return undefined;
    const among = listed === undefined ? '' : ', or one of its categories';
    return {
      what: `missing of ${field} must be a number${among}`,
      remedy: 'Set missing to a number.',
    };
  }
  const [least, most] =
    tensor === 'bool'
      ? [-Infinity, Infinity]
      : tensor === undefined
        ? []
        : (WHOLE_RANGES[tensor] ?? []);
  // Before a transform any number is allowed. The result is checked when it is stored.
  const whole = tensor === 'bool' || transforms.length > 0 || Number.isInteger(missing);
  if (
    least === undefined ||
    (Number.isFinite(missing) && whole && missing >= least && missing <= most!)
  )
    return undefined;
  const what = unfit(missing, whole, least);
  return {
    what: `missing of ${field} is ${what}, but the model takes ${tensor}`,
    remedy: 'Set missing to another number.',
  };
}

function unfit(missing: number, whole: boolean, least: number): string {
  if (!Number.isFinite(missing)) return 'not finite';
  if (!whole) return 'not a whole number';
  return missing < least && least === 0 ? 'below 0' : 'too large';
}

const NUMERIC = new Set(['int', 'long', 'float', 'double', 'boolean']);
const WHOLE = new Set(['int', 'long', 'boolean']);

/**
 * A union is accepted if one of its branches is. Values of the other branches become dead letters.
 */
function some(node: SchemaNode, test: (branch: SchemaNode) => boolean): boolean {
  return node.kind === 'union' ? node.branches.some((branch) => some(branch, test)) : test(node);
}

/** Decimals are numbers. With scale 0 they are integers. */
function isNumeric(node: SchemaNode, whole: boolean): boolean {
  return some(node, ({ kind, scale }) =>
    kind === 'bytes' || kind === 'fixed'
      ? scale !== undefined && (!whole || scale === 0)
      : (whole ? WHOLE : NUMERIC).has(kind),
  );
}

/**
 * Bytes without a logical type are text with one character per byte, as in the JSON encoding of
 * Avro.
 */
function isText(node: SchemaNode): boolean {
  return some(node, ({ kind, logical }) =>
    kind === 'bytes' || kind === 'fixed'
      ? logical === undefined
      : kind === 'string' || kind === 'enum',
  );
}
