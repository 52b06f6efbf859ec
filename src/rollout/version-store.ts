/** A version of a model, as its source names it now. */
export interface FoundVersion {
  readonly version: string;
  /** Changes whenever any file of the version changes. */
  readonly stamp: string;
}

/** Where the versions of a model come from (port). */
export interface VersionStore {
  /**
   * The version that `wanted` means now: the name of a version, or a name such as `latest` that
   * moves. Throws a ScorerError if there is none, or if the source does not answer.
   */
  find(wanted: string, signal?: AbortSignal): Promise<FoundVersion>;
  /**
   * The folder with the files of a version that was found. It stays there as long as the version is
   * in use. Throws a ScorerError if the files are not available.
   */
  fetch(found: FoundVersion, signal?: AbortSignal): Promise<string>;
  /**
   * The version that the name meant when its files were last fetched, if they are still there: for
   * a start while the source does not answer.
   */
  kept?(wanted: string): Promise<FoundVersion | undefined>;
}

export function isSameVersion(a: FoundVersion, b: FoundVersion): boolean {
  return a.version === b.version && a.stamp === b.stamp;
}
