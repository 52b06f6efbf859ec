import { definedTwice } from '../encode/one-definition.ts';
import { carryTypes, scoreSchema } from '../encode/score-schema.ts';
import { parseSchema } from '../decode/avro-schema.ts';
import type { CarryTarget } from '../decode/compile.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError, type Problem } from '../errors.ts';
import { missingTypes, readerOf } from './event-types.ts';
import type { ProjectedField, Projection } from '../flow/events.ts';
import { findCarried } from '../flow/carry-path.ts';
import { findPath, isFound } from '../flow/path.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import type { Champion } from './champion.ts';
import type { Bundle } from '../infer/bundle.ts';
import type { Model } from '../infer/model.ts';
import type { KnownInputs } from '../infer/model-refused.ts';
import {
  checkFields,
  checkSignature,
  makeContract,
  notFound,
  type Contract,
} from '../map/contract.ts';
import { nearest } from '../runtime/nearest.ts';
import type { Settings } from '../config/settings.ts';

/**
 * Everything that scoring is made of once configuration, model and schemas agree: nothing here has
 * seen a record yet.
 */
export interface Blueprint extends Plan {
  readonly bundle: Bundle;
  readonly model: Model;
}

/**
 * What follows from the schemas of the events: made anew where they change while the service runs.
 */
export interface Plan {
  readonly contract: Contract;
  readonly projection: Projection;
  /** The reader's schema of each input topic. */
  readonly readers: ReadonlyMap<string, SchemaNode>;
  readonly carry: readonly CarryTarget[];
  /** Avro schema of the score records. */
  readonly scoreSchema: object;
}

/** What was understood so far, and everything that is wrong. */
export interface Draft extends Readers {
  readonly blueprint: Blueprint | undefined;
  readonly bundle: Bundle | undefined;
  readonly model: Model | undefined;
  /**
   * What golden events can be scored by: the blueprint, or where only what is carried is wrong, one
   * that carries nothing.
   */
  readonly scorable: Blueprint | undefined;
}

export interface Readers {
  readonly readers: ReadonlyMap<string, SchemaNode>;
  /** Ids of the schemas that the readers were made of, where they come from a registry. */
  readonly ids?: readonly number[];
  readonly problems: readonly Problem[];
}

/**
 * The schemas of the input topics by their subjects; problems where the registry has none or does
 * not answer.
 */
export type ReadReaders = (settings: Settings) => Promise<Readers>;

/** Checks a model against the events, collecting every problem instead of stopping at the first. */
export async function draftBlueprint(
  settings: Settings,
  readReaders: ReadReaders,
  { bundle, model, known, problems: before }: Champion,
): Promise<Draft> {
  const problems: Problem[] = [...before];
  const collect = (error: unknown): undefined => {
    if (!(error instanceof ScorerError)) throw error;
    problems.push(...error.problems);
    return undefined;
  };
  const found = await readReaders(settings).catch(collect);
  const readers = found?.readers ?? new Map<string, SchemaNode>();
  const ids = found?.ids ?? [];
  problems.push(...(found?.problems ?? []));

  const plan =
    bundle && model && readers.size > 0
      ? makePlan(settings, { bundle, model }, readers, problems)
      : undefined;
  if (bundle && (!model || readers.size === 0))
    problems.push(...contractProblems(bundle, known, readers));
  if (!bundle || !model) problems.push(...carryProblems(settings, readers));
  const told = eachOnce(problems);
  const scorable =
    bundle && model && (plan ?? planWithoutCarry(settings, { bundle, model }, readers));
  const golden = scorable && { bundle, model, ...scorable };
  const blueprint =
    told.length > 0 || !bundle || !model || !plan ? undefined : { bundle, model, ...plan };
  return { blueprint, bundle, model, scorable: golden, readers, ids, problems: told };
}

/** What is wrong between model.yaml, the model as far as it is known, and the events. */
function contractProblems(
  { description, yamlFile, doubtful }: Bundle,
  known: KnownInputs | undefined,
  readers: ReadonlyMap<string, SchemaNode>,
): Problem[] {
  const inputs = known?.inputs ?? [];
  // that they are not there is told
  const noInputs = doubtful.has('inputs') && description.inputs.length === 0;
  return [
    ...(known === undefined || noInputs
      ? []
      : checkSignature(description.inputs, inputs, yamlFile, known.unusable)),
    ...[...readers.values()].flatMap((event) =>
      checkFields(event, description.inputs, inputs, yamlFile),
    ),
  ];
}

function planWithoutCarry(
  settings: Settings,
  parts: Pick<Blueprint, 'bundle' | 'model'>,
  readers: ReadonlyMap<string, SchemaNode>,
): Plan | undefined {
  if (readers.size === 0) return undefined;
  return makePlan({ ...settings, output: { ...settings.output, carry: [] } }, parts, readers, []);
}

/** Two topics, or the model and its file, may be found wrong in the same way. */
function eachOnce(problems: readonly Problem[]): Problem[] {
  const key = ({ code, what, where }: Problem): string => JSON.stringify([code, what, where]);
  return [...new Map(problems.map((problem) => [key(problem), problem])).values()];
}

/**
 * The plan for these schemas; undefined, with `problems` added, where model or configuration do not
 * fit them.
 */
export function makePlan(
  settings: Settings,
  { bundle, model }: Pick<Blueprint, 'bundle' | 'model'>,
  readers: ReadonlyMap<string, SchemaNode>,
  problems: Problem[],
): Plan | undefined {
  const before = problems.length;
  const contract = contractOf(bundle, model, readers, problems);
  problems.push(...carryProblems(settings, readers));
  if (contract === undefined || problems.length > before) return undefined;
  const [event] = readers.values() as Iterable<SchemaNode> as [SchemaNode];
  const types = carryTypes(event, settings.output.carry);
  const carry = types.map(({ path, schema, nullBytes }) => ({
    path,
    node: parseSchema(schema),
    nullBytes,
  }));
  const twice = definedTwice(carry.map(({ node }) => node));
  if (twice !== undefined) {
    const what = `the carried fields have two definitions of the type ${twice}, and a schema holds one`;
    const remedy = 'Carry fields of one of them.';
    problems.push({ code: 'CONTRACT_TYPE', what, where: 'output.carry', remedy });
    return undefined;
  }
  const { skipWhenNull } = settings.input;
  // Read as the last column, of which nothing but null is of interest.
  const skip: ProjectedField[] =
    skipWhenNull === undefined ? [] : [{ path: skipWhenNull, as: 'number', optional: true }];
  const projection: Projection = {
    fields: [...contract.fields, ...skip],
    carry: types.map(({ path }) => path),
  };
  return { contract, projection, readers, carry, scoreSchema: scoreSchema(types, settings.output) };
}

/** Reads the latest schema of each input topic's subject. */
export function readersFrom(registry: SchemaRegistry): ReadReaders {
  return async (settings) => {
    const readers = new Map<string, SchemaNode>();
    const ids: number[] = [];
    const problems: Problem[] = [];
    for (const topic of settings.input.topics) {
      const nodes: SchemaNode[] = [];
      for (const subject of settings.input.subject[topic]!) {
        const latest = await registry.latest(subject);
        if (latest === undefined) problems.push(await subjectProblem(registry, subject));
        else {
          nodes.push(latest.node);
          ids.push(latest.id);
        }
      }
      const reader =
        nodes.length > 0 ? readerOf(topic, nodes, settings.input.types, problems) : undefined;
      if (reader !== undefined) readers.set(topic, reader);
    }
    if (problems.length === 0)
      problems.push(...missingTypes(settings.input.types, readers.values()));
    return { readers, ids, problems };
  };
}

async function subjectProblem(registry: SchemaRegistry, subject: string): Promise<Problem> {
  const near = nearest(subject, await registry.subjects().catch(() => []));
  return {
    code: 'SUBJECT_NOT_FOUND',
    what: `the schema registry has no subject ${subject}`,
    where: 'input.subject',
    ...(near === undefined ? {} : { remedy: `Did you mean ${near}? Set input.subject.` }),
  };
}

/** The contract has to be the same for every input topic, as one model is fed with all of them. */
function contractOf(
  bundle: Bundle,
  model: Model,
  readers: ReadonlyMap<string, SchemaNode>,
  problems: Problem[],
): Contract | undefined {
  const contracts: Contract[] = [];
  for (const event of readers.values()) {
    const result = makeContract(event, bundle.description.inputs, model.inputs, bundle.yamlFile);
    if ('problems' in result) problems.push(...result.problems);
    else contracts.push(result.contract);
  }
  const [first, ...others] = contracts;
  const differs = others.some((other) => essence(other) !== essence(first!));
  if (differs) {
    problems.push({
      code: 'CONTRACT_TYPE',
      what: 'the input topics give a feature different types or units',
      where: 'input.topics',
      remedy: 'Score them with a service each.',
    });
  }
  return contracts.length === readers.size ? first : undefined;
}

function essence({ fields, inputs }: Contract): string {
  return JSON.stringify([fields, inputs.map(({ columns }) => columns.map(({ unitMs }) => unitMs))]);
}

function carryProblems(settings: Settings, readers: ReadonlyMap<string, SchemaNode>): Problem[] {
  const problems: Problem[] = [];
  settings.output.carry.forEach((path, i) => {
    const where = `output.carry[${i}]`;
    for (const event of readers.values()) {
      const found = findCarried(event, path);
      if (found === undefined) problems.push(notFound(event, path, where));
      else problems.push(...typeProblem(event, path, where));
    }
  });
  const { skipWhenNull } = settings.input;
  for (const event of skipWhenNull === undefined ? [] : readers.values()) {
    if (!isFound(findPath(event, skipWhenNull!)))
      problems.push(notFound(event, skipWhenNull!, 'input.skipWhenNull'));
  }
  return problems;
}

/**
 * Several branches may hold a field as types that no union of Avro's can have beside each other.
 */
function typeProblem(event: SchemaNode, path: string, where: string): Problem[] {
  try {
    for (const { schema } of carryTypes(event, [path])) parseSchema(schema);
    return [];
  } catch (error) {
    const what = `${path} cannot be carried as one type: ${(error as Error).message}`;
    return [
      {
        code: 'CONTRACT_TYPE',
        what,
        where,
        remedy: 'Carry a field that has one type in all of them.',
      },
    ];
  }
}
