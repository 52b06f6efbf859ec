import { readFileSync } from 'node:fs';
import { BUGS, CHANGES, replaceOnce } from '../../../chaos/bug.ts';

describe('a bug that is planted on purpose', () => {
  it('replaces the text in its one place, as it stands', () => {
    expect(replaceOnce('a(b) c', '(b)', '[$&]', 'file')).toBe('a[$&] c');
  });

  it('fails where the text is not, or not once: the program would run without the bug', () => {
    expect(() => replaceOnce('abc', 'x', 'y', 'dist/file.js')).toThrow(
      'dist/file.js has the text to be replaced 0 times',
    );
    expect(() => replaceOnce('abab', 'ab', 'y', 'dist/file.js')).toThrow('2 times');
  });

  it.each(BUGS)('%s has its place in the program as it is', (bug) => {
    for (const { file, from, to } of CHANGES[bug]) {
      const source = readFileSync(`src/${file.replace(/js$/, 'ts')}`, 'utf8').replaceAll('!.', '.');
      expect(replaceOnce(source, from, to, file)).not.toBe(source);
    }
  });
});
