import avsc from 'avsc';

/** Makes the function that turns a score record's Avro bytes into one line of plain JSON: unions unwrapped where they can be. */
export function scoreJson(schema: object): (value: Buffer) => string {
  const type = avsc.Type.forSchema(schema as avsc.Schema);
  return (value) => JSON.stringify(type.fromBuffer(value));
}
