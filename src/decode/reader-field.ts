import type { FieldShape, RecordShape } from '../flow/shape.ts';

/** The reader's field of that name, or with that alias where the writer has no field of the new name itself. */
export function readerField(reader: RecordShape, field: FieldShape, writer: RecordShape): FieldShape | undefined {
  const has = (name: string): boolean => writer.fields.some((candidate) => candidate.name === name);
  return (
    reader.fields.find(({ name }) => name === field.name) ??
    reader.fields.find(({ name, aliases }) => aliases.includes(field.name) && !has(name))
  );
}
