import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { ScorerError } from '../errors.ts';

/** The destination of the result. Either `keep` or `discard` ends it. */
export interface Destination {
  /** Waits if the other end is slower. Throws OUTPUT_UNWRITABLE. */
  write(bytes: string | Buffer): Promise<void>;
  keep(): Promise<void>;
  discard(): Promise<void>;
}

/** The permission bits of a mode. */
const PERMISSIONS = 0o777;

/**
 * A file that appears only when it is complete: it is written next to its place with a temporary
 * name, then renamed. `mode` is that of the file that it replaces, and the new file keeps it: a
 * private file is never readable for others, not even while it is written.
 */
export async function fileDestination(file: string, mode?: number): Promise<Destination> {
  const partial = `${file}.${process.pid}.partial`;
  const permissions = mode === undefined ? undefined : mode & PERMISSIONS;
  const stream = createWriteStream(partial, {
    flags: 'wx',
    ...(permissions === undefined ? {} : { mode: permissions }),
  });
  const { write, end } = writing(stream, file);
  await once(stream, 'open').catch((error: unknown) => {
    throw unwritable(error, file);
  });
  const discard = async (): Promise<void> => {
    stream.destroy();
    if (!stream.closed) await once(stream, 'close').catch(() => undefined);
    await rm(partial, { force: true });
  };
  return {
    write,
    discard,
    keep: async () => {
      try {
        await end();
        // The umask may have removed permissions when the file was created.
        if (permissions !== undefined) await chmod(partial, permissions);
        await rename(partial, file);
      } catch (error) {
        await discard();
        throw error instanceof ScorerError ? error : unwritable(error, file);
      }
    },
  };
}

/** A stream such as stdout. What was written cannot be taken back. */
export function streamDestination(stream: Writable): Destination {
  const { write } = writing(stream, 'stdout');
  // The callback of an empty write comes after everything before it was written.
  return { write, keep: () => write(''), discard: () => Promise.resolve() };
}

const CLOSED: ReadonlySet<unknown> = new Set(['EPIPE', 'ERR_STREAM_DESTROYED']);

/** Whether the error, or its cause, means that the reader of a pipe has closed it. */
export function isClosedPipe(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return CLOSED.has((error as NodeJS.ErrnoException).code) || isClosedPipe(error.cause);
}

function writing(stream: Writable, name: string) {
  let broken: unknown;
  stream.on('error', (error) => (broken = error));
  const settle = (start: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        reject(unwritable(error, name));
      };
      if (broken !== undefined) fail(broken);
      else
        start((error) => {
          if (error) fail(error);
          else resolve();
        });
    });
  return {
    write: (bytes: string | Buffer) => settle((done) => stream.write(bytes, done)),
    end: () => settle((done) => stream.end(done)),
  };
}

export function unwritable(error: unknown, where: string): ScorerError {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  return new ScorerError(
    { code: 'OUTPUT_UNWRITABLE', what: `the output cannot be written (${code})`, where },
    { cause: error },
  );
}
