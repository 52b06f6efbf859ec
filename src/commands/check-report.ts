import type { ScoringPlan } from '../compose/scoring-plan.ts';
import type { PlanAttempt } from '../compose/plan-attempt.ts';
import { protectedPaths } from '../config/carried.ts';
import type { Settings } from '../config/settings.ts';
import { MEANING, type FeatureSpec, type Transform } from '../flow/features.ts';
import { describeType } from '../flow/schema-node.ts';
import { fewRows } from '../monitor/small-profile.ts';
import { describePolicy } from './check-policy.ts';
import type { KafkaFindings } from '../inspect/kafka-inspect.ts';

/**
 * The report of the model and the events. The decisions are in it only if their section is valid.
 */
export function describePlan(
  { plan, bundle, model, readers }: PlanAttempt,
  settings: Settings,
  decisions = true,
): string {
  const lines: string[] = [];
  if (bundle !== undefined) {
    const { file, sha256 } = bundle.description;
    lines.push(
      `model          ${settings.name} version ${bundle.version} (${file === '' ? bundle.folder : bundle.modelFile})`,
    );
    if (sha256 !== '') lines.push(`               sha256 ${sha256}`);
    const { source, registryUri } = settings.model;
    if (source !== undefined)
      lines.push(
        `               from ${source.replace(/\?.*/s, '')}${registryUri === undefined ? '' : ` at ${registryUri}`}`,
      );
  }
  if (model !== undefined) {
    lines.push(`score          ${model.scoreFrom}`);
    if (model.classes !== null) lines.push(`classes        ${model.classes.join(', ')}`);
    for (const note of model.notes) lines.push(`  note: ${note}`);
    for (const warning of model.warnings) lines.push(`  warning: ${warning}`);
  }
  for (const [topic, reader] of readers)
    lines.push(`events         ${topic}: ${describeType(reader)}`);
  for (const input of plan?.versions[0].contract.inputs ?? []) {
    lines.push(
      `tensor         ${input.name}: ${input.type}[N${input.flat ? '' : `,${(input.inner ?? [input.width]).join(',')}`}]`,
    );
    const width = Math.max(...input.columns.map(({ spec }) => spec.field.length));
    for (const { spec, type, nullable, at, step, width: columns } of input.columns) {
      const place =
        step > 1 ? `[…,${at}]` : columns === 1 ? String(at) : `${at}–${at + columns - 1}`;
      const notes = featureNotes(spec, nullable);
      lines.push(
        `  ${place.padStart(3)}  ${spec.field.padEnd(width)}  ${type}${notes === '' ? '' : `  ${notes}`}`,
      );
    }
  }
  if (plan !== undefined) lines.push(...profileLines(plan.versions[0], settings));
  if (plan !== undefined) lines.push(`carried        ${carriedLine(plan, settings)}`);
  if (decisions) lines.push(...describePolicy(settings, plan));
  return lines.map((line) => `${line}\n`).join('');
}

/** What the events are compared with. */
export function profileLines(
  { profile }: Pick<ScoringPlan['versions'][0], 'profile'>,
  { drift }: Pick<Settings, 'drift'>,
): string[] {
  if (profile !== undefined) {
    const { rows, features, hourOfWeek } = profile;
    const hours = hourOfWeek === undefined ? '' : ', by the hour of the week';
    const few = drift === undefined ? undefined : fewRows(rows);
    return [
      `profile        ${rows} rows, ${features.length} features${hours}`,
      ...(few === undefined ? [] : [`  warning: drift: ${few}`]),
    ];
  }
  return drift === undefined
    ? []
    : ['  warning: drift: this version has no profile, so nothing is compared'];
}

/** The carried fields, and what conceals them. */
function carriedLine({ stream }: ScoringPlan, { output }: Settings): string {
  const own = protectedPaths(output.carry);
  const lines = stream.projection.carry.map((path) => {
    const protection = own.get(path);
    if (protection === undefined) return path;
    return `${path} (${'hash' in protection ? 'hashed' : `only the last ${protection.keepLast}`})`;
  });
  return lines.join(', ') || 'nothing';
}

/** What was found on the brokers. */
export function describeKafka(
  { partitions, problems, accessTold }: KafkaFindings,
  settings: Settings,
): string {
  const topic = (name: string): string => `${name} (${partitions.get(name) ?? 'not found'})`;
  return [
    `brokers        ${settings.kafka.brokers.join(', ')}`,
    `topics         ${settings.input.topics.map(topic).join(', ')} → ${topic(settings.output.topic)}, dead letters ${topic(settings.deadLetter.topic)}`,
    `group          ${settings.input.groupId}, ${settings.delivery}`,
    ...access(problems, accessTold, settings),
    '',
  ].join('\n');
}

/** Calls an operation allowed only if the brokers said so. */
function access(
  problems: KafkaFindings['problems'],
  told: boolean,
  { delivery }: Settings,
): string[] {
  if (problems.some(({ code }) => code === 'KAFKA_UNREACHABLE' || code === 'KAFKA_DENIED'))
    return [];
  if (!told)
    return [
      '  note: the brokers do not tell which operations are allowed; `run` reports each one that is denied',
    ];
  const ids = delivery === 'exactly-once' ? ', Write on the transactional ids' : '';
  return [
    `allowed        Read on the input topics and the group, Write on output and dead letters${ids}`,
  ];
}

/** What is done with a column's field, in words. */
export function featureNotes(spec: FeatureSpec, nullable: boolean): string {
  const notes: string[] = [];
  if (spec.part !== undefined) {
    const meaning = spec.part === 'length' ? '' : ` (${MEANING[spec.part]})`;
    notes.push(
      `part ${spec.part}${meaning}${spec.timeZone === undefined ? '' : ` in ${spec.timeZone}`}`,
    );
  }
  if (spec.categories !== undefined) {
    notes.push(
      `${spec.categories.length} categories, ${spec.unknown === undefined ? 'others are dead letters' : `others ${spec.unknown}`}`,
    );
  }
  if (spec.oneHot !== undefined) notes.push(describeOneHot(spec.oneHot, spec.unknown));
  if (spec.vector !== undefined) notes.push(`vector of ${spec.vector}`);
  notes.push(...spec.transforms.map(describeTransform));
  if (spec.matrix !== undefined)
    notes.push(
      `matrix of ${spec.matrix.join(' × ')}${spec.fields === undefined ? '' : `: ${spec.fields.join(', ')}`}`,
    );
  const several = spec.vector !== undefined || spec.matrix !== undefined;
  const what = several ? 'null, also of an element,' : 'null';
  if (spec.missing !== undefined)
    notes.push(
      `${what} → ${typeof spec.missing === 'number' ? String(spec.missing) : JSON.stringify(spec.missing)}`,
    ); // JSON has no NaN
  else if (nullable || several) notes.push(`${what} is a dead letter (no \`missing\`)`);
  return notes.join(', ');
}

function describeOneHot(values: readonly unknown[], unknown: FeatureSpec['unknown']): string {
  const others =
    unknown === undefined ? 'are dead letters' : unknown === 'zeros' ? 'set none' : 'set the last';
  return `one column for each of ${values.length} values, others ${others}`;
}

function describeTransform(transform: Transform): string {
  switch (transform.kind) {
    case 'clip':
      return `clip ${transform.min} to ${transform.max}`;
    case 'scale':
      return `scale (x − ${transform.mean}) / ${transform.std}`;
    default:
      return transform.kind;
  }
}
