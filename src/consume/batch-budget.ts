/** Weight of the earlier batches against a new one: about the last twenty count. */
const MEMORY = 0.9;

/**
 * Sizes must differ by this share of their mean before the costs per batch and per row can be
 * separated.
 */
const TELLING_SPREAD = 0.2;

interface Cost {
  readonly perBatch: number;
  readonly perRow: number;
}

/**
 * How many rows a batch may have so that the model answers within a number of seconds. It is
 * learned from the durations of batches, as a cost per batch and a cost per row. With a cost per
 * row alone, a model with a large fixed cost would get smaller and smaller batches, because small
 * batches look expensive. If the fixed cost is half of the budget or more, batches may cost twice
 * the budget.
 */
export class BatchBudget {
  readonly #seconds: number;
  readonly #most: number;
  #weight = 0;
  #rows = 0;
  #time = 0;
  #rowsSquared = 0;
  #rowsTime = 0;
  /** The last costs that could be separated. */
  #known: Cost | undefined;

  constructor(most: number, seconds: number) {
    this.#most = most;
    this.#seconds = seconds;
  }

  /** A batch of `rows` rows took this long in the model. */
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
    // As long as the sizes do not separate the costs, it is worth trying another size.
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

  /** The known costs, at the current speed. */
  #scaled(rows: number, time: number): Cost {
    if (this.#known === undefined) return { perBatch: 0, perRow: time / rows };
    const { perBatch, perRow } = this.#known;
    const expected = perBatch + perRow * rows;
    if (expected === 0) return { perBatch: 0, perRow: time / rows };
    const ratio = time / expected;
    return { perBatch: perBatch * ratio, perRow: perRow * ratio };
  }
}
