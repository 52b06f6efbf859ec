import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { ScorerError } from '../errors.ts';
import { fileDestination, streamDestination, type Destination } from '../files/destination.ts';
import type { Format } from '../compose/score-input.ts';
import type { ScoreContext } from './context.ts';

export interface FileOptions {
  readonly input: string;
  readonly output: string;
  readonly format: Format;
  readonly deadLetters?: string;
}

export interface Files {
  readonly input: {
    readonly name: string;
    readonly format: Format;
    readonly bytes: number | undefined;
    readonly open: () => Readable;
  };
  readonly output: { readonly format: Format; readonly open: () => Promise<Destination> };
  readonly deadLetters: { readonly open: () => Promise<Destination> } | undefined;
}

const STANDARD = '-';

/** Checks the files' names before anything is loaded; nothing is opened or made yet. */
export async function filesOf(options: FileOptions, context: ScoreContext): Promise<Files> {
  const input = await inputOf(options, context);
  const taken = new Set([input.path]);
  const place = async (given: string, what: string): Promise<() => Promise<Destination>> => {
    const file = resolve(context.cwd, given);
    // Two names may be one file, through a link.
    const path = await realpath(file).catch(() => file);
    if (taken.has(path))
      throw invalid(`${what} is the same file as another file of this command`, file);
    taken.add(path);
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() === true)
      throw new ScorerError({
        code: 'OUTPUT_UNWRITABLE',
        what: `${what} is a folder`,
        where: file,
      });
    // A pipe or a device is not replaced by a file.
    const special = found !== undefined && !found.isFile();
    if (!special && (await isLink(file)))
      throw throughLink(what, file, found === undefined ? undefined : path);
    return () =>
      special
        ? Promise.resolve(streamDestination(createWriteStream(path)))
        : fileDestination(path, found?.mode);
  };
  const standard = (): Promise<Destination> => Promise.resolve(streamDestination(context.stdout()));
  const output =
    options.output === STANDARD
      ? { format: options.format, open: standard }
      : { format: formatOf(options.output), open: await place(options.output, 'the output') };
  const { deadLetters } = options;
  const open = deadLetters === STANDARD ? standard : undefined;
  if (open !== undefined && options.output === STANDARD)
    throw invalid('the dead letter file is the same file as the output', 'stdout');
  return {
    input,
    output,
    deadLetters:
      deadLetters === undefined
        ? undefined
        : { open: open ?? (await place(deadLetters, 'the dead letter file')) },
  };
}

/** The file of the events, or stdin. Throws INPUT_INVALID. */
export async function inputOf(
  { input, format }: Pick<FileOptions, 'input' | 'format'>,
  { cwd, stdin }: ScoreContext,
): Promise<Files['input'] & { path: string }> {
  if (input === STANDARD)
    return { path: STANDARD, name: 'stdin', format, bytes: undefined, open: stdin };
  const file = resolve(cwd, input);
  const given = formatOf(file);
  const path = await realpath(file).catch(() => {
    throw invalid('the file cannot be read', file);
  });
  const found = await stat(path);
  if (found.isDirectory()) throw invalid('the input is a folder', file);
  const bytes = found.isFile() ? found.size : undefined;
  return {
    path,
    name: basename(file),
    format: given,
    bytes,
    open: () => createReadStream(path, { highWaterMark: 256 * 1024 }),
  };
}

/** Whether the name itself is a link. Links among its parent folders do not matter. */
async function isLink(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => undefined))?.isSymbolicLink() === true;
}

/**
 * The result replaces a file. Behind a link, this could be a file that nobody wanted to replace.
 */
function throughLink(what: string, where: string, target: string | undefined): ScorerError {
  const remedy =
    target === undefined
      ? 'Remove the link.'
      : `Name the file itself, ${target}, or remove the link.`;
  return new ScorerError({
    code: 'OUTPUT_UNWRITABLE',
    what: `${what} is a symbolic link`,
    where,
    remedy,
  });
}

function formatOf(file: string): Format {
  if (file.endsWith('.jsonl')) return 'jsonl';
  if (file.endsWith('.avro')) return 'avro';
  throw invalid('only .jsonl and .avro files can be scored', file);
}

function invalid(what: string, where: string): ScorerError {
  return new ScorerError({ code: 'INPUT_INVALID', what, where });
}

/** Turns an error of a stream into an error that names the input. */
export async function* counted(
  stream: Readable,
  name: string,
  add: (count: number) => void,
): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      add(chunk.length);
      yield chunk;
    }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new ScorerError(
      { code: 'INPUT_INVALID', what: `the input cannot be read (${code})`, where: name },
      { cause: error },
    );
  }
}
