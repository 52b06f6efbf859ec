// Writes config/scorer.schema.json, which editors read, from the schema in src/config.
import { writeFileSync } from 'node:fs';
import { editorSchema } from '../src/config/json-schema.ts';

writeFileSync('config/scorer.schema.json', `${JSON.stringify(editorSchema(), null, 2)}\n`);
