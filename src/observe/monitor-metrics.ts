import { Counter, Gauge, type Registry } from 'prom-client';

const PREFIX = 'stream_scorer_';

/**
 * The metrics of the monitors. Counters add up over replicas. A gauge is what one replica sees, and
 * several processes of a supervisor show the worst of theirs.
 */
export class MonitorMetrics {
  /** The counts behind the ratio: sum them over replicas, then divide. */
  readonly fairnessDecisions: Counter<'by' | 'group' | 'favourable'>;
  /** Below `fairness.minRatio`: look at the interval in `GET /monitor`. The alarm waits for it. */
  readonly fairnessRatio: Gauge<'by' | 'group'>;
  /** 1: the whole interval is below the limit. `GET /monitor` has the figures of the groups. */
  readonly fairnessAlarm: Gauge<'by' | 'group'>;
  readonly #onCollect: (() => void)[] = [];

  constructor(registry: Registry) {
    const registers = [registry];
    const collect = (): void => {
      for (const refresh of this.#onCollect) refresh();
    };
    this.fairnessDecisions = new Counter({
      name: `${PREFIX}fairness_decisions_total`,
      help: 'Decisions by the group of the event, and whether they are favourable.',
      labelNames: ['by', 'group', 'favourable'],
      registers,
    });
    this.fairnessRatio = new Gauge({
      name: `${PREFIX}fairness_favourable_ratio`,
      help: 'The part of favourable decisions in a group, divided by that of the best group; only groups with enough events.',
      labelNames: ['by', 'group'],
      registers,
      aggregator: 'min',
      collect,
    });
    this.fairnessAlarm = new Gauge({
      name: `${PREFIX}fairness_alarm`,
      help: 'Whether the ratio of a group is below fairness.minRatio with its whole interval: 1 or 0.',
      labelNames: ['by', 'group'],
      registers,
      aggregator: 'max',
    });
  }

  /** Called before the gauges are read. */
  onCollect(refresh: () => void): void {
    this.#onCollect.push(refresh);
  }
}
