import { html, type Markup } from './markup.ts';
import type { Tick } from './axis.ts';

/** What the style of a page draws dashed (a) and solid (b). */
export type Side = 'a' | 'b';

export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly Tick[];
  /** What it measures. */
  readonly name: string;
}

export interface Series {
  readonly side: Side;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Horizontal and vertical lines only. */
  readonly steps?: boolean;
}

export interface LinePlot {
  readonly title: string;
  /** For readers who do not see the plot. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly dots?: readonly {
    readonly side: Side;
    readonly x: number;
    readonly y: number;
    readonly label: string;
  }[];
  /** Parts of the x axis that say something when the pointer is on them. */
  readonly hovers?: readonly {
    readonly from: number;
    readonly to: number;
    readonly label: string;
  }[];
}

const [WIDTH, HEIGHT] = [640, 260];
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 12, 26, 42];

/** A plot of one side or of both as SVG: A is dashed, B is not. */
export function linePlot({
  title,
  description,
  x,
  y,
  series,
  dots = [],
  hovers = [],
}: LinePlot): Markup {
  const right = WIDTH - RIGHT;
  const bottom = HEIGHT - BOTTOM;
  const px = scale(x, LEFT, right);
  const py = scale(y, bottom, TOP);
  const grid = y.ticks.map(
    ({ at, label }) =>
      html`<line class="grid" x1="${LEFT}" x2="${right}" y1="${py(at)}" y2="${py(at)}" /><text
          x="${LEFT - 6}"
          y="${py(at) + 4}"
          text-anchor="end"
          >${label}</text
        >`,
  );
  const below = x.ticks.map(
    ({ at, label }) =>
      html`<line
          class="grid"
          x1="${px(at)}"
          x2="${px(at)}"
          y1="${bottom}"
          y2="${bottom + 4}"
        /><text x="${px(at)}" y="${bottom + 16}" text-anchor="middle">${label}</text>`,
  );
  const lines = series
    .filter(({ points }) => points.length > 0)
    .map(
      ({ side, points, steps = false }) =>
        html`<path class="${side}" d="${pathOf(points, px, py, steps)}" />`,
    );
  const marks = dots.map(
    ({ side, label, ...at }) =>
      html`<circle class="dot ${side}" cx="${px(at.x)}" cy="${py(at.y)}" r="5"
        ><title>${label}</title></circle
      >`,
  );
  const areas = hovers.map(
    ({ from, to, label }) =>
      html`<rect
        class="hover"
        x="${px(from)}"
        y="${TOP}"
        width="${round(px(to) - px(from))}"
        height="${bottom - TOP}"
        ><title>${label}</title></rect
      >`,
  );
  return html`<figure>
    <figcaption>${title}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${`${title}. ${description}`}">
      ${grid}${below}
      <text x="${right}" y="${HEIGHT - 6}" text-anchor="end">${x.name}</text>
      <text x="2" y="12">${y.name}</text>
      ${lines}${marks}${areas}
    </svg>
  </figure>`;
}

function scale({ from, to }: Axis, low: number, high: number): (value: number) => number {
  return (value) =>
    round(to === from ? (low + high) / 2 : low + ((value - from) / (to - from)) * (high - low));
}

function pathOf(
  points: Series['points'],
  px: (x: number) => number,
  py: (y: number) => number,
  steps: boolean,
): string {
  return points
    .map(([x, y], i) =>
      i === 0 ? `M${px(x)} ${py(y)}` : steps ? `H${px(x)}V${py(y)}` : `L${px(x)} ${py(y)}`,
    )
    .join('');
}

const round = (value: number): number => Math.round(value * 100) / 100;
