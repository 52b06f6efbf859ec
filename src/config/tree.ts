/** Paths into the plain data of a YAML file. Nothing here changes its arguments. */

export type Path = readonly (string | number)[];

export type Branch = Readonly<Record<string, unknown>>;

export function isBranch(value: unknown): value is Branch {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `decision.bands[0].upTo`. A key that is not a plain word is quoted: `input.subject["a.b"]`. */
export function formatPath(path: Path): string {
  return path
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[^.[\]"\s]+$/.test(key)) return `[${JSON.stringify(key)}]`;
      return i === 0 ? key : `.${key}`;
    })
    .join('');
}

const KEY = /(?:^|(?<=.)\.)([^.[\]"=\s]+)|\[(\d+)\]|\["([^"]+)"\]/y;

/**
 * The reverse of `formatPath`; `brokers.0` means `brokers[0]`. Undefined if the text is not a path.
 */
export function parsePath(text: string): Path | undefined {
  const path: (string | number)[] = [];
  let end = 0;
  while (end < text.length) {
    KEY.lastIndex = end;
    const match = KEY.exec(text);
    if (match === null) return undefined;
    const [whole, word, index, quoted] = match;
    if (index !== undefined || (word !== undefined && /^\d+$/.test(word)))
      path.push(Number(index ?? word));
    else path.push((word ?? quoted)!);
    end += whole.length;
  }
  return path.length === 0 ? undefined : path;
}

export function valueAt(tree: unknown, path: Path): unknown {
  let value = tree;
  for (const key of path) {
    if (Array.isArray(value))
      value = typeof key === 'number' ? (value as unknown[])[key] : undefined;
    else value = isBranch(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}

/**
 * The tree with another value at the path. Missing branches are created. Undefined if an index
 * leaves a gap in a list.
 */
export function withValue(tree: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (typeof key === 'number' && !isBranch(tree)) {
    const list = Array.isArray(tree) ? (tree as unknown[]) : [];
    if (key > list.length) return undefined;
    const entry = withValue(list[key], rest, value);
    return entry === undefined ? undefined : [...list.slice(0, key), entry, ...list.slice(key + 1)];
  }
  const branch = isBranch(tree) ? tree : {};
  const entry = withValue(Object.hasOwn(branch, key) ? branch[key] : undefined, rest, value);
  return entry === undefined ? undefined : { ...branch, [key]: entry };
}

/**
 * The tree without null keys, and without sections that had nothing else: `tls: { caFile: }` is the
 * same as no tls. Entries of lists keep their places, so their indexes stay valid.
 */
export function withoutNulls(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map((entry) => withoutNulls(entry) ?? null);
  if (!isBranch(tree)) return tree;
  const entries = Object.entries(tree).map(([key, value]) => [key, withoutNulls(value)] as const);
  const kept = entries.filter(([, value]) => value !== null);
  return kept.length === 0 && entries.length > 0 ? null : Object.fromEntries(kept);
}

/**
 * A set of paths. It answers whether one of them is above or below a given path, in a time that
 * depends on that path only.
 */
export class PathSet {
  readonly #paths = new Set<string>();
  readonly #above = new Set<string>();

  constructor(paths: Iterable<Path>) {
    for (const path of paths) {
      const keys = keysOf(path);
      this.#paths.add(keys.at(-1)!);
      for (const key of keys) this.#above.add(key);
    }
  }

  has(path: Path): boolean {
    return this.#paths.has(keysOf(path).at(-1)!);
  }

  /** Whether the path or one above it is among them. */
  covers(path: Path): boolean {
    return keysOf(path).some((key) => this.#paths.has(key));
  }

  /** Whether the path is above one of them, or is one. */
  isAbove(path: Path): boolean {
    return this.#above.has(keysOf(path).at(-1)!);
  }
}

/** A text for each part of the path from its beginning, the empty one included. */
function keysOf(path: Path): string[] {
  let key = '';
  return [key, ...path.map((step) => (key += `${JSON.stringify(String(step))},`))];
}

/** A copy that shares nothing with the tree, so that it may be written into. */
export function copyOf(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(copyOf);
  return isBranch(tree)
    ? Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, copyOf(value)]))
    : tree;
}

/** Writes a value into such a copy. Missing sections on the way are created. */
export function replaceAt(copy: unknown, path: Path, value: unknown): void {
  let at = copy as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = (at[key] ??= {}) as typeof at;
  at[path.at(-1)!] = value;
}
