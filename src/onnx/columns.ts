/** A column of an input that a number is computed from. */
export interface Source {
  readonly input: string;
  readonly column: number;
}

/** What one number is computed from. */
export type Sources = readonly Source[];

/** The numbers of a row of a tensor: how they are laid out, and what each is computed from. */
export interface Laid {
  /** The dimensions behind that of the batch. */
  readonly shape: readonly number[];
  /** One for each number, the last dimension running fastest. */
  readonly sources: readonly Sources[];
}

/** Of any of its numbers, however many there are. */
export interface Blur {
  readonly blur: Sources;
}

export type Columns = Laid | Blur;

export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

/** As many numbers as the dimensions say; otherwise nobody knows which is where. */
export function laid(shape: readonly number[], sources: readonly Sources[]): Columns {
  return sizeOf(shape) === sources.length ? { shape, sources } : { blur: union(sources) };
}

/** All that these are computed from. */
export const blurOf = (values: readonly Columns[]): Blur => ({
  blur: union(values.flatMap((value) => ('blur' in value ? [value.blur] : value.sources))),
});

/** Each source once. */
export function union(all: readonly Sources[]): Sources {
  if (all.length === 1) return all[0]!;
  const found = new Map<string, Source>();
  for (const sources of all)
    for (const source of sources) found.set(`${source.column} ${source.input}`, source);
  return [...found.values()];
}
