import type { KeyTable } from './key-table.ts';

/** A list as decisions use it. */
export interface KeyList {
  /** Whether the key is on the list now, in ms since the epoch. */
  readonly has: (key: string, now: number) => boolean;
  /** The same for all rows of a column at once (see `KeyTable.mark`). */
  readonly mark: KeyTable['mark'];
  /** How far it was read: offsets by partition, or the digest of the file. */
  readonly position: string;
}

/** A list that is kept up to date. */
export interface OpenList extends KeyList {
  /** Entries, expired ones included. */
  readonly size: number;
  /** What is wrong with it now, for people; undefined if nothing is. */
  readonly trouble: string | undefined;
  /** Looks for changes from now on. */
  readonly follow: () => void;
  readonly close: () => Promise<void>;
}

/** What happens to a list while the program runs. */
export interface ListEvents {
  /** Records or lines that are not understood, and were not applied. */
  readonly rejected: (count: number, why: string, where: string) => void;
  /** It cannot be read any more, and keeps what it has; undefined: it can be read again. */
  readonly away: (why: string | undefined) => void;
}
