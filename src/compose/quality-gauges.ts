import type { GroupField } from '../monitor/fairness-window.ts';
import type { QualityMonitor } from '../monitor/quality-monitor.ts';
import type { MonitorMetrics } from '../observe/monitor-metrics.ts';
import { groupRates } from './quality-report.ts';

/** Sets the gauges whenever the metrics are read. */
export function showQuality(
  metrics: MonitorMetrics,
  monitor: QualityMonitor,
  fields: readonly GroupField[],
): void {
  metrics.onCollect(() => {
    const { quality, falsePositiveRate, falseNegativeRate } = metrics;
    quality.reset();
    for (const { model, segment, ...figures } of monitor.mature) {
      if (segment !== null) continue;
      const { alarms, averagePrecision, rocAuc, calibration } = figures;
      const all = {
        precision: alarms?.precision,
        recall: alarms?.recall,
        false_positive_rate: alarms?.falsePositiveRate,
        average_precision: averagePrecision,
        roc_auc: rocAuc,
        calibration_error: calibration?.error,
      };
      for (const [figure, value] of Object.entries(all))
        if (typeof value === 'number') quality.set({ model_version: model, figure }, value);
    }
    falsePositiveRate.reset();
    falseNegativeRate.reset();
    for (const { by, groups } of groupRates(monitor.groups, fields)) {
      for (const { group, falsePositives, falseNegatives } of groups) {
        if (falsePositives.rate !== null) falsePositiveRate.set({ by, group }, falsePositives.rate);
        if (falseNegatives.rate !== null) falseNegativeRate.set({ by, group }, falseNegatives.rate);
      }
    }
  });
}
