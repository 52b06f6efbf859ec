import type { Route } from '../flow/http.ts';

export interface Health {
  /** Why the loop does not advance, or undefined. */
  live(): string | undefined;
  /** Why no records can be scored now, or undefined. */
  ready(): string | undefined | Promise<string | undefined>;
  /** What an operator should know besides, a line each; it does not change the answer. */
  detail?(): readonly string[];
}

export interface MetricsPage {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** What every process that listens serves: probes, which need no token, and metrics. */
export function standardRoutes(health: Health, page: MetricsPage): readonly Route[] {
  return [
    probe('/livez', () => health.live()),
    probe(
      '/readyz',
      () => health.ready(),
      () => health.detail?.() ?? [],
    ),
    {
      method: 'GET',
      path: '/metrics',
      handle: async () => ({
        status: 200,
        headers: { 'content-type': page.contentType },
        body: await page.metrics(),
      }),
    },
  ];
}

function probe(
  path: string,
  problem: Health['ready'],
  detail: () => readonly string[] = () => [],
): Route {
  return {
    method: 'GET',
    path,
    open: true,
    handle: async () => {
      const why = await problem();
      return {
        status: why === undefined ? 200 : 503,
        headers: { 'content-type': 'text/plain' },
        body: [why ?? 'ok', ...detail(), ''].join('\n'),
      };
    },
  };
}
