import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScorerError, type Problem } from '../../errors.ts';
import type { ListEvents, OpenList } from './key-list.ts';
import { KeyTable } from './key-table.ts';
import { entryOfLine, type KeyType } from './list-entry.ts';

export interface FileListOptions {
  readonly file: string;
  /** Where the configuration names it, for messages. */
  readonly where: string;
  /** Default: string. */
  readonly type?: KeyType | undefined;
  /** How often it looks for a change, in ms. 0: never. */
  readonly watchMs: number;
  readonly events: ListEvents;
  /** Waits for the next look; for tests. */
  readonly pause?: (signal: AbortSignal) => Promise<unknown>;
}

/** As many lines are reported. */
const MAX_REPORTED = 10;

/**
 * A list from a file: one key or one JSON object per line. If the file changes, all of it is read
 * again. A file with a line that is not understood is refused as a whole, because it has an author
 * who can correct it; while the program runs, the list keeps what it has.
 */
export async function openFileList(options: FileListOptions): Promise<OpenList> {
  const { file, watchMs, events } = options;
  const { pause = (signal: AbortSignal) => sleep(watchMs, undefined, { signal, ref: false }) } =
    options;
  let used = await stampOf(file);
  let seen = used;
  let current = await readList(options);
  let trouble: string | undefined;
  const closing = new AbortController();
  let watching: Promise<void> | undefined;

  /** Half a file is a list, too. So a file counts once two looks in a row find the same one. */
  async function look(): Promise<void> {
    const now = await stampOf(file);
    const still = now === seen;
    seen = now;
    if (!still || now === used) return;
    try {
      const read = await readList(options);
      if ((await stampOf(file)) !== now) return;
      used = now;
      current = read;
      if (trouble !== undefined) events.away(undefined);
      trouble = undefined;
    } catch (error) {
      if (!(error instanceof ScorerError)) throw error;
      used = now;
      const [problem] = error.problems;
      trouble = `the changed file is not used: ${problem!.what} (${problem!.where})`;
      events.away(trouble);
    }
  }

  async function watch(): Promise<void> {
    const { signal } = closing;
    for (;;) {
      await pause(signal).catch(() => undefined);
      if (signal.aborted) return;
      await look();
    }
  }

  return {
    has: (key, now) => current.table.has(key, now),
    mark: (...batch) => current.table.mark(...batch),
    get position() {
      return current.digest;
    },
    get size() {
      return current.table.size;
    },
    get trouble() {
      return trouble;
    },
    follow: () => {
      if (watchMs > 0) watching ??= watch();
    },
    close: async () => {
      closing.abort();
      await watching;
    },
  };
}

interface Read {
  readonly table: KeyTable;
  /** The beginning of the file's sha256. */
  readonly digest: string;
}

/** Throws LIST_INVALID, LIST_NOT_FOUND. */
async function readList({ file, where, type }: FileListOptions): Promise<Read> {
  const table = new KeyTable();
  const problems: Problem[] = [];
  const hash = createHash('sha256');
  let number = 0;
  try {
    const stream = createReadStream(file);
    stream.on('data', (chunk) => hash.update(chunk));
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      number++;
      const entry = entryOfLine(number === 1 ? line.replace(/^\ufeff/, '') : line, type);
      if (entry?.is === 'key') table.set(entry.key, entry.expires);
      else if (entry?.is === 'wrong')
        problems.push({ code: 'LIST_INVALID', what: entry.what, where: `${file}:${number}` });
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const what = `the file ${file} of a list cannot be read (${code})`;
    throw new ScorerError({ code: 'LIST_NOT_FOUND', what, where });
  }
  if (problems.length > MAX_REPORTED) {
    const what = `${problems.length - MAX_REPORTED} more lines are not understood`;
    problems.splice(MAX_REPORTED, Infinity, { code: 'LIST_INVALID', what, where: file });
  }
  if (problems.length > 0) throw new ScorerError(problems);
  return { table, digest: `sha256:${hash.digest('hex').slice(0, 12)}` };
}

async function stampOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  return `${found?.ino} ${found?.size} ${found?.mtimeMs}`;
}
