import { drift as driftSchema } from '../config/schema-drift.ts';
import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import { DriftMonitor, type DriftAlarm } from '../monitor/drift-monitor.ts';
import { inOrder, seriesReport, type DriftReport } from '../monitor/drift-report.ts';
import type { Profile } from '../monitor/profile.ts';
import { warningsOf } from './drift.ts';
import type { ModelVersion } from './scoring-plan.ts';

/** Past events beside the profile of a version. */
export class DriftComparison {
  readonly profile: Profile;
  readonly references: NonNullable<ModelVersion['references']>;
  readonly monitor: DriftMonitor;
  readonly #champion: ModelVersion;
  readonly #budget: { readonly effect: number; readonly falseAlarmsPerMillion: number };
  readonly #alarms: DriftAlarm[] = [];

  /** Throws MODEL_PROFILE if the version has none. */
  constructor(champion: ModelVersion, { drift }: Pick<Settings, 'drift'>) {
    const { profile, references, bundle } = champion;
    if (profile === undefined || references === undefined)
      throw new ScorerError({
        code: 'MODEL_PROFILE',
        what: 'this version of the model has no profile',
        where: bundle.yamlFile,
        remedy: 'Make one with `stream-scorer profile`, and name it in model.yaml.',
      });
    const { effect, falseAlarmsPerMillion } = drift ?? driftSchema.parse({});
    this.profile = profile;
    this.references = references;
    this.#champion = champion;
    this.#budget = { effect, falseAlarmsPerMillion };
    this.monitor = new DriftMonitor({
      series: references.series,
      ...this.#budget,
      quietMs: 0,
      now: Date.now,
      past: true,
      onAlarm: (alarm, begins) => {
        if (begins) this.#alarms.push(alarm);
      },
    });
  }

  /** Of what the monitor has seen. */
  report(
    seen: Pick<DriftReport, 'input' | 'unscored'> & Partial<Pick<DriftReport, 'recorded'>>,
  ): DriftReport {
    this.monitor.flush();
    const { figures, events } = this.monitor;
    const { rows, from, to, leftOut } = this.profile;
    return {
      ...seen,
      model: this.#champion.model.identity,
      profile: { rows, from, to },
      events,
      warnings: warningsOf(this.profile),
      ...this.#budget,
      series: inOrder(
        this.references.series.map((one, i) =>
          seriesReport(one, Object.values(figures[i]!.counts), this.#alarms),
        ),
      ),
      leftOut,
    };
  }
}
