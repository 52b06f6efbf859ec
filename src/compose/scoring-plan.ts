import { carriedPaths } from '../config/carried.ts';
import type { Settings } from '../config/settings.ts';
import type { CarryTarget } from '../decode/carry-steps.ts';
import type { ProtectedField } from '../encode/protected-fields.ts';
import { carryTypes, scoreSchema } from '../encode/score-schema.ts';
import type { DecideOptions } from '../decide/decide.ts';
import type { Policy } from '../decide/compile-policy.ts';
import type { Problem } from '../errors.ts';
import {
  shareProjection,
  type ProjectedField,
  type Projection,
  type Slots,
} from '../flow/projection.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import type { Bundle } from '../infer/bundle.ts';
import type { Model } from '../infer/model.ts';
import { nearest } from '../runtime/nearest.ts';
import { referenceSeries, type ReferenceSeries } from '../monitor/profile-series.ts';
import type { Profile } from '../monitor/profile.ts';
import { markedFields } from '../monitor/profile-marker.ts';
import { createSlotCodes, type SlotCodes } from '../monitor/slot-codes.ts';
import { makeContract, type Contract } from '../map/contract.ts';
import { carryTargets, streamProblems } from './carry-check.ts';
import {
  monitoredFields,
  monitoredSlots,
  projectedOf,
  type MonitoredSlots,
} from './monitored-fields.ts';
import { outputTypes, protectedFields } from './protected-carry.ts';
import { planPolicy } from './policy-plan.ts';
import { seriesFieldsOf } from './series-fields.ts';

/** An opened version of the model, independent of the events. */
export interface LoadedModel {
  /** What model.yaml says of it, its golden events too. */
  readonly bundle: Bundle;
  readonly model: Model;
  /** How its features and scores were distributed when it was made. */
  readonly profile?: Profile | undefined;
}

/** A version of the model that scores the events of a stream. */
export interface ModelVersion extends LoadedModel {
  readonly contract: Contract;
  /** The column of the stream's projection for each of the contract's fields. */
  readonly slots: Slots;
  /** What it is compared with, if its bundle has a profile: its features, then its score. */
  readonly references: References | undefined;
}

/** The series of a profile, and what finds the slot of each row in them. */
export interface References {
  readonly series: readonly ReferenceSeries[];
  readonly codes: SlotCodes;
}

/**
 * What belongs to the stream, whichever versions score it. It follows from the schemas of the
 * events.
 */
export interface StreamPlan {
  /** The reader's schema of each input topic. */
  readonly readers: ReadonlyMap<string, SchemaNode>;
  /** What is read of an event: everything that any of the versions or the stream itself needs. */
  readonly projection: Projection;
  /** The column that is null in an event to be skipped (`input.skipWhenNull`). */
  readonly skipSlot: number | undefined;
  /** How scores become decisions. Undefined without the section `decision`. */
  readonly policy: PlannedPolicy | undefined;
  /** Where the fields are that only monitors read. */
  readonly monitored: MonitoredSlots;
  readonly carry: readonly CarryTarget[];
  /** The carried fields that are hashed or masked. */
  readonly concealed: readonly ProtectedField[];
  /** Avro schema of the score records. */
  readonly scoreSchema: object;
}

/** A policy, and the column of the stream's projection for each field that it reads. */
export interface PlannedPolicy {
  readonly compiled: Policy;
  readonly slots: Slots;
  /** Its lists, where they belong to the plan alone. */
  readonly list?: DecideOptions['list'];
}

/**
 * Everything that scoring needs once configuration, models and schemas agree, before any record. A
 * plan never changes. Newer schemas or another version make another plan, and a batch keeps the one
 * that it was decoded with.
 */
export interface ScoringPlan {
  readonly stream: StreamPlan;
  /** The first one decides. */
  readonly versions: readonly [ModelVersion, ...ModelVersion[]];
}

type Several<T> = readonly [T, ...T[]];

/**
 * The plan for these versions and schemas; undefined, with `problems` added, where models or
 * configuration do not fit the schemas.
 */
export function makeScoringPlan(
  settings: Settings,
  models: Several<LoadedModel>,
  readers: ReadonlyMap<string, SchemaNode>,
  problems: Problem[],
): ScoringPlan | undefined {
  const before = problems.length;
  const contracts = models.map((loaded) => contractOf(loaded, readers, problems));
  problems.push(...streamProblems(settings, readers));
  const policy = planPolicy(settings, readers, problems);
  const monitored = monitoredFields(settings, readers, problems);
  if (problems.length > before || monitored === undefined) return undefined;
  const [event] = readers.values() as Iterable<SchemaNode> as [SchemaNode];
  const types = carryTypes(event, carriedPaths(settings.output.carry));
  const carry = carryTargets(types);
  if ('problem' in carry) {
    problems.push(carry.problem);
    return undefined;
  }
  const concealed = protectedFields(carry, settings.output, problems);
  const { skipWhenNull } = settings.input;
  // In this column it only matters whether the value is null.
  const skip: ProjectedField[] =
    skipWhenNull === undefined ? [] : [{ path: skipWhenNull, as: 'number', optional: true }];
  const decided = (policy?.fields ?? []).map(({ projected }) => projected);
  const shared = shareProjection(
    contracts.map((contract) => contract!.fields),
    [...skip, ...decided, ...projectedOf(monitored)],
    types.map(({ path }) => path),
  );
  const decidedEnd = skip.length + decided.length;
  const versions = models.map((loaded, i) => ({
    ...loaded,
    contract: contracts[i]!,
    slots: shared.versions[i]!,
    references: referencesOf(loaded, contracts[i]!, shared.versions[i]!, problems),
  }));
  problems.push(...markProblems(policy?.marks, versions[0]!));
  if (problems.length > before) return undefined;
  return {
    stream: {
      readers,
      projection: shared.projection,
      skipSlot: skip.length === 0 ? undefined : shared.stream[0],
      policy: policy && {
        compiled: policy,
        slots: shared.stream.slice(skip.length, decidedEnd),
      },
      monitored: monitoredSlots(monitored, shared.stream.slice(decidedEnd)),
      carry,
      concealed,
      scoreSchema: scoreSchema(outputTypes(types, settings.output), settings.output),
    },
    versions: versions as unknown as Several<ModelVersion>,
  };
}

/** What the policy asks for in `outOfProfile` has to be compared with a profile. */
function markProblems(
  marks: Policy['marks'],
  { bundle, references }: Pick<ModelVersion, 'bundle' | 'references'>,
): Problem[] {
  if (marks === undefined) return [];
  const where = `${bundle.yamlFile} profile`;
  if (references === undefined)
    return [
      {
        code: 'POLICY_INVALID',
        what: 'the policy reads outOfProfile, but this version of the model has no profile',
        where,
        remedy: 'Make a profile with `stream-scorer profile`, and name it in model.yaml.',
      },
    ];
  const known = markedFields(references.series);
  return marks
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = nearest(name, known);
      const what = `outOfProfile never has ${name}: the profile of this version does not have it`;
      const remedy = near === undefined ? 'Name a field of the profile.' : `Did you mean ${near}?`;
      return { code: 'POLICY_INVALID', what, where, remedy };
    });
}

/** The series of the profile of a version, where its bundle has one. */
function referencesOf(
  { profile, bundle }: LoadedModel,
  contract: Contract,
  slots: Slots,
  problems: Problem[],
): References | undefined {
  if (profile === undefined) return undefined;
  const found = referenceSeries(profile, seriesFieldsOf({ contract, slots }));
  if ('series' in found) return { ...found, codes: createSlotCodes(found.series) };
  const where = `${bundle.yamlFile} profile`;
  problems.push({ code: 'MODEL_PROFILE', what: found.problem, where });
  return undefined;
}

/** All input topics must have the same contract, because one model scores all of them. */
function contractOf(
  { bundle, model }: LoadedModel,
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
      what: 'a feature has different types or units in the input topics',
      where: 'input.topics',
      remedy: 'Run a separate service for each of these topics.',
    });
  }
  return contracts.length === readers.size ? first : undefined;
}

function essence({ fields, inputs }: Contract): string {
  return JSON.stringify([fields, inputs.map(({ columns }) => columns.map(({ unitMs }) => unitMs))]);
}
