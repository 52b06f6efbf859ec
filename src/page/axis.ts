/** A place on an axis with its label. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** Round numbers in a range, a handful of them. */
export function ticksOf(from: number, to: number, about = 5): readonly Tick[] {
  const step = niceStep((to - from) / about);
  if (!(step > 0)) return [{ at: from, label: short(from) }];
  const first = Math.ceil(from / step);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const at = Number(((first + i) * step).toPrecision(12));
    return { at, label: short(at) };
  });
}

/** 1, 2, 2.5 or 5 times a power of ten. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const [step] = [1, 2, 2.5, 5, 10].filter((times) => times * power >= rough * 0.999999);
  return (step ?? 10) * power;
}

/** Counts on a logarithmic axis: a place for each power of ten. Zero is at the bottom. */
export function logTicks(most: number): readonly Tick[] {
  const ticks: Tick[] = [{ at: 0, label: '0' }];
  for (let count = 1; count <= Math.max(1, most); count *= 10)
    ticks.push({ at: logPlace(count), label: short(count) });
  return ticks;
}

/** The place of a count on a logarithmic axis; 1 is a step above 0. */
export function logPlace(count: number): number {
  return count === 0 ? 0 : Math.log10(count) + 0.5;
}

const compact = new Intl.NumberFormat('en-US', {
  notation: 'compact',
  maximumSignificantDigits: 4,
});

export function short(value: number): string {
  return Math.abs(value) >= 1000 ? compact.format(value) : String(Number(value.toPrecision(4)));
}
