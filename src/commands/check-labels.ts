import { describeJoin, type LabelJoin } from '../compose/label-join.ts';
import { createLabelReader } from '../compose/label-reader.ts';
import { joinOf, overrideJoinOf } from '../compose/label-settings.ts';
import { isRestorable } from '../compose/restored-quality.ts';
import type { Settings } from '../config/settings.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { SchemaRegistry } from '../decode/registry.ts';

/** What was found of the topics with labels. */
export interface FoundLabels {
  readonly lines: readonly string[];
  readonly problems: readonly Problem[];
}

interface LabelTopic {
  readonly topic: string;
  readonly join: LabelJoin;
  readonly where: 'labels' | 'labels.overrides';
  readonly value: string;
}

/** Whether the topics can be read, and their records have what the configuration names. */
export async function lookAtLabels(settings: Settings, offline: boolean): Promise<FoundLabels> {
  const { labels } = settings;
  if (labels === undefined) return { lines: [], problems: [] };
  const join = joinOf(labels);
  const overrides = overrideJoinOf(labels);
  const topics: LabelTopic[] = [
    { topic: labels.topic, join, where: 'labels', value: 'labels.label' },
    ...(overrides === undefined
      ? []
      : [
          {
            topic: labels.overrides!.topic,
            join: overrides,
            where: 'labels.overrides' as const,
            value: 'labels.overrides.decision',
          },
        ]),
  ];
  const lines = [
    `labels         ${labels.topic}: ${describeJoin({ ...join, unlabelledIsZero: labels.unlabelled === 'negative' })}\n`,
    ...(isRestorable(settings, join.event)
      ? []
      : [
          '  note: output.carry does not have the id, so labels of events from before a start are unknown\n',
        ]),
  ];
  if (offline) return { lines, problems: [] };
  const { rangeReaderOf } = await import('../compose/offline-kafka.ts');
  const { registryOf } = await import('../compose/connections.ts');
  const reader = await rangeReaderOf(settings);
  const registry = await registryOf(settings);
  try {
    const problems: Problem[] = [];
    for (const one of topics) {
      problems.push(...(await problemsOf(() => schemaOf(one, settings, registry))));
      // one answer of the topic shows that it can be read
      const end = { topic: one.topic, from: { time: Date.now() } };
      problems.push(...(await problemsOf(() => reader.read(end)[Symbol.asyncIterator]().next())));
    }
    return { lines, problems };
  } finally {
    registry.close();
  }
}

async function schemaOf(
  { topic, join, where, value }: LabelTopic,
  settings: Settings,
  registry: Pick<SchemaRegistry, 'byId' | 'latest'>,
): Promise<void> {
  const subject = `${topic}-value`;
  const latest = await registry.latest(subject);
  if (latest === undefined)
    throw new ScorerError({
      code: 'SUBJECT_NOT_FOUND',
      what: `the schema registry has no subject ${subject}`,
      where: `${where}.topic`,
    });
  const fields = { id: join.label, value: join.value };
  const at = { id: `${where}.id`, value };
  createLabelReader({ ...fields, where: at, settings, registry, topic, reader: latest.node });
}

async function problemsOf(work: () => Promise<unknown>): Promise<readonly Problem[]> {
  try {
    await work();
    return [];
  } catch (error) {
    if (!(error instanceof ScorerError)) throw error;
    return error.problems.map((problem) =>
      problem.code === 'INPUT_INVALID' ? { ...problem, code: 'CONTRACT_FIELD' } : problem,
    );
  }
}
