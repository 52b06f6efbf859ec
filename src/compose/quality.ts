import type { Settings } from '../config/settings.ts';
import type { RangeReader } from '../consume/range-reader.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { TopicPartition } from '../flow/batch.ts';
import { IdHash } from '../monitor/id-hash.ts';
import { QualityMonitor } from '../monitor/quality-monitor.ts';
import { createScoreObserver } from '../monitor/score-observer.ts';
import { labelCode, type LabelOutcome } from '../monitor/score-table.ts';
import { nextTurn } from '../runtime/next-turn.ts';
import type { Started } from '../runtime/lifecycle.ts';
import type { Expected } from './expected.ts';
import type { Fairness } from './fairness.ts';
import { LabelBacklog } from './label-backlog.ts';
import { labelOf } from './label-join.ts';
import {
  followLabels,
  replayLabels,
  type LabelAnswer,
  type LabelFollowerOptions,
} from './label-follower.ts';
import { alarmBy, isLowerWorse, joinOf } from './label-settings.ts';
import type { ObservePlan } from './observe-plan.ts';
import { createOverrides } from './overrides.ts';
import { showQuality } from './quality-gauges.ts';
import { groupRates } from './quality-report.ts';
import type { Reports } from './reports.ts';
import { isRestorable, restoreQuality } from './restored-quality.ts';
import type { ScoreRestore } from './restore-scores.ts';

/** How good scores and decisions were, as the service uses it. */
export interface Quality {
  readonly monitor: QualityMonitor;
  readonly observe: ObservePlan;
  /** Follows the labels, and counts from time to time. */
  readonly start: (connections: QualityConnections) => Started<undefined>;
  /** The partitions of this replica from now on. */
  readonly assigned: (partitions: readonly TopicPartition[]) => void;
  readonly detail: () => readonly string[];
  readonly report: () => object;
}

export interface QualityConnections {
  readonly settings: Settings;
  readonly registry: Pick<SchemaRegistry, 'byId' | 'latest'>;
  readonly reader: RangeReader;
}

type RestoreCommon = Pick<
  LabelFollowerOptions,
  'settings' | 'registry' | 'reader' | 'from' | 'signal'
>;

/** Labels from before the start may belong to events that are scored after it. */
const BEFORE_START_MS = 3_600_000;
const REFRESH_MS = 60_000;

/** Undefined without the section `labels`. */
export function createQuality(
  settings: Pick<Settings, 'labels' | 'fairness' | 'decision'>,
  fairness: Fairness | undefined,
  expected: Pick<Expected, 'onComplete'>,
  { metrics, logger }: Pick<Reports, 'metrics' | 'logger'>,
): Quality | undefined {
  const { labels } = settings;
  if (labels === undefined) return undefined;
  const { labelsJoined, labelledEvents, eventsWithoutLabels } = metrics.monitors;
  const outcomes: Partial<Record<LabelOutcome, number>> = {};
  const onLabel = (outcome: LabelOutcome, count: number): void => {
    labelsJoined.inc({ outcome }, count);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
  };
  const since = new Date();
  const monitor = new QualityMonitor({
    horizonDays: labels.horizonDays,
    maxBytes: labels.maxMemoryBytes,
    unlabelledIsNegative: labels.unlabelled === 'negative',
    isAlarm: alarmBy(settings),
    favourable: settings.fairness?.favourable,
    fields: fairness?.monitor.fields.length ?? 0,
    lowerIsWorse: isLowerWorse(settings),
    now: Date.now,
    startedAt: since.getTime(),
    followedFrom: since.getTime() - BEFORE_START_MS,
    onLabel,
    onComplete: expected.onComplete,
    onJoined: ({ model, segment, alarm, positive }) => {
      const label = positive ? '1' : '0';
      labelledEvents.inc({
        model_version: model,
        segment,
        alarm: String(alarm ?? ''),
        label,
      });
    },
  });
  const partitions = new Map<string, number>();
  let trouble: string | undefined;
  const join = joinOf(labels);
  const hash = new IdHash();
  const labelTarget = {
    topic: labels.topic,
    join,
    where: 'labels' as const,
    hash,
    add: (value: unknown, time: number): LabelAnswer => {
      const label = labelOf(value, join);
      if (label === undefined) return 'invalid';
      if (label === null) return 'empty';
      monitor.table.label(hash, labelCode(label), time, Date.now());
      return 'added';
    },
    onEmpty: (count: number): void => {
      onLabel('empty', count);
    },
    onInvalid: (count: number): void => {
      onLabel('invalid', count);
    },
    onTrouble: (why: string | undefined): void => {
      trouble = why;
    },
  };
  const overrides = createOverrides(labels, monitor, metrics.monitors);
  const numberOfPartition = (topic: string, partition: number): number =>
    numberOf(partitions, `${topic} ${partition}`);
  let restore: ScoreRestore | undefined;
  let backlog: LabelBacklog | undefined;
  const replayHash = new IdHash();
  const replaying = (common: RestoreCommon, from: number): Promise<void> =>
    replayLabels({
      ...common,
      ...labelTarget,
      from,
      hash: replayHash,
      add: (value, time) => {
        const label = labelOf(value, join);
        if (label !== undefined && label !== null)
          monitor.table.replay(replayHash, labelCode(label), time);
        return 'added';
      },
      onEmpty: () => undefined,
      onInvalid: () => undefined,
      logger: { warn: () => undefined, info: () => undefined },
    });
  const restoring = (common: RestoreCommon): ScoreRestore =>
    restoreQuality({
      ...common,
      monitor,
      id: join.event,
      fields: fairness?.fields ?? [],
      horizonDays: labels.horizonDays,
      partition: numberOfPartition,
      replayLabels: (from) => replaying(common, from),
      onProblem: (error) => {
        logger.warn({ err: error }, 'labels: the output topic cannot be read; it is tried again');
      },
    });
  let running: Promise<void> | undefined;
  /** One day at a step, so that scoring never waits for all of them. */
  const refresh = (): Promise<void> =>
    (running ??= (async () => {
      if (restore?.isWorking === true) return; // a part of a day would be taken for all of it
      if ((await backlog?.look()) === false) return;
      for (const _day of monitor.refresh()) await nextTurn();
    })().finally(() => {
      running = undefined;
    }));
  const report = (): object => ({
    since: since.toISOString(),
    restoring: restore?.isWorking === true || backlog?.isWaiting() === true,
    labels: outcomes,
    mature: monitor.mature,
    groups: groupRates(monitor.groups, fairness?.monitor.fields ?? []),
    overrides: overrides.report(),
    days: monitor.days,
  });
  showQuality(metrics.monitors, monitor, fairness?.monitor.fields ?? []);
  return {
    monitor,
    observe: ({ stream }) =>
      createScoreObserver({
        table: monitor.table,
        names: monitor.names,
        id: stream.monitored.id,
        groups: fairness?.codes(stream),
        partition: numberOfPartition,
        now: Date.now,
        onLeftOut: (reason, count) => {
          eventsWithoutLabels.inc({ reason }, count);
        },
      }),
    start: (connections) => {
      const stopping = new AbortController();
      const from = since.getTime() - BEFORE_START_MS;
      const common = { ...connections, logger, from, signal: stopping.signal };
      const following = [followLabels({ ...common, ...labelTarget }), ...overrides.follow(common)];
      backlog = new LabelBacklog({
        take: () => monitor.table.takeBacklog(),
        replay: (oldest) => replaying(common, oldest - BEFORE_START_MS),
        onProblem: (error) => {
          if (!stopping.signal.aborted)
            logger.warn({ err: error }, 'labels: the topic cannot be read; it is tried again');
        },
      });
      if (isRestorable(connections.settings, join.event)) restore = restoring(common);
      else
        logger.info(
          { id: join.event },
          'labels: events of before this start are unknown, because output.carry does not have their id',
        );
      const timer = setInterval(() => void refresh(), REFRESH_MS);
      timer.unref();
      return {
        value: undefined,
        stop: async () => {
          clearInterval(timer);
          stopping.abort();
          await Promise.all([...following, restore?.idle(), running]);
        },
      };
    },
    assigned: (now) => {
      restore?.assigned(now);
      void restore?.idle().then(refresh);
    },
    detail: () => [...(trouble === undefined ? [] : [`labels: ${trouble}`]), ...overrides.detail()],
    report,
  };
}

function numberOf(numbers: Map<string, number>, key: string): number {
  let number = numbers.get(key);
  if (number === undefined) numbers.set(key, (number = numbers.size));
  return number;
}
