/** A running Kafka cluster and schema registry. */
export interface Stack {
  readonly kind: 'environment' | 'docker' | 'maven';
  readonly brokers: readonly string[];
  /** The base URL of `/subjects` and `/schemas`. */
  readonly registryUrl: string;
  /** Breaks parts on purpose; null if the stack is not ours. */
  readonly faults: StackFaults | null;
  stop(): Promise<void>;
}

/**
 * Every call resolves when it is done: the part is gone, or it accepts requests again, on its port
 * and with its data.
 */
export interface StackFaults {
  stopRegistry(): Promise<void>;
  startRegistry(): Promise<void>;
  stopBroker(index?: number, how?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  startBroker(index?: number): Promise<void>;
  /**
   * Suspends the broker with all its connections, like a host that swaps or is moved, and resumes
   * it.
   */
  pauseBroker(index?: number): void;
  resumeBroker(index?: number): void;
}

export interface StackOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder in which downloads are kept between runs. */
  readonly cacheDir: string;
  /** The folder that has stack/pom.xml. */
  readonly projectDir: string;
  /** 1, or 3 for a cluster whose internal topics survive the loss of one broker. */
  readonly brokers?: number;
  /** Version of the brokers, for the Maven stack. */
  readonly kafkaVersion?: string | undefined;
  /** More settings of the brokers, for a stack that starts its own. */
  readonly brokerSettings?: readonly string[];
  /** A registry that runs already and is taken instead of one more; for Maven. */
  readonly registryUrl?: string | undefined;
  /**
   * Lives for minutes: its brokers compile quickly instead of well, which costs half the CPU time
   * of a start. For Maven.
   */
  readonly shortLived?: boolean | undefined;
  readonly log: (line: string) => void;
}

/** Starts a stack in one way, or returns what is missing for it. */
export type StackProvider = (options: StackOptions) => Promise<Stack | Missing>;

export interface Missing {
  readonly missing: string;
  readonly remedy: string;
}
