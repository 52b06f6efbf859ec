import type { Report } from './report.ts';

export function htmlReport(report: Report): string {
  return `<!doctype html>${report.all.events}`;
}
