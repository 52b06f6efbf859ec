import type { ErrorCode } from '../errors.ts';
import { isBranch, type Path } from './tree.ts';

/**
 * `${NAME}` and `${NAME:-default}` (the default also replaces an empty variable, as in a shell),
 * `${file:PATH}` (without the newline at its end), and `$${`, which is a plain `${`. Inserted text
 * is not interpolated again.
 */

export interface Lookup {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file; rejects if it cannot be read. */
  readonly readFile: (path: string) => Promise<string>;
  /** Whether every part of the value must have text: half a secret is not a secret. */
  readonly isSecret?: (path: Path) => boolean;
}

export interface Unresolved {
  readonly code: Extract<ErrorCode, 'CONFIG_VARIABLE' | 'CONFIG_FILE'>;
  readonly path: Path;
  readonly what: string;
}

export interface Interpolated {
  readonly tree: unknown;
  /** Values that are exactly one `${...}`: only these may become a number or a boolean. */
  readonly whole: readonly Path[];
  readonly unresolved: readonly Unresolved[];
}

/**
 * Inserts the variables in every string of the tree. What cannot be resolved stays unchanged, and
 * all of it is reported together.
 */
export async function interpolate(tree: unknown, lookup: Lookup): Promise<Interpolated> {
  const whole: Path[] = [];
  const unresolved: Unresolved[] = [];

  async function visit(value: unknown, path: Path): Promise<unknown> {
    if (typeof value === 'string') return scalar(value, path);
    if (Array.isArray(value))
      return Promise.all(value.map((entry, i) => visit(entry, [...path, i])));
    if (!isBranch(value)) return value;
    const entries = Object.entries(value).map(
      async ([key, entry]) => [key, await visit(entry, [...path, key])] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  async function scalar(text: string, path: Path): Promise<string | null> {
    const parts = split(text);
    const only = parts.length === 1 ? parts[0] : undefined;
    const alone = only?.kind === 'reference';
    const texts = await Promise.all(
      parts.map(async (part) => {
        if (part.kind === 'text') return part.text;
        const result = await resolve(
          part.reference,
          lookup,
          alone || lookup.isSecret?.(path) === true,
        );
        if (typeof result === 'string') return result;
        unresolved.push({ ...result, path });
        return undefined;
      }),
    );
    if (texts.includes(undefined)) return text;
    if (alone) whole.push(path);
    const result = texts.join('');
    // `${NAME:-}` marks the key as optional.
    return alone && result === '' ? null : result;
  }

  return { tree: await visit(tree, []), whole, unresolved };
}

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'reference'; readonly reference: string };

function split(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(/\$\$\{|\$\{([^}]*)\}?/g)) {
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) });
    end = match.index + match[0].length;
    if (match[0] === '$${') parts.push({ kind: 'text', text: '${' });
    // Without its closing brace it is not a name, and `resolve` reports that.
    else
      parts.push({ kind: 'reference', reference: match[0].endsWith('}') ? match[1]! : match[0] });
  }
  if (end < text.length || parts.length === 0) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

const REFERENCE = /^(?:file:(?<file>.+)|(?<name>[A-Za-z_][A-Za-z0-9_]*)(?<fallback>:-.*)?)$/s;

/** `needed`: the value has no other text, or it is a secret, so an empty text is an error. */
async function resolve(
  reference: string,
  { env, readFile }: Lookup,
  needed: boolean,
): Promise<string | Omit<Unresolved, 'path'>> {
  const { file, name, fallback } = REFERENCE.exec(reference)?.groups ?? {};
  if (file !== undefined) {
    let text: string;
    try {
      text = (await readFile(file)).replace(/[\r\n]+$/, '');
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
      return { code: 'CONFIG_FILE', what: `the file ${file} cannot be read (${reason})` };
    }
    return needed && text === ''
      ? { code: 'CONFIG_FILE', what: `the file ${file} is empty` }
      : text;
  }
  if (name === undefined) {
    return {
      code: 'CONFIG_VARIABLE',
      what: '"${" is not followed by the name of a variable; write ${NAME}, or write $${ for the two characters "${"',
    };
  }
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (fallback !== undefined)
    return value === undefined || value === '' ? fallback.slice(2) : value;
  if (value === undefined)
    return { code: 'CONFIG_VARIABLE', what: `the environment variable ${name} is not set` };
  return needed && value === ''
    ? { code: 'CONFIG_VARIABLE', what: `the environment variable ${name} is empty` }
    : value;
}
