import { nearest } from '../runtime/nearest.ts';
import type { Finding } from './findings.ts';
import { sections, type Written } from './schema.ts';
import { decisionNames } from '../flow/policy-settings.ts';
import { parseSource } from './model-source.ts';
import { isBranch, type Path } from './tree.ts';

/**
 * Conflicts between sections that are valid by themselves. Invalid sections are left out, so one
 * run reports both kinds of problems.
 */
export function findConflicts(tree: unknown): Finding[] {
  const {
    input,
    output,
    deadLetter,
    decision,
    explain,
    labels,
    fairness,
    drift,
    batch,
    inference,
    model,
  } = sectionsThatHold(tree);
  const findings: Finding[] = [];
  const report = (path: Path, what: string, remedy?: string) => {
    findings.push({
      code: 'CONFIG_INVALID',
      path,
      what,
      ...(remedy === undefined ? {} : { remedy }),
    });
  };

  const topics = input?.topics ?? [];
  if (output !== undefined && topics.includes(output.topic)) {
    report(['output', 'topic'], 'is also an input topic: the service would score its own scores');
  }
  const deadTopic =
    deadLetter?.topic ?? (hasKey(tree, 'deadLetter') ? undefined : defaultDeadLetterTopic(topics));
  if (deadTopic !== undefined && topics.includes(deadTopic)) {
    report(
      ['deadLetter', 'topic'],
      `is ${deadTopic}, which is also an input topic: dead letters would be read as events`,
    );
  }
  if (output !== undefined && output.topic === deadTopic) {
    report(
      ['output', 'topic'],
      'is also the dead letter topic: consumers could not tell scores from dead letters',
    );
  }
  const entries = (output?.carry ?? []).map((entry) =>
    typeof entry === 'string' ? { field: entry } : entry,
  );
  const hashed = entries.some((entry) => 'hash' in entry);
  if (output !== undefined && hashed && output.hashKey === undefined)
    report(['output', 'hashKey'], 'is needed for the hashes in output.carry');
  if (output?.hashKey !== undefined && !hashed)
    report(['output', 'hashKey'], 'has no use: no field of output.carry is hashed');
  for (const [i, { field, ...protection }] of entries.entries()) {
    const plain = entries.find(
      (other) => Object.keys(other).length === 1 && field.startsWith(`${other.field}.`),
    );
    if (plain !== undefined && Object.keys(protection).length > 0)
      report(
        ['output', 'carry', i],
        `is also a part of ${plain.field}, which is carried as it is`,
        `Carry only the parts of ${plain.field} that may be read.`,
      );
  }
  const challengerTopic = model?.challengerTopic;
  const others = [...topics, output?.topic, deadTopic];
  if (challengerTopic !== undefined && others.includes(challengerTopic))
    report(['model', 'challengerTopic'], 'is also an input, output or dead letter topic');
  const written = [output?.topic, deadTopic, challengerTopic];
  const { topic: labelTopic, overrides } = labels ?? {};
  if (labelTopic !== undefined && written.includes(labelTopic))
    report(['labels', 'topic'], 'is also a topic that the service writes');
  if (overrides !== undefined && written.includes(overrides.topic))
    report(['labels', 'overrides', 'topic'], 'is also a topic that the service writes');
  const driftTopic = drift?.topic;
  if (
    driftTopic !== undefined &&
    [...others, challengerTopic, labelTopic, overrides?.topic].includes(driftTopic)
  )
    report(['drift', 'topic'], 'is also a topic with another use');
  if (model?.canary?.stopWhen?.flipRate !== undefined && !hasKey(tree, 'decision'))
    report(
      ['model', 'canary', 'stopWhen', 'flipRate'],
      'compares decisions, but the section decision is missing',
    );
  const { onFailure } = model ?? {};
  if (typeof onFailure === 'object' && !hasKey(tree, 'decision'))
    report(
      ['model', 'onFailure', 'decision'],
      'is a decision, but the section decision is missing',
      'Add the section decision, or choose wait or dead-letter.',
    );
  if (typeof input?.subject === 'object' && !Array.isArray(input.subject)) {
    for (const topic of Object.keys(input.subject).filter((name) => !topics.includes(name))) {
      const near = nearest(topic, topics);
      report(
        ['input', 'subject', topic],
        'is not one of input.topics',
        near === undefined ? undefined : `Did you mean ${near}?`,
      );
    }
  }

  const source = model?.source === undefined ? undefined : parseSource(model.source);
  const wanted = source !== undefined && 'wanted' in source ? source.wanted : undefined;
  if (isGiven(tree, 'model', 'champion') && wanted !== undefined && wanted !== model?.champion) {
    const remedy = 'Leave the version out of model.source, or leave model.champion out.';
    report(['model', 'champion'], `is not the version that model.source names (${wanted})`, remedy);
  }

  // The user does not know the default, so only a value that is set is checked. A batch that takes
  // longer is split.
  const longest = (batch ?? (hasKey(tree, 'batch') ? undefined : sections.batch.parse({})))
    ?.maxInferMs;
  const limit = isGiven(tree, 'inference', 'timeoutMs') ? inference?.timeoutMs : undefined;
  if (longest !== undefined && limit !== undefined && limit < longest) {
    const what = `is less than batch.maxInferMs (${longest}): a batch that takes longer than timeoutMs is stopped`;
    report(['inference', 'timeoutMs'], what, 'Raise it, or lower batch.maxInferMs.');
  }

  const known = decision && decisionNames(decision);
  const uses = [
    { section: 'explain', key: 'decisions', names: explain?.decisions ?? [] },
    { section: 'labels', key: 'alarms', names: labels?.alarms ?? [] },
    { section: 'fairness', key: 'favourable', names: fairness?.favourable ?? [] },
  ];
  for (const { section, key, names } of uses) {
    if (names.length > 0 && !hasKey(tree, 'decision'))
      report([section], 'needs the section decision, which is missing');
    if (known === undefined) continue;
    for (const [i, name] of names.entries()) {
      if (known.includes(name)) continue;
      const near = nearest(name, known) ?? known.join(', ');
      report([section, key, i], NOT_A_DECISION, `Did you mean ${near}?`);
    }
  }
  return findings;
}

/** A section names a decision that the policy does not make. */
export const NOT_A_DECISION = 'is not one of the decisions of the policy';

/** Where dead letters go if the configuration does not say it. */
export function defaultDeadLetterTopic(topics: readonly string[]): string | undefined {
  return topics[0] === undefined ? undefined : `${topics[0]}-dead`;
}

function sectionsThatHold(tree: unknown): Partial<Written> {
  if (!isBranch(tree)) return {};
  const entries = Object.entries(sections).flatMap(([name, section]) => {
    const result = name in tree ? section.safeParse(tree[name]) : undefined;
    return result?.success === true ? [[name, result.data] as const] : [];
  });
  return Object.fromEntries(entries);
}

function isGiven(tree: unknown, section: string, key: string): boolean {
  return hasKey(tree, section) && hasKey((tree as Record<string, unknown>)[section], key);
}

function hasKey(tree: unknown, name: string): boolean {
  return isBranch(tree) && name in tree;
}
