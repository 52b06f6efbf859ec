import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Node,
  type YAMLError,
} from 'yaml';

/**
 * Deepest nesting of lists and maps, including aliases. Later code walks over them by recursion.
 */
const MAX_NESTING = 100;
/** This many values may come from aliases in a text. Each counts at every place. */
const MAX_BY_ALIAS = 100_000;

/**
 * Something in the text that is not plain data, with its position. Never has a value of the text.
 */
export interface Flaw {
  readonly message: string;
  readonly offset: number;
  /** The error of the parser, if it is one. */
  readonly error?: YAMLError;
}

/** What is at a path: the key, in a map, and the value. */
export interface Place {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

export interface PlainYaml {
  readonly tree: unknown;
  readonly flaws: readonly Flaw[];
  readonly lines: LineCounter;
  /** The only value of the text, undefined if there is none. */
  readonly root: Node | undefined;
  /** Every existing step of a path. */
  readonly placesAt: (path: readonly PropertyKey[]) => readonly Place[];
}

/**
 * A YAML text as plain data, in time and memory linear in the text. The parser's own conversion
 * searches the document for each alias and the map for each key, and never ends if an alias is
 * inside its own value.
 */
export function plainYaml(text: string): PlainYaml {
  const lines = new LineCounter();
  // Without `prettyErrors`: they quote the line, which may have a secret.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false };
  try {
    const document = parseDocument(text, options);
    const flaws = [...document.errors, ...document.warnings].map((error): Flaw => ({
      message: error.message,
      offset: error.pos[0],
      error,
    }));
    // The parser reports this when its own stack is full, for everything that is open then.
    if (document.errors.some(({ message }) => message.includes(STACK_FULL))) throw new RangeError();
    const plain = new Plain();
    const tree = document.errors.length > 0 ? undefined : plain.valueOf(document.contents);
    const root = document.contents ?? undefined;
    return {
      tree,
      flaws: [...flaws, ...plain.flaws],
      lines,
      root,
      placesAt: (path) => plain.placesAt(document.contents, path),
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return {
      tree: undefined,
      flaws: [{ message: TOO_DEEP, offset: 0 }],
      lines,
      root: undefined,
      placesAt: () => [],
    };
  }
}

/** What V8 says when the stack is full. */
const STACK_FULL = 'Maximum call stack size exceeded';
const TOO_DEEP = `lists and sections are nested more than ${MAX_NESTING} levels deep`;

interface Anchored {
  readonly node: Node;
  value: unknown;
  /** The number of values in it, including itself; 0 while it is in progress. */
  size: number;
  height: number;
}

class Plain {
  readonly flaws: Flaw[] = [];
  readonly #anchors = new Map<string, Anchored>();
  readonly #targets = new Map<Node, Node>();
  readonly #keys = new Map<Node, Map<string, Place>>();
  #byAlias = 0;
  #size = 0;
  /** The nesting depth of the last node. */
  #height = 0;

  /**
   * Nodes become values in the order of the text, because an anchor is valid for the text after it.
   */
  valueOf(node: unknown, depth = 0): unknown {
    if (!isNode(node)) return null;
    if (isAlias(node)) return this.#alias(node, node.source, depth);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    const anchored: Anchored | undefined =
      anchor === undefined ? undefined : { node, value: undefined, size: 0, height: 0 };
    if (anchor !== undefined) this.#anchors.set(anchor, anchored!);
    const before = this.#size++;
    this.#height = 0;
    const value = this.#own(node, depth);
    if (anchored !== undefined)
      Object.assign(anchored, { value, size: this.#size - before, height: this.#height });
    return value;
  }

  placesAt(root: unknown, path: readonly PropertyKey[]): Place[] {
    const places: Place[] = [];
    let node = root;
    for (const step of path) {
      if (isAlias(node)) node = this.#targets.get(node);
      const place = isMap(node)
        ? this.#keys.get(node)?.get(String(step))
        : isSeq(node)
          ? this.#entry(node.items[Number(step)])
          : undefined;
      if (place === undefined) break;
      places.push(place);
      node = place.value;
    }
    return places;
  }

  #entry(value: unknown): Place | undefined {
    return isNode(value) ? { key: undefined, value } : undefined;
  }

  #own(node: Node, depth: number): unknown {
    if (isScalar(node)) return node.value ?? null;
    if (depth >= MAX_NESTING) return this.#flaw(TOO_DEEP, node);
    let height = 0;
    const below = (inner: unknown): unknown => {
      const value = this.valueOf(inner, depth + 1);
      height = Math.max(height, this.#height);
      return value;
    };
    const value = isSeq(node) ? node.items.map(below) : isMap(node) ? this.#map(node, below) : null;
    this.#height = height + 1;
    return value;
  }

  #map(
    node: Node & { items: readonly { key: unknown; value?: unknown }[] },
    below: (inner: unknown) => unknown,
  ): object {
    const places = new Map<string, Place>();
    const entries = node.items.map(({ key, value }): [string, unknown] => {
      if (!isScalar(key)) this.#flaw('a key is not a plain string', isNode(key) ? key : node);
      const name = isScalar(key) ? nameOf(key.value) : '';
      // Objects treat this key in a special way: it would silently disappear.
      if (isScalar(key) && name === '__proto__')
        this.#flaw('a key is called __proto__, which is not allowed as a name', key);
      if (isScalar(key) && places.has(name)) this.#flaw('a section has the same key twice', key);
      places.set(name, {
        key: isScalar(key) ? key : undefined,
        value: isNode(value) ? value : undefined,
      });
      return [name, below(value)];
    });
    this.#keys.set(node, places);
    return Object.fromEntries(entries);
  }

  #alias(node: Node, name: string, depth: number): unknown {
    this.#height = 0;
    const anchored = this.#anchors.get(name);
    if (anchored === undefined) return this.#flaw('an alias has no anchor before it', node);
    if (anchored.size === 0)
      return this.#flaw('an alias is inside the value that it refers to', node);
    this.#targets.set(node, anchored.node);
    this.#byAlias += anchored.size;
    this.#height = anchored.height;
    // Sizes include the values of aliases, so aliases of aliases count as often as if they were
    // written out.
    this.#size += anchored.size;
    if (this.#byAlias > MAX_BY_ALIAS)
      return this.#flaw(`aliases repeat more than ${MAX_BY_ALIAS} values`, node);
    return depth + anchored.height > MAX_NESTING ? this.#flaw(TOO_DEEP, node) : anchored.value;
  }

  /** One of each kind is enough. */
  #flaw(message: string, node: Node): null {
    if (!this.flaws.some((known) => known.message === message))
      this.flaws.push({ message, offset: node.range?.[0] ?? 0 });
    return null;
  }
}

/** A key as a string in plain data. */
const nameOf = (key: unknown): string =>
  typeof key === 'string' ? key : key === null || key === undefined ? '' : JSON.stringify(key);
