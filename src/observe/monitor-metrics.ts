import { Counter, Gauge, type Registry } from 'prom-client';
import { DriftMetrics } from './drift-metrics.ts';

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
  /**
   * `invalid` rises: the log says what is wrong. `unknown` is normal with several replicas, because
   * each has only its own events.
   */
  readonly labelsJoined: Counter<'outcome'>;
  /** The counts behind precision and recall: sum them over replicas, then divide. */
  readonly labelledEvents: Counter<'model_version' | 'segment' | 'alarm' | 'label'>;
  /** Rises: no label can find these events. `no_id`: they have no `labels.id`. */
  readonly eventsWithoutLabels: Counter<'reason'>;
  /** Falls: look at the days and segments in `GET /monitor`. */
  readonly quality: Gauge<'model_version' | 'figure'>;
  /** Falls while labels are not there yet: the model is less sure of its alarms than before. */
  readonly expectedPrecision: Gauge<'model_version'>;
  readonly expectedRecall: Gauge<'model_version'>;
  /** 1: labels part from what the scores led to expect. The calibrator, or the model, is outdated. */
  readonly qualityAlarm: Gauge<'model_version'>;
  /** Decisions of people: sum over replicas. Little agreement `by` a reason: look at its feature. */
  readonly overrides: Counter<'by' | 'decision' | 'agreed'>;
  readonly overridesJoined: Counter<'outcome'>;
  readonly falsePositiveRate: Gauge<'by' | 'group'>;
  readonly falseNegativeRate: Gauge<'by' | 'group'>;
  readonly drift: DriftMetrics;
  readonly #onCollect: (() => void)[] = [];
  readonly #onCount: (() => void)[] = [];

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
      collect: () => {
        for (const count of this.#onCount) count();
      },
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
    this.labelsJoined = new Counter({
      name: `${PREFIX}labels_joined_total`,
      help: 'Labels by what became of them: joined, early, changed, repeated, late, unknown, empty or invalid; never: events without one.',
      labelNames: ['outcome'],
      registers,
    });
    this.labelledEvents = new Counter({
      name: `${PREFIX}labelled_events_total`,
      help: 'Events that got their first label, by what was decided.',
      labelNames: ['model_version', 'segment', 'alarm', 'label'],
      registers,
    });
    this.eventsWithoutLabels = new Counter({
      name: `${PREFIX}events_not_kept_total`,
      help: 'Scored events that are not kept for their labels: no_id or too_old.',
      labelNames: ['reason'],
      registers,
    });
    this.quality = new Gauge({
      name: `${PREFIX}quality`,
      help: 'Precision, recall, average_precision, roc_auc, calibration_error and false_positive_rate of the days with their labels.',
      labelNames: ['model_version', 'figure'],
      registers,
      aggregator: 'min',
    });
    this.expectedPrecision = new Gauge({
      name: `${PREFIX}expected_precision`,
      help: 'Precision that calibrated scores lead to expect, over the two newest days of events.',
      labelNames: ['model_version'],
      registers,
      aggregator: 'min',
    });
    this.expectedRecall = new Gauge({
      name: `${PREFIX}expected_recall`,
      help: 'Recall that calibrated scores lead to expect, over the two newest days of events.',
      labelNames: ['model_version'],
      registers,
      aggregator: 'min',
    });
    this.qualityAlarm = new Gauge({
      name: `${PREFIX}quality_alarm`,
      help: 'Whether labels part from what calibrated scores led to expect: 1 or 0.',
      labelNames: ['model_version'],
      registers,
      aggregator: 'max',
    });
    this.overrides = new Counter({
      name: `${PREFIX}overrides_total`,
      help: 'Decisions of people about scored events, by the first reason (or what decided), the decision of the program, and whether they are the same.',
      labelNames: ['by', 'decision', 'agreed'],
      registers,
    });
    this.overridesJoined = new Counter({
      name: `${PREFIX}overrides_joined_total`,
      help: 'Decisions of people by what became of them: joined, changed, repeated, unknown, empty or invalid.',
      labelNames: ['outcome'],
      registers,
    });
    this.falsePositiveRate = new Gauge({
      name: `${PREFIX}fairness_false_positive_rate`,
      help: 'The part of the events with label 0 in a group whose decision was not favourable.',
      labelNames: ['by', 'group'],
      registers,
      aggregator: 'max',
    });
    this.falseNegativeRate = new Gauge({
      name: `${PREFIX}fairness_false_negative_rate`,
      help: 'The part of the events with label 1 in a group whose decision was favourable.',
      labelNames: ['by', 'group'],
      registers,
      aggregator: 'max',
    });
    this.drift = new DriftMetrics(registry);
  }

  /** Called before the counts of groups are read: adding them for each batch would be expensive. */
  onCount(count: () => void): void {
    this.#onCount.push(count);
  }

  /** Called before the gauges are read. */
  onCollect(refresh: () => void): void {
    this.#onCollect.push(refresh);
  }
}
