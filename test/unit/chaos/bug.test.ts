import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { BUGS, CHANGES, plantBug, replaceOnce } from '../../../chaos/bug.ts';

describe('a bug that is planted on purpose', () => {
  it('replaces the code in its one place', () => {
    expect(replaceOnce('a(b) c', '(b)', '[$&]', 'file')).toBe('a[$&] c');
  });

  it('finds the code however it is broken into lines', () => {
    const broken = 'x;\nawait write(\n  a,\n  (work) => b(work, { c }),\n);\ny;';
    const code = 'await write(a, (work) => b(work, { c }));';
    expect(replaceOnce(broken, code, 'z;', 'file')).toBe('x;\nz;\ny;');
  });

  it('does not take a part of a word for the word', () => {
    expect(() => replaceOnce('await overwrite(a);', 'write(a);', '', 'file')).toThrow('0 times');
    expect(() => replaceOnce('awaitwrite(a);', 'await write(a);', '', 'file')).toThrow('0 times');
  });

  it('fails where the code is not, or not once: the program would run without the bug', () => {
    expect(() => replaceOnce('abc', 'x', 'y', 'dist/file.js')).toThrow(
      'dist/file.js has the code to be replaced 0 times',
    );
    expect(() => replaceOnce('ab; ab', 'ab', 'y', 'dist/file.js')).toThrow('2 times');
  });
});

describe('a bug in the program as it is built now', () => {
  let project: string;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'stream-scorer-bug-'));
    await mkdir(join(project, '.cache'));
    await cp('package.json', join(project, 'package.json'));
    // The files that a bug changes: each bug copies all that are there.
    const files = new Set(BUGS.flatMap((bug) => CHANGES[bug].map(({ file }) => file)));
    for (const file of files) {
      const out = join(project, 'dist', file);
      await mkdir(dirname(out), { recursive: true });
      await writeFile(out, built(await readFile(join('src', file.replace(/js$/, 'ts')), 'utf8')));
    }
  });

  afterAll(() => rm(project, { recursive: true, force: true }));

  it.each(BUGS)('%s has its place, and the program is still one', async (bug) => {
    const { value: main, stop } = await plantBug(bug, project);
    try {
      for (const { file } of CHANGES[bug]) {
        const [planted, before] = await Promise.all(
          [join(dirname(main), file), join(project, 'dist', file)].map((path) =>
            readFile(path, 'utf8'),
          ),
        );
        expect(planted).not.toBe(before);
        const { diagnostics } = ts.transpileModule(planted!, { reportDiagnostics: true });
        expect(diagnostics?.map(({ messageText }) => messageText)).toEqual([]);
      }
    } finally {
      await stop();
    }
  });
});

/** As `npm run build` prints it. */
function built(source: string): string {
  return ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2024,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  }).outputText;
}
