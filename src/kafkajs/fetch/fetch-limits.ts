/** How much of what is fetched may be in memory, uncompressed. */
export interface FetchLimits {
  /** For one record. A larger one keeps its place, key and headers, and loses its value. */
  readonly recordBytes: number;
  /** For one batch, and for what is read of one partition at a time. */
  readonly batchBytes: number;
}

export const DEFAULT_LIMITS: FetchLimits = { recordBytes: 33_554_432, batchBytes: 67_108_864 };

/** Thrown instead of decompressing a batch that would be too large. */
export class BatchTooLarge extends Error {
  constructor(options?: ErrorOptions) {
    super('a record batch is larger than the limit when it is decompressed', options);
    this.name = 'BatchTooLarge';
  }
}
