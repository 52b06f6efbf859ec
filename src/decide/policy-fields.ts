import type { SchemaNode } from '../flow/schema-node.ts';
import { nearest } from '../runtime/nearest.ts';
import type { Scope, ScopedField } from './cel/scope.ts';
import type { EventField } from './cel/typed.ts';
import { anyField, eventField, sizeField, type FieldFlaw } from './event-field.ts';

/** The fields that the conditions of a policy read, each once. */
export class PolicyFields {
  readonly #event: SchemaNode | undefined;
  readonly #fields: EventField[] = [];
  readonly #slots = new Map<string, number>();

  #marks: Set<string> | undefined;

  constructor(event: SchemaNode | undefined) {
    this.#event = event;
  }

  get all(): readonly EventField[] {
    return this.#fields;
  }

  /** The fields that conditions ask for in `outOfProfile`; undefined if none of them does. */
  get marks(): readonly string[] | undefined {
    return this.#marks && [...this.#marks];
  }

  /** What one condition may name, and what it reads. */
  scope(
    known: Pick<Scope, 'score' | 'segment' | 'version'>,
  ): Scope & { readonly reads: ReadonlySet<number> } {
    const reads = new Set<number>();
    const scoped =
      (find: (event: SchemaNode, path: string) => EventField | FieldFlaw) =>
      (path: string): ScopedField | FieldFlaw => {
        const found = find(this.#event!, path);
        if ('what' in found) return found;
        const slot = this.#slot(found);
        reads.add(slot);
        return { field: found, slot };
      };
    return {
      ...known,
      reads,
      field: scoped(eventField),
      presence: scoped(anyField),
      sizeOf: scoped(sizeField),
      marks: (name) => {
        this.#marks ??= new Set();
        if (name !== undefined) this.#marks.add(name);
      },
      near: (name) => this.#near(name),
    };
  }

  #slot(field: EventField): number {
    const { path, projected, type } = field;
    const key = JSON.stringify([path, projected.as, type]);
    const slot = this.#slots.get(key);
    if (slot !== undefined) return slot;
    this.#slots.set(key, this.#fields.length);
    return this.#fields.push(field) - 1;
  }

  #near(name: string): string {
    if (this.#event?.kind === 'record' && this.#event.fields.some((field) => field.name === name))
      return `Write event.${name}.`;
    const near = nearest(name, ['event', 'score', 'segment', 'model', 'outOfProfile']);
    return near === undefined
      ? 'A condition may name event, score, segment, outOfProfile and model.version.'
      : `Did you mean ${near}?`;
  }
}
