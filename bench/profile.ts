import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { round, table } from './report-table.ts';

/** As V8 writes it with --cpu-prof; times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

export interface Profile {
  readonly events: number;
  /** Seconds of the main thread by where they went, longest first. */
  readonly seconds: readonly (readonly [where: string, seconds: number])[];
}

const OUTSIDE = 'start-up and the runtime';

/**
 * Where the main thread was: each sample belongs to the nearest caller in a room of ours or in a
 * package, so that a copy of bytes counts for who asked for it. What nobody asked for (garbage,
 * waiting) stands for itself.
 */
export function whereTimeWent({ nodes, samples, timeDeltas }: CpuProfile): Map<string, number> {
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const places = new Map<number, string>();
  const placeOf = (id: number): string => {
    const known = places.get(id);
    if (known !== undefined) return known;
    const parent = parents.get(id);
    const place = ownPlace(byId.get(id)!) ?? (parent === undefined ? OUTSIDE : placeOf(parent));
    places.set(id, place);
    return place;
  };
  const seconds = new Map<string, number>();
  samples.forEach((id, i) => {
    const place = placeOf(id);
    seconds.set(place, (seconds.get(place) ?? 0) + (timeDeltas[i] ?? 0) / 1e6);
  });
  return seconds;
}

function ownPlace({ callFrame: { functionName, url } }: ProfileNode): string | undefined {
  if (functionName === '(garbage collector)' || functionName === '(idle)')
    return functionName.slice(1, -1);
  const installed = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(url)?.[1];
  if (installed !== undefined) return installed;
  return /\/dist\/((?:kafkajs\/)?[^/]+)\/[^/]+$/.exec(url)?.[1];
}

/** Reads the profiles that processes have left in a folder, taken together. */
export async function readProfiles(folder: string, events: number): Promise<Profile> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.cpuprofile'));
  const total = new Map<string, number>();
  for (const file of files) {
    const profile = JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile;
    for (const [where, seconds] of whereTimeWent(profile))
      total.set(where, (total.get(where) ?? 0) + seconds);
  }
  return { events, seconds: [...total].sort(([, a], [, b]) => b - a) };
}

/** Shorter shares say nothing. */
const MIN_SHARE = 0.005;

/** As Markdown. */
export function reportProfile({ events, seconds }: Profile): string {
  const total = seconds.reduce((sum, [, own]) => sum + own, 0);
  const [main, rest] = [
    seconds.filter(([, own]) => own >= MIN_SHARE * total),
    seconds.filter(([, own]) => own < MIN_SHARE * total),
  ];
  const others = rest.reduce((sum, [, own]) => sum + own, 0);
  const rows = [...main, ...(others > 0 ? [['everything else', others] as const] : [])].map(
    ([where, own]) => [where, round(2)((own / events) * 1e6), `${round(1)((100 * own) / total)} %`],
  );
  return `## Where the time of the main thread goes

A CPU profile of one process over a backlog of ${events.toLocaleString('en-US')} events. A sample counts for the nearest caller in a room of
the program (see ARCHITECTURE.md) or in a package. Reading from and writing to sockets counts for kafkajs. The profiler itself costs some percent.

${table(['where', 'µs an event', 'share'], rows)}
`;
}
