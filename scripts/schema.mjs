// Writes config/scorer.schema.json, which editors read, and docs/keys.md, which people read, from the schema in src/config.
import { writeFileSync } from 'node:fs';
import { editorSchema } from '../src/config/json-schema.ts';
import { keysPage } from '../src/config/keys-page.ts';

writeFileSync('config/scorer.schema.json', `${JSON.stringify(editorSchema(), null, 2)}\n`);
writeFileSync('docs/keys.md', keysPage());
