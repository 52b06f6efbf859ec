// Writes docs/errors.md from the table in src/error-table.ts; a unit test fails when the file is not
// what this writes.
import { writeFileSync } from 'node:fs';
import { errorsPage } from '../src/errors-page.ts';

writeFileSync('docs/errors.md', errorsPage());
