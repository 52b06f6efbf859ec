import { escaped } from './escaped.ts';
import { HEADER } from './screens.ts';

const FRAMES = 12;
const SECONDS_EACH = 1.2;
const LETTER = 8.4;
const LINE = 19;
const MARGIN = 16;
const BAR = 30;

const WIDTH = HEADER.width * LETTER + 2 * MARGIN;
const HEIGHT = BAR + (HEADER.height + 1) * LINE + MARGIN;

/** Screens of a terminal as an animated SVG: one after the other, for ever. A viewer that does not animate shows the last. */
export function drawScreens(screens: readonly (readonly string[])[]): string {
  const frames = spreadOver(screens, FRAMES);
  const seconds = (frames.length * SECONDS_EACH).toFixed(1);
  const shown = (100 / frames.length).toFixed(3);
  const groups = frames.map((lines, i) => {
    // Below zero, so that every frame is under way, and hidden, from the beginning.
    const delay = ((i - frames.length) * SECONDS_EACH).toFixed(1);
    const texts = lines.map((line, row) => drawLine(line, row + 1)).join('');
    return `<g class="f" style="animation-delay:${delay}s">${texts}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" xml:space="preserve" role="img" aria-label="The demo in a terminal: events per second, latency, decisions and the latest rejected transactions">
<style>
text{font:14px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d8dee6;white-space:pre}
.dim{fill:#8b98a8}.APPROVE{fill:#7bd88f}.REVIEW{fill:#f0c674}.REJECT{fill:#ff8080}
.f{opacity:0;animation:show ${seconds}s infinite}
.f:last-of-type{opacity:1}
@keyframes show{0%,${shown}%{opacity:1}${(Number(shown) + 0.001).toFixed(3)}%,100%{opacity:0}}
@media (prefers-reduced-motion:reduce){.f{animation:none}}
</style>
<rect width="${WIDTH}" height="${HEIGHT}" rx="8" fill="#171c23"/>
<circle cx="20" cy="16" r="5" fill="#ff6159"/><circle cx="38" cy="16" r="5" fill="#ffbd2e"/><circle cx="56" cy="16" r="5" fill="#28c941"/>
${drawLine(`$ ${HEADER.title}`, 0, 'dim')}
${groups.join('\n')}
</svg>
`;
}

/** So many of the screens, in even steps, the last one among them. */
function spreadOver<T>(screens: readonly T[], count: number): T[] {
  const step = Math.max(1, screens.length / count);
  const frames: T[] = [];
  for (let at = screens.length - 1; at > -0.5 && frames.length < count; at -= step)
    frames.unshift(screens[Math.round(at)]!);
  return frames;
}

function drawLine(line: string, row: number, name = nameOf(line)): string {
  if (line.trim() === '') return '';
  const indent = line.length - line.trimStart().length;
  const x = MARGIN + indent * LETTER;
  const y = BAR + (row + 1) * LINE - 4;
  const text = escaped(line.trim());
  return `<text x="${x.toFixed(1)}" y="${y}"${name === '' ? '' : ` class="${name}"`}>${text}</text>`;
}

/** A line is coloured by its decision. */
function nameOf(line: string): string {
  return /^ {2}(APPROVE|REVIEW|REJECT) /.exec(line)?.[1] ?? (line.includes('Ctrl-C') ? 'dim' : '');
}
