/**
 * What is needed of an event: the value at a path as a number, as a 64-bit integer (`long`), as text
 * or as the bytes of text (`utf8`), its length, or the numbers of an array. `length` counts the elements of an array, the
 * entries of a map, the characters of a string, or the bytes of bytes.
 */
export interface ProjectedField {
  /** See `parsePath`. */
  readonly path: string;
  readonly as: 'number' | 'long' | 'text' | 'utf8' | 'length' | 'vector';
  /** For a vector: how many numbers are taken. */
  readonly size?: number;
  /**
   * For a vector from nested arrays: the number of elements at each depth. `size` is their product.
   */
  readonly dims?: readonly number[];
  /** For such a vector of records: the fields of a record, in the order of their numbers. */
  readonly fields?: readonly string[];
  /**
   * For a number from which a part of a time is taken: its unit in ms, or 1 if the reader's schema
   * declares none. A unit of the writer then counts.
   */
  readonly unitMs?: number;
  /**
   * Whether an event may lack it. Otherwise the writer's schema must have the field, or the
   * reader's schema a default.
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
   * Only if several versions of a model share the columns: the projection of each version alone. If
   * an event lacks a field that one version requires, only that version rejects it, so no field is
   * required by all.
   */
  readonly views?: readonly View[];
}

/** The fields of a version by their columns, in the order that it has alone. */
export type View = ReadonlyMap<number, ProjectedField>;

/** For each field that a consumer needs, the column with its values. */
export type Slots = readonly number[];

/** One projection, and the places of the fields of each version in it. */
export interface SharedProjection {
  readonly projection: Projection;
  /** For each version, in their order. */
  readonly versions: readonly Slots[];
  readonly stream: Slots;
}

/**
 * One projection of the fields that the versions of a model need, the fields that the stream itself
 * needs (such as `input.skipWhenNull`), and the carried fields. A field that is needed in the same
 * way is read once. A version that is added at the end of the list adds columns at the end, so the
 * columns of the others keep their places.
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
            viewOf([...own, ...stream], [...slots[version]!, ...streamSlots], columns.fields),
          ),
        };
  return { projection, versions: slots, stream: streamSlots };
}

function viewOf(
  needed: readonly ProjectedField[],
  slots: Slots,
  columns: readonly ProjectedField[],
): View {
  const view = new Map<number, ProjectedField>();
  for (const [i, field] of needed.entries()) {
    const slot = slots[i]!;
    const before = view.get(slot);
    const own = before === undefined ? field : eitherRequires(field, before);
    view.set(slot, { ...own, as: columns[slot]!.as });
  }
  return view;
}

/** Fields, each once: equal needs share a column. It is required if anyone requires it. */
export class FieldSet {
  readonly #fields: ProjectedField[] = [];
  readonly #slots = new Map<string, number>();

  get fields(): readonly ProjectedField[] {
    return this.#fields;
  }

  /**
   * The place of the field. It is added if there is no equal one. A text that somebody needs as
   * bytes is read once, as bytes: such a column has its strings, too.
   */
  slot(field: ProjectedField): number {
    const { path, as, size, dims, fields, unitMs } = field;
    const kind = as === 'utf8' ? 'text' : as;
    const key = JSON.stringify([path, kind, size, dims, fields, unitMs]);
    const slot = this.#slots.get(key);
    if (slot === undefined) {
      this.#slots.set(key, this.#fields.length);
      return this.#fields.push(field) - 1;
    }
    const both = eitherRequires(this.#fields[slot]!, field);
    this.#fields[slot] = as === 'utf8' ? { ...both, as } : both;
    return slot;
  }
}

function eitherRequires(field: ProjectedField, other: ProjectedField): ProjectedField {
  return { ...field, optional: field.optional && other.optional };
}
