import { readFileSync } from 'node:fs';
import { withFigures } from '../../../bench/report-readme.ts';
import { reportPage } from '../../../bench/report.ts';
import { parseResults } from '../../../bench/results.ts';
import { replaceSection } from '../../../chaos/page.ts';
import { keysPage } from '../../../src/config/keys-page.ts';
import { errorsPage } from '../../../src/errors-page.ts';

const read = (path: string): string => readFileSync(path, 'utf8');

describe('a page that a script writes is what the script writes today', () => {
  it('docs/errors.md: the table of errors (npm run errors)', () => {
    expect(read('docs/errors.md')).toBe(errorsPage());
  });

  it('docs/keys.md: the schema of the configuration (npm run schema)', () => {
    expect(read('docs/keys.md')).toBe(keysPage());
  });

  it('docs/benchmarks.md and the table of the README: docs/benchmarks.json', () => {
    const results = parseResults(read('docs/benchmarks.json'));
    expect(read('docs/benchmarks.md')).toBe(reportPage(results));
    expect(read('README.md')).toBe(withFigures(read('README.md'), results));
  });

  it('docs/chaos.md: its own figures, in the words of chaos/page.ts', () => {
    const page = read('docs/chaos.md');
    const [, figures] = /^## exactly-once\n\n(.*?)\n\n## /ms.exec(page)!;
    expect(page).toBe(replaceSection(page, 'exactly-once', figures!));
  });
});
