/** A change to what kafkajs does. */
export interface Patch {
  /** What it is about, in a word or two. */
  readonly about: string;
  /**
   * What the service would lose without it:
   *
   * - `guarantee`: records may be lost, or scored twice;
   * - `correctness`: the service ends, hangs or says what is not so;
   * - `speed`: it takes more time, and does the same.
   */
  readonly neededFor: 'guarantee' | 'correctness' | 'speed';
  /** Called once in a process, and only for the version that it was written for. */
  readonly install: () => void;
}
