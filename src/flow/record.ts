/** Record headers as Kafka has them: a name may occur several times. */
export type Headers = Readonly<Record<string, HeaderValue | readonly HeaderValue[] | undefined>>;
export type HeaderValue = Buffer | string;

/**
 * One record of an input topic, as the consumer hands it over.
 * `offset` and `timestamp` (ms since the epoch) are whole numbers, or decimals in text where the client reads them so.
 */
export interface InputRecord {
  readonly offset: number | string;
  readonly timestamp: number | string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Headers | undefined;
}

/** One record to be written. Without `partition` the partitioner decides by key. */
export interface OutputRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Headers;
  readonly partition?: number;
}
