import { parseSchema } from '../decode/avro-schema.ts';
import { jsonText } from '../decode/json-text.ts';

/** Makes the function that turns a score record's Avro bytes into one line of plain JSON. */
export function scoreJson(schema: object): (value: Buffer) => string {
  return jsonText(parseSchema(schema));
}
