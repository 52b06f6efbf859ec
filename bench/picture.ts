import { escaped } from '../scripts/picture/escaped.ts';

/** One figure of one program: the median, and the range of its rounds. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Bars of one unit, from 0. */
export interface BarGroup {
  readonly title: string;
  readonly digits: number;
  readonly bars: readonly Bar[];
}

const WIDTH = 760;
const LABELS = 190;
const NUMBERS = 90;
const ROW = 22;
const TITLE = 34;
const PADDING = 16;
const PLOT = WIDTH - LABELS - NUMBERS - 2 * PADDING;

/**
 * Bars with whiskers as an SVG image, a group below the other. What could not be measured has a
 * label and no bar.
 */
export function picture(groups: readonly BarGroup[]): string {
  const parts: string[] = [];
  let y = PADDING;
  for (const { title, digits, bars } of groups) {
    parts.push(`<text x="${PADDING}" y="${y + 16}" class="title">${escaped(title)}</text>`);
    y += TITLE;
    const most = Math.max(...bars.map(({ high }) => (Number.isNaN(high) ? 0 : high)));
    const scale = most > 0 ? PLOT / most : 0;
    for (const bar of bars) {
      parts.push(...drawn(bar, y, scale, digits));
      y += ROW;
    }
    y += PADDING;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}">
<style>text { font: 13px sans-serif; fill: #1f2328 } .title { font-weight: bold } .bar { fill: #4c78a8 } .range { stroke: #1f2328; stroke-width: 1.5 }</style>
<rect width="${WIDTH}" height="${y}" fill="#ffffff"/>
${parts.join('\n')}
</svg>
`;
}

function drawn(
  { label, value, low, high }: Bar,
  y: number,
  scale: number,
  digits: number,
): string[] {
  const left = PADDING + LABELS;
  const middle = y + ROW / 2 - 3;
  const name = `<text x="${left - 8}" y="${middle + 4}" text-anchor="end">${escaped(label)}</text>`;
  if (Number.isNaN(value)) return [name];
  const at = (x: number): string => (left + x * scale).toFixed(1);
  const number = value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return [
    name,
    `<rect x="${left}" y="${y}" width="${(value * scale).toFixed(1)}" height="${ROW - 6}" class="bar"/>`,
    `<path d="M${at(low)} ${middle}H${at(high)}M${at(low)} ${middle - 4}v8M${at(high)} ${middle - 4}v8" class="range" fill="none"/>`,
    `<text x="${left + PLOT + 8}" y="${middle + 4}">${number}</text>`,
  ];
}
