/** A running Kafka cluster and schema registry. */
export interface Stack {
  readonly kind: 'environment' | 'docker' | 'maven';
  readonly brokers: readonly string[];
  /** What `/subjects` and `/schemas` are appended to. */
  readonly registryUrl: string;
  /** Breaks parts on purpose; null where the parts are not ours. */
  readonly faults: StackFaults | null;
  stop(): Promise<void>;
}

/**
 * Every call resolves when it has happened: the part is gone, or accepts requests again, on its
 * port and with its data.
 */
export interface StackFaults {
  stopRegistry(): Promise<void>;
  startRegistry(): Promise<void>;
  stopBroker(index?: number, how?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  startBroker(index?: number): Promise<void>;
  /**
   * Lets it stand still, with all its connections, as a host does that swaps or is moved; and go
   * on.
   */
  pauseBroker(index?: number): void;
  resumeBroker(index?: number): void;
}

export interface StackOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where downloads are kept between runs. */
  readonly cacheDir: string;
  /** The folder that has stack/pom.xml. */
  readonly projectDir: string;
  /** 1, or 3 for a cluster whose internal topics survive the loss of one. */
  readonly brokers?: number;
  /** Of the brokers, for the way that fetches them from Maven. */
  readonly kafkaVersion?: string | undefined;
  /** Further lines of the brokers' settings, for the way that makes its own brokers. */
  readonly brokerSettings?: readonly string[];
  readonly log: (line: string) => void;
}

/** Starts a stack one way, or answers what is missing for it. */
export type StackProvider = (options: StackOptions) => Promise<Stack | Missing>;

export interface Missing {
  readonly missing: string;
  readonly remedy: string;
}
