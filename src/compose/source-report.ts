import type { Problem } from '../errors.ts';
import type { FoundChampion } from './champion.ts';
import { fromCache } from './configured-champion.ts';
import type { Reports } from './reports.ts';
import type { SourceObserver } from './source-observer.ts';

export interface SourceReport extends Required<SourceObserver> {
  /** The version of the start, which may come from the cache because the source is away. */
  readonly started: (champion: FoundChampion) => void;
}

/** Reports whether the source of the versions answers, in log, metrics and `/readyz`. */
export function sourceReport({ metrics, status, logger }: Reports, name: string): SourceReport {
  const source = name.replace(/\?.*/s, ''); // a query may hold a signature
  let cached: string | undefined;
  status.detailed(() => (cached === undefined ? [] : [cached]));
  return {
    onAnswer(problem: Problem | undefined) {
      metrics.modelSourceUp.set({ source }, problem === undefined ? 1 : 0);
      if (problem === undefined) cached = undefined;
    },
    warn(what) {
      logger.warn(what);
    },
    started(champion) {
      const { away } = champion;
      if (away === undefined) return;
      cached = fromCache(champion);
      logger.warn({ code: away.code, where: away.where }, cached);
    },
  };
}
