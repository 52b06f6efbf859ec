import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { ScorerError } from '../errors.ts';

/** Where the result goes. Either `keep` or `discard` ends it. */
export interface Destination {
  /** Waits where the other end is slower. Throws OUTPUT_UNWRITABLE. */
  write(bytes: string | Buffer): Promise<void>;
  keep(): Promise<void>;
  discard(): Promise<void>;
}

/** The bits of a mode that say who may do what. */
const PERMISSIONS = 0o777;

/**
 * A file that is there when it is complete: written beside its place under a name of its own, then
 * renamed. `mode` is that of the file it replaces, and it keeps it: what only its owner could read
 * is never open to others, not even half written.
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
        // The umask may have taken bits away when the file was made.
        if (permissions !== undefined) await chmod(partial, permissions);
        await rename(partial, file);
      } catch (error) {
        await discard();
        throw error instanceof ScorerError ? error : unwritable(error, file);
      }
    },
  };
}

/** A stream such as stdout: what is written cannot be taken back. */
export function streamDestination(stream: Writable): Destination {
  const { write } = writing(stream, 'stdout');
  // An empty write is called back when all before it has gone.
  return { write, keep: () => write(''), discard: () => Promise.resolve() };
}

const CLOSED: ReadonlySet<unknown> = new Set(['EPIPE', 'ERR_STREAM_DESTROYED']);

/**
 * Whether the error, or what caused it, says that nobody reads the other end of a pipe any more.
 */
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
