import { ScorerError } from '../errors.ts';
import type { Needs } from '../flow/events.ts';
import type { Shape } from '../flow/shape.ts';
import { compile, UnsatisfiedField, type CarryTarget } from './compile.ts';
import type { Program } from './program.ts';
import type { SchemaRegistry } from './registry.ts';
import { othersIn } from './type-filter.ts';

/** Why no record of a writer schema can be decoded: the fate of each of them, with one message. */
export interface Unusable {
  readonly stage: 'decode' | 'map';
  readonly code: string;
  readonly message: string;
}

/** What a writer schema's records are when not all of them are to be scored. */
export type OfTypes =
  | { readonly others: undefined } // all are of other types
  /** Of the branches of a union at the top, which are of another type. */
  | { readonly others: readonly boolean[]; readonly verdict: Program | Unusable };

export type Verdict = Program | Unusable | OfTypes;

interface Known {
  readonly verdict: Verdict;
  readonly until: number;
}

/** How long a bad id stays bad without asking again, so that a topic full of them does not flood the registry. */
export const BAD_ID_MS = 10_000;

const DEAD_SCHEMA_CODES = new Set(['SCHEMA_ID_UNKNOWN', 'SCHEMA_NOT_AVRO', 'SCHEMA_INVALID']);

export interface SchemasOptions {
  readonly registry: Pick<SchemaRegistry, 'byId'>;
  /** The reader's schema of the topic: defaults, aliases and the types of what is carried. */
  readonly reader: Shape;
  readonly fields: Needs['fields'];
  readonly carry: readonly CarryTarget[];
  /** Full names of the records that are to be scored; undefined: all. */
  readonly types?: readonly string[] | undefined;
  readonly now: () => number;
}

export const isOfTypes = (verdict: Verdict): verdict is OfTypes => 'others' in verdict;

export const isProgram = (verdict: Verdict): verdict is Program => 'steps' in verdict;

/** The programs of one topic by writer schema id: fetched and compiled once, then looked up without waiting. */
export class Schemas {
  readonly #options: SchemasOptions;
  readonly #known = new Map<number, Known>();
  readonly #pending = new Map<number, Promise<void>>();

  constructor(options: SchemasOptions) {
    this.#options = options;
  }

  /** The verdict on an id, or undefined where `load` has to be awaited first. */
  get(id: number): Verdict | undefined {
    const known = this.#known.get(id);
    if (known === undefined || (known.until !== Infinity && known.until < this.#options.now())) return undefined;
    return known.verdict;
  }

  /** Fetches an id once, however many ask. Throws REGISTRY_UNAVAILABLE, which says nothing about the id. */
  load(id: number): Promise<void> {
    let pending = this.#pending.get(id);
    if (pending === undefined) {
      pending = this.#load(id).finally(() => this.#pending.delete(id));
      this.#pending.set(id, pending);
    }
    return pending;
  }

  async #load(id: number): Promise<void> {
    const { reader, fields, carry, now } = this.#options;
    try {
      const writer = await this.#options.registry.byId(id);
      const verdict = this.#ofTypes(writer, () => usable(id, () => compile(writer, reader, fields, carry)));
      this.#known.set(id, { verdict, until: Infinity });
    } catch (error) {
      if (!(error instanceof ScorerError) || !DEAD_SCHEMA_CODES.has(error.code)) throw error;
      const verdict: Unusable = { stage: 'decode', code: error.code, message: error.problems[0]!.what };
      this.#known.set(id, { verdict, until: now() + BAD_ID_MS });
    }
  }

  /** What nobody scores needs no program. */
  #ofTypes(writer: Shape, make: () => Program | Unusable): Verdict {
    const { types, reader } = this.#options;
    const others = types === undefined ? 'none' : othersIn(writer, types, reader);
    if (others === 'none') return make();
    return others === 'all' ? { others: undefined } : { others, verdict: make() };
  }
}

function usable(id: number, make: () => Program): Program | Unusable {
  try {
    return make();
  } catch (error) {
    if (error instanceof UnsatisfiedField) {
      return { stage: 'map', code: error.code, message: `schema ${id}: ${error.message}` };
    }
    const why = error instanceof Error ? error.message : String(error);
    return {
      stage: 'decode',
      code: 'FIELD_TYPE',
      message: `schema ${id} cannot be read with the subject's latest: ${why}`,
    };
  }
}
