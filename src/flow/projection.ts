/**
 * What is needed of an event: a value by its path as a number, as a whole number of 64 bits
 * (`long`) or as text, how long it is, or the numbers of an array. `length` counts the elements of
 * an array, the entries of a map, the characters of a string, the bytes of bytes.
 */
export interface ProjectedField {
  /** See `parsePath`. */
  readonly path: string;
  readonly as: 'number' | 'long' | 'text' | 'length' | 'vector';
  /** Of a vector: how many numbers are taken. */
  readonly size?: number;
  /**
   * Of a vector made of arrays in arrays: how many elements at each depth; `size` is their product.
   */
  readonly dims?: readonly number[];
  /**
   * Of such a vector, where the innermost are records: their fields, in the order of their numbers.
   */
  readonly fields?: readonly string[];
  /**
   * Of a number that a part of a time is taken of: ms in its unit, 1 where the reader's schema says
   * none, so that one that a writer says counts.
   */
  readonly unitMs?: number;
  /**
   * Whether an event may be without it; otherwise a writer's schema must have the field, or the
   * reader's a default.
   */
  readonly optional: boolean;
}

/**
 * Everything that scoring takes from an event: values for the features, each a column, and whole
 * fields carried to the output.
 */
export interface Projection {
  readonly fields: readonly ProjectedField[];
  readonly carry: readonly string[];
  /**
   * Only where several versions of a model share the columns: the projection as each version alone
   * would have it. An event that lacks what one of them requires is refused by that one, so no
   * field is required of all.
   */
  readonly views?: readonly View[];
}

/** A version's own fields by their columns, in the order in which it has them alone. */
export type View = ReadonlyMap<number, ProjectedField>;

/** For each of the fields that somebody needs, the column that holds it. */
export type Slots = readonly number[];

/** One projection, and where in it each of those that need fields finds them. */
export interface SharedProjection {
  readonly projection: Projection;
  /** For each version, in their order. */
  readonly versions: readonly Slots[];
  readonly stream: Slots;
}

/**
 * One projection of what the versions of a model need, what the stream itself needs whatever the
 * version (such as `input.skipWhenNull`), and what is carried. What is read in the same way is read
 * once. A version at the end of the list adds columns behind those that are there, so that those
 * before it keep their places.
 */
export function shareProjection(
  versions: readonly (readonly ProjectedField[])[],
  stream: readonly ProjectedField[],
  carry: readonly string[],
): SharedProjection {
  const columns = new FieldSet();
  const slotsOf = (needed: readonly ProjectedField[]): Slots =>
    needed.map((field) => columns.slot(field));
  const [first = [], ...others] = versions;
  const firstSlots = slotsOf(first);
  const streamSlots = slotsOf(stream);
  const slots = [firstSlots, ...others.map(slotsOf)];
  const projection =
    others.length === 0
      ? { fields: columns.fields, carry }
      : {
          fields: columns.fields.map((field) => ({ ...field, optional: true })),
          carry,
          views: versions.map((own, version) =>
            viewOf([...own, ...stream], [...slots[version]!, ...streamSlots]),
          ),
        };
  return { projection, versions: slots, stream: streamSlots };
}

function viewOf(needed: readonly ProjectedField[], slots: Slots): View {
  const view = new Map<number, ProjectedField>();
  for (const [i, field] of needed.entries()) {
    const slot = slots[i]!;
    const before = view.get(slot);
    view.set(slot, before === undefined ? field : eitherRequires(field, before));
  }
  return view;
}

/** Fields, each once: what is read in the same way is one. Required if anybody requires it. */
export class FieldSet {
  readonly #fields: ProjectedField[] = [];
  readonly #slots = new Map<string, number>();

  get fields(): readonly ProjectedField[] {
    return this.#fields;
  }

  /** The place of the field, which is added where there is none like it. */
  slot(field: ProjectedField): number {
    const { path, as, size, dims, fields, unitMs } = field;
    const key = JSON.stringify([path, as, size, dims, fields, unitMs]);
    const slot = this.#slots.get(key);
    if (slot === undefined) {
      this.#slots.set(key, this.#fields.length);
      return this.#fields.push(field) - 1;
    }
    this.#fields[slot] = eitherRequires(this.#fields[slot]!, field);
    return slot;
  }
}

function eitherRequires(field: ProjectedField, other: ProjectedField): ProjectedField {
  return { ...field, optional: field.optional && other.optional };
}
