import type { View } from '../flow/projection.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import type { WrongType } from './value-reader.ts';

/**
 * Thrown if no record of a writer's schema can give a required value: the field is missing, or has
 * another type.
 */
export class UnsatisfiedField extends Error {
  readonly code: 'FIELD_MISSING' | 'FIELD_TYPE';

  constructor(path: string, wrong?: WrongType) {
    super(
      wrong === undefined
        ? `the writer's schema has no field ${path}, and the reader's schema has no default for it`
        : `the writer's field ${path} is ${wrong.is}, and ${wrong.by ?? 'the model needs'} ${wrong.needed}`,
    );
    this.code = wrong === undefined ? 'FIELD_MISSING' : 'FIELD_TYPE';
  }
}

/**
 * The needed fields that a writer's schema lacks, or has with another type. In a union, one branch
 * may lack a field that another one has. Elsewhere UnsatisfiedField is thrown at once.
 */
export class Lacking {
  readonly #projection: View;
  readonly #carry: readonly { readonly path: string }[];
  /** For the current branch. The slots of carried fields are negative numbers. */
  #branch: Map<number, WrongType | undefined> | undefined;

  constructor(projection: View, carry: readonly { readonly path: string }[]) {
    this.#projection = projection;
    this.#carry = carry;
  }

  /** A field of a slot. An optional one may be missing. */
  field(slot: number, wrong?: WrongType): void {
    if (!this.#projection.get(slot)!.optional) this.#add(slot, wrong);
  }

  carried(slot: number, wrong?: WrongType): void {
    this.#add(~slot, wrong);
  }

  /** Runs a function for each branch of a union. Only a field that all branches lack is missing. */
  ofBranches<T>(branches: readonly SchemaNode[], make: (branch: SchemaNode) => T): T[] {
    const outer = this.#branch;
    const lacking: Map<number, WrongType | undefined>[] = [];
    const made = branches.map((branch) => {
      this.#branch = new Map();
      const one = make(branch);
      if (branch.kind !== 'null') lacking.push(this.#branch);
      return one;
    });
    this.#branch = outer;
    for (const slot of lacking[0]?.keys() ?? []) {
      if (!lacking.every((slots) => slots.has(slot))) continue;
      const wrong = lacking.flatMap((slots) => slots.get(slot) ?? []);
      const is = [...new Set(wrong.map((one) => one.is))].join(' | ');
      this.#add(slot, wrong[0] && { ...wrong[0], is });
    }
    return made;
  }

  #add(slot: number, wrong?: WrongType): void {
    if (this.#branch !== undefined) this.#branch.set(slot, wrong);
    else
      throw new UnsatisfiedField(
        (slot < 0 ? this.#carry[~slot]! : this.#projection.get(slot)!).path,
        wrong,
      );
  }
}
