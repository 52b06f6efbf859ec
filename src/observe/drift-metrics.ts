import { Counter, Gauge, type Registry } from 'prom-client';

const PREFIX = 'stream_scorer_';

/** The metrics of drift, of the version that decides. */
export class DriftMetrics {
  /** Is only a label: look at the alarm. Of the last 10,000 to 20,000 events. */
  readonly featurePsi: Gauge<'feature'>;
  /** 1: the feature has changed, and `GET /monitor` says how and since when. */
  readonly featureAlarm: Gauge<'feature'>;
  readonly scorePsi: Gauge;
  readonly scoreAlarm: Gauge;
  /** The counts behind all of it: sum them over replicas. */
  readonly bins: Counter<'feature' | 'bin'>;
  /** `failed` rises: look at `/readyz`. They are tried again; only `lost` and `refused` are missing. */
  readonly reports: Counter<'outcome'>;
  /** Rises: somebody may be looking for a limit. Compare the records near it by key. */
  readonly probes: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    const gauge = <T extends string>(name: string, help: string, labelNames: T[]): Gauge<T> =>
      new Gauge({ name: `${PREFIX}${name}`, help, labelNames, registers, aggregator: 'max' });
    const recent = 'against the profile, of the last 10,000 to 20,000 events.';
    this.featurePsi = gauge(
      'feature_drift_psi',
      `Population stability index of a feature ${recent}`,
      ['feature'],
    );
    this.featureAlarm = gauge(
      'feature_drift_alarm',
      'Whether a feature has changed against the profile: 1 or 0.',
      ['feature'],
    );
    this.scorePsi = gauge(
      'score_drift_psi',
      `Population stability index of the score ${recent}`,
      [],
    );
    this.scoreAlarm = gauge(
      'score_drift_alarm',
      'Whether the score has changed against the profile: 1 or 0.',
      [],
    );
    this.probes = new Counter({
      name: `${PREFIX}threshold_probes_total`,
      help: 'Events near a limit of the policy, of keys that had several of them in one to two hours.',
      registers,
    });
    this.reports = new Counter({
      name: `${PREFIX}drift_reports_total`,
      help: 'Reports to drift.topic by outcome: written, failed (and tried again), refused or lost.',
      labelNames: ['outcome'],
      registers,
    });
    this.bins = new Counter({
      name: `${PREFIX}feature_bin_total`,
      help: 'Events by feature (or score) and bin of the profile.',
      labelNames: ['feature', 'bin'],
      registers,
    });
  }
}
