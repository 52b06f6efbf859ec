import type { Route } from '../flow/http.ts';

export interface Health {
  /** Why the program makes no progress, or undefined. */
  live(): string | undefined;
  /** Why no records can be scored now, or undefined. */
  ready(): string | undefined | Promise<string | undefined>;
  /** More lines for the operator. They do not change the status. */
  detail?(): readonly string[];
}

export interface MetricsPage {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** The routes of every process that listens: probes, which need no token, and metrics. */
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
