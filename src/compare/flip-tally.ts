/** Where an event is, and what both sides say about it. */
export interface Example {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** ISO time; null if the event has none. */
  readonly time: string | null;
  readonly a: number;
  readonly b: number;
  /** The carried fields, and no other. */
  readonly event: unknown;
}

/** One kind of flip: how often, and the clearest examples. */
interface Kind {
  count: number;
  readonly examples: Example[];
}

/**
 * Pairs of different verdicts with their counts. Examples are those with the largest difference of
 * the scores. Among equal ones, the lowest coordinates count, whatever is read first.
 */
export class FlipTally {
  readonly #max: number;
  readonly #kinds = new Map<string, Kind & { readonly from: number; readonly to: number }>();

  constructor(maxExamples: number) {
    this.#max = maxExamples;
  }

  add(from: number, to: number, place: Omit<Example, 'event' | 'time'>, rest: () => Rest): void {
    const key = `${from} ${to}`;
    let kind = this.#kinds.get(key);
    if (kind === undefined) this.#kinds.set(key, (kind = { from, to, count: 0, examples: [] }));
    kind.count++;
    const { examples } = kind;
    const at = examples.findIndex((example) => isClearer(place, example));
    if (at === -1 && examples.length >= this.#max) return;
    examples.splice(at === -1 ? examples.length : at, 0, { ...place, ...rest() });
    if (examples.length > this.#max) examples.pop();
  }

  /** The most frequent first. */
  get kinds(): readonly (Kind & { readonly from: number; readonly to: number })[] {
    return [...this.#kinds.values()].sort(
      (x, y) => y.count - x.count || x.from - y.from || x.to - y.to,
    );
  }
}

/** What is read only for an event that becomes an example. */
type Rest = Pick<Example, 'event' | 'time'>;

type Place = Omit<Example, 'event' | 'time'>;

function isClearer(x: Place, y: Place): boolean {
  const [dx, dy] = [Math.abs(x.b - x.a), Math.abs(y.b - y.a)];
  if (dx !== dy) return dx > dy;
  if (x.partition !== y.partition) return x.partition < y.partition;
  return BigInt(x.offset) < BigInt(y.offset);
}
