import type { MadeWork } from './made-work.ts';

export const AXES = [
  'batch',
  'features',
  'bytes',
  'model',
  'partitions',
  'guarantee',
  'processes',
  'columns',
] as const;
export type Axis = (typeof AXES)[number];

/** One place on an axis: what differs from the usual run there. */
export interface SweepPoint {
  readonly axis: Axis;
  readonly label: string;
  /** Undefined: the fraud model and its events. */
  readonly work?: MadeWork;
  readonly partitions?: number;
  readonly processes?: number;
  readonly sets?: readonly string[];
}

const TREES = 'lightgbm';

const POINTS: Readonly<Record<Axis, readonly Omit<SweepPoint, 'axis'>[]>> = {
  batch: [16, 64, 256, 1024, 4096].map((size) => ({
    label: String(size),
    sets: [`batch.maxSize=${size}`],
  })),
  features: [10, 50, 100, 200, 500].map((columns) => ({
    label: String(columns),
    work: { kind: TREES, columns },
  })),
  bytes: [200, 1000, 4000, 10_000].map((eventBytes) => ({
    label: String(eventBytes),
    work: { kind: TREES, columns: 15, eventBytes },
  })),
  model: (['lightgbm', 'xgboost', 'mlp', 'linear'] as const).map((kind) => ({
    label: kind,
    work: { kind, columns: 15 },
  })),
  partitions: [1, 4, 16, 64].map((partitions) => ({ label: String(partitions), partitions })),
  guarantee: ['at-least-once', 'exactly-once'].map((label) => ({
    label,
    sets: [`delivery=${label}`],
  })),
  processes: [1, 2].map((processes) => ({ label: String(processes), processes })),
  columns: [
    { label: '15 doubles', work: { kind: 'linear', columns: 15 } },
    { label: '200 doubles', work: { kind: 'linear', columns: 200 } },
    { label: '40 texts', work: { kind: 'strings', columns: 40 } },
  ],
};

export function pointsOf(axes: readonly Axis[]): SweepPoint[] {
  return axes.flatMap((axis) => POINTS[axis].map((point) => ({ axis, ...point })));
}

/** `all`, or names with commas between. Throws a RangeError for another. */
export function readAxes(text: string): readonly Axis[] {
  if (text === 'all') return AXES;
  return text.split(',').map((name) => {
    const axis = AXES.find((known) => known === name);
    if (axis === undefined)
      throw new RangeError(`--sweep has to be all or some of ${AXES.join(', ')}, not ${name}`);
    return axis;
  });
}
