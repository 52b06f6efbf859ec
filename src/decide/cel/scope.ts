import type { FieldFlaw } from '../event-field.ts';
import type { Expression } from './expression.ts';
import type { EventField, Typed } from './typed.ts';

/** A field that conditions read, and its place among them. */
export interface ScopedField {
  readonly field: EventField;
  readonly slot: number;
}

/** What an expression may name. */
export interface Scope {
  /** Undefined: the score is known. Otherwise where it is not. */
  readonly score: string | undefined;
  readonly segment: boolean;
  /** Undefined: the version of the model is known. Otherwise where it is not. */
  readonly version: string | undefined;
  readonly field: (path: string) => ScopedField | FieldFlaw;
  /** A field of any type, of which it only matters whether it is there. */
  readonly presence: (path: string) => ScopedField | FieldFlaw;
  /** The number of elements, entries or characters. */
  readonly sizeOf: (path: string) => ScopedField | FieldFlaw;
  /** Notes that a field, or their number, is asked for in `outOfProfile`. */
  readonly marks: (name?: string) => void;
  /** What to do about an unknown name. */
  readonly near: (name: string) => string;
}

/** What finds the types of a part, for those that check another part. */
export interface Checking {
  readonly scope: Scope;
  /** Undefined, with its flaws noted, if something is wrong. */
  readonly typed: (expression: Expression) => Typed | undefined;
  readonly flaw: (at: { readonly at: number }, what: string, remedy: string) => Typed | undefined;
}
