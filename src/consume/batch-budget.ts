/** Weight of what is known already against one more batch: about the last twenty count. */
const MEMORY = 0.9;

/**
 * Sizes have to differ by this share of their mean before they tell a cost per batch from a cost
 * per row.
 */
const TELLING_SPREAD = 0.2;

interface Cost {
  readonly perBatch: number;
  readonly perRow: number;
}

/**
 * How many rows a batch may have so that the model answers within a budget of seconds. Learned from
 * how long batches took, as a cost per batch and a cost per row: a cost per row alone would make a
 * model with a large fixed cost ever slower, as small batches look dear. Where the fixed cost alone
 * is half of the budget or more, batches may cost twice that.
 */
export class BatchBudget {
  readonly #seconds: number;
  readonly #most: number;
  #weight = 0;
  #rows = 0;
  #time = 0;
  #rowsSquared = 0;
  #rowsTime = 0;
  /** The last that sizes told apart. */
  #known: Cost | undefined;

  constructor(most: number, seconds: number) {
    this.#most = most;
    this.#seconds = seconds;
  }

  /** A batch of so many rows took so long in the model. */
  observe(rows: number, seconds: number): void {
    this.#weight = this.#weight * MEMORY + 1;
    this.#rows = this.#rows * MEMORY + rows;
    this.#time = this.#time * MEMORY + seconds;
    this.#rowsSquared = this.#rowsSquared * MEMORY + rows * rows;
    this.#rowsTime = this.#rowsTime * MEMORY + rows * seconds;
    this.#known = this.#told() ?? this.#known;
  }

  /** Most rows of the next batch, from 1 to what is configured. */
  get size(): number {
    if (this.#weight === 0) return this.#most;
    const rows = this.#rows / this.#weight;
    const time = this.#time / this.#weight;
    if (time <= 0) return this.#most;
    const { perBatch, perRow } = this.#scaled(rows, time);
    const fits = (Math.max(this.#seconds, 2 * perBatch) - perBatch) / perRow;
    const size = Math.max(1, Math.min(this.#most, Math.floor(fits)));
    // As long as sizes have told nothing, another size is a try worth its price.
    const another = Math.abs(size - rows) > TELLING_SPREAD * rows;
    return this.#known !== undefined || another ? size : Math.min(this.#most, Math.ceil(2 * rows));
  }

  /** Costs by least squares over the sizes seen, if they differ enough. */
  #told(): Cost | undefined {
    const [rows, time] = [this.#rows / this.#weight, this.#time / this.#weight];
    const variance = this.#rowsSquared / this.#weight - rows * rows;
    if (variance < (TELLING_SPREAD * rows) ** 2) return undefined;
    const slope = (this.#rowsTime / this.#weight - rows * time) / variance;
    const perRow = Math.min(Math.max(slope, 0), time / rows);
    return { perRow, perBatch: time - perRow * rows };
  }

  /** What is known, at the speed of now. */
  #scaled(rows: number, time: number): Cost {
    if (this.#known === undefined) return { perBatch: 0, perRow: time / rows };
    const { perBatch, perRow } = this.#known;
    const expected = perBatch + perRow * rows;
    if (expected === 0) return { perBatch: 0, perRow: time / rows };
    const ratio = time / expected;
    return { perBatch: perBatch * ratio, perRow: perRow * ratio };
  }
}
