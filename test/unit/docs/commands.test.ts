import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readOptions as readBench } from '../../../bench/options.ts';
import { readOptions as readChaos } from '../../../chaos/options.ts';
import { commands, documents, type DocumentedCommand } from '../../support/documents.ts';
import { RUN_BY } from './run-by.ts';

const { scripts, bin } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>;
  bin: Record<string, string>;
};
const documented = documents().flatMap(commands);
const sorts = new Map<string, DocumentedCommand[]>();
for (const command of documented)
  sorts.set(sortOf(command), [...(sorts.get(sortOf(command)) ?? []), command]);

/** What kind of command it is: the program, with its subcommand or its script. */
function sortOf({ words }: DocumentedCommand): string {
  const [program, ...rest] = words;
  if (program === 'npx') return sortOf({ path: '', words: rest });
  if (program?.endsWith('/node')) return sortOf({ path: '', words: ['node', ...rest] });
  if (program === 'node' && rest[0] === 'dist/main.js')
    return sortOf({ path: '', words: ['stream-scorer', ...rest.slice(1)] });
  if (program === 'node') return `node ${rest[0] ?? ''}`;
  if (program === 'docker' && rest[0] === 'compose') return 'docker compose';
  const parts = program === 'npm' && rest[0] === 'run' ? 2 : 1;
  return [program, ...rest.slice(0, parts)].filter((word) => !word?.startsWith('-')).join(' ');
}

const optionsOf = ({ words }: DocumentedCommand): string[] =>
  words.filter((word) => word.startsWith('--') && word !== '--').map((word) => word.split('=')[0]!);

/** The options of a command of the program, as its help has them. */
const helps = new Map<string, string>();
function helpOf(sort: string): string {
  const known = helps.get(sort);
  if (known !== undefined) return known;
  const [, ...subcommand] = sort.split(' ');
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [bin['stream-scorer']!, ...subcommand, '--help'],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${sort} --help: ${stderr}`);
  helps.set(sort, stdout);
  return stdout;
}

const withProgram = documented.filter((command) => sortOf(command).startsWith('stream-scorer'));

describe('the commands in README and docs', () => {
  it('are found', () => {
    expect(documented.length).toBeGreaterThan(60);
    expect([...sorts.keys()]).toEqual(
      expect.arrayContaining(['npm run demo', 'npm test', 'stream-scorer run']),
    );
  });

  it('are each run by a test, with the options that are written there (run-by.ts)', () => {
    const nobody = [...sorts].flatMap(([sort, all]) => {
      const files = RUN_BY[sort];
      if (files === undefined) return [`${all[0]!.path}: ${sort}`];
      const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
      const missing = [...new Set(all.flatMap(optionsOf))].filter(
        (option) => !runs(sort) && !text.includes(option),
      );
      return missing.map((option) => `${all[0]!.path}: ${sort} ${option}`);
    });
    expect(nobody).toEqual([]);
    expect(Object.keys(RUN_BY).filter((sort) => !sorts.has(sort))).toEqual([]);
    expect(
      Object.values(RUN_BY)
        .flat()
        .filter((file) => !existsSync(file)),
    ).toEqual([]);
  });

  it.each([...new Set(withProgram.map(({ words }) => words.join(' ')))])(
    '%s has only options that exist',
    (line) => {
      const command = { path: '', words: line.split(' ') };
      const help = helpOf(sortOf(command));
      expect(optionsOf(command).filter((option) => !new RegExp(`${option}\\b`).test(help))).toEqual(
        [],
      );
    },
  );

  it('name only scripts of package.json', () => {
    const named = [...sorts.keys()]
      .filter((sort) => sort.startsWith('npm run '))
      .map((sort) => sort.slice('npm run '.length));
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it.each([
    ['npm run chaos', readChaos],
    ['npm run bench', readBench],
  ] as const)('%s has only options that it takes', (sort, read) => {
    for (const { words } of sorts.get(sort)!) {
      const [first, ...rest] = words.slice(words.indexOf('--') + 1);
      // measurements of their own take none
      const options = ['challenger', 'monitor', 'pipeline', 'policy', 'shap'].includes(first!)
        ? rest
        : [first!, ...rest];
      if (words.includes('--'))
        expect(() =>
          read(options.map((word) => (/^[A-Z]+$/.test(word) ? '1' : word))),
        ).not.toThrow();
    }
  });

  it('name only options of jest behind `npm test`', () => {
    const options = sorts.get('npm test')!.flatMap(optionsOf);
    const args = ['node_modules/jest/bin/jest.js', '--listTests', ...options, 'test/unit/docs'];
    const { status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(options).toContain('--coverage');
    expect(status).toBe(0);
  });

  // What takes minutes or hours is at least loaded, by its own usage.
  it.each([
    ['bench/main.ts', ['--help'], 0, 'npm run bench'],
    ['chaos/main.ts', ['--help'], 0, 'npm run chaos'],
    ['chaos/soak.ts', ['--minutes', '0'], 2, 'npm run soak'],
    ['test/fuzz/main.ts', ['nothing'], 2, 'npm run fuzz'],
  ])('%s says how it is used', (main, args, code, usage) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
      encoding: 'utf8',
    });
    expect(stdout + stderr).toContain(usage);
    expect(status).toBe(code);
  });
});

/** Commands whose options a test above gives to their own parser. */
function runs(sort: string): boolean {
  return sort === 'npm run chaos' || sort === 'npm run bench';
}
