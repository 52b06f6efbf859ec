import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Settings } from '../config/settings.ts';
import type { RangeReader } from '../consume/range-reader.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { TopicPartition } from '../flow/batch.ts';
import type { Started } from '../runtime/lifecycle.ts';
import { createDrift } from './drift.ts';
import { DriftReports } from './drift-reports.ts';
import { createExpected } from './expected.ts';
import { createFairness } from './fairness.ts';
import type { ObservePlan } from './observe-plan.ts';
import { createProbing } from './probing.ts';
import { createQuality } from './quality.ts';
import type { Reports } from './reports.ts';
import type { SideConnections } from './side-topic.ts';

/** The monitors of a stream. They outlive the versions of the model, and count what is delivered. */
export interface Monitors {
  readonly observers: readonly ObservePlan[];
  /** Their figures by the section of the configuration, for `GET /monitor`. */
  readonly report: () => Readonly<Record<string, unknown>>;
  /** Follows what the monitors read beside the events. */
  readonly start: (connections: MonitorConnections) => Promise<Started<undefined>>;
  /** The partitions of this replica from now on. */
  readonly assigned: (partitions: readonly TopicPartition[]) => void;
}

export interface MonitorConnections {
  readonly registry: SchemaRegistry;
  readonly reader: RangeReader;
  /** Connects a producer for what is written beside the stream. */
  readonly openSink: SideConnections['openSink'];
}

export function createMonitors(settings: Settings, reports: Reports): Monitors {
  const counted = driftReportsOf(settings, reports);
  const drift = createDrift(settings, reports, counted);
  const fairness = createFairness(settings, reports);
  const expected = createExpected(settings, reports);
  const quality = createQuality(settings, fairness, expected, reports);
  const probing = createProbing(settings, reports);
  const all = [drift, probing, fairness, expected, quality].filter((one) => one !== undefined);
  reports.status.detailed(() => [...all, counted].flatMap((one) => one?.detail() ?? []));
  return {
    observers: all.map((one) => one.observe),
    report: () => ({
      ...(drift && { drift: drift.report() }),
      ...(fairness && { fairness: fairness.monitor.figures }),
      ...(expected.isUsed() && { expected: expected.report() }),
      ...(quality && { quality: quality.report() }),
    }),
    assigned: (partitions) => {
      quality?.assigned(partitions);
    },
    start: (connections) => {
      const started = [
        counted?.start({ settings, ...connections }),
        quality?.start({ settings, ...connections }),
      ].filter((one) => one !== undefined);
      const stop = async (): Promise<void> => {
        await Promise.all(started.map((one) => one.stop()));
      };
      return Promise.resolve({ value: undefined, stop });
    },
  };
}

/** Undefined without `drift.topic`. */
function driftReportsOf(
  { drift }: Pick<Settings, 'drift'>,
  reports: Reports,
): DriftReports | undefined {
  if (drift?.topic === undefined) return undefined;
  const { topic, reportMs } = drift;
  const instance = `${hostname()}-${randomUUID()}`;
  return new DriftReports({ topic, reportMs, instance, now: Date.now, reports });
}
