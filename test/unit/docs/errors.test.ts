import { readFile } from 'node:fs/promises';
import { errorsPage } from '../../../src/errors-page.ts';

it('docs/errors.md says what the table of errors says (npm run errors)', async () => {
  expect(await readFile('docs/errors.md', 'utf8')).toBe(errorsPage());
});
