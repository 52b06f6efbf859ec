/** A change to the behaviour of kafkajs. */
export interface Patch {
  /** Its subject, in a few words. */
  readonly about: string;
  /**
   * What the service would lose without it:
   * - `guarantee`: records may be lost, or scored twice;
   * - `correctness`: the service ends, hangs or reports something wrong;
   * - `speed`: it needs more time for the same result.
   */
  readonly neededFor: 'guarantee' | 'correctness' | 'speed';
  /** Called once per process, and only for the version that it was written for. */
  readonly install: () => void;
}
