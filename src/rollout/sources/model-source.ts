import type { FoundVersion } from '../version-store.ts';

/** A place elsewhere that versions of a model are downloaded from. */
export interface ModelSource {
  /** Whether `find` asks the source, and so shows whether it answers. */
  readonly asks: boolean;
  /** The version that `wanted` means now, like `VersionStore.find`. */
  find(wanted: string, signal: AbortSignal): Promise<FoundVersion>;
  /** What the files of the version are called in the cache. Other files have another name. */
  digestOf(found: FoundVersion): string;
  /** Writes the files of the version into an empty folder, and verifies them. */
  download(found: FoundVersion, folder: string, signal: AbortSignal): Promise<void>;
}

/** A file that model.yaml names; `sha256`: '' if it names none. */
export interface NamedFile {
  readonly name: string;
  readonly sha256: string;
}

/** The files of a bundle that its model.yaml names. */
export type FilesOf = (modelYaml: string) => readonly NamedFile[];
