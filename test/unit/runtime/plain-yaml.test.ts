import { parse } from 'yaml';
import { plainYaml } from '../../../src/runtime/plain-yaml.ts';

const flawsOf = (text: string): string[] => plainYaml(text).flaws.map(({ message }) => message);

describe('a YAML text as plain data', () => {
  it.each([
    'a: 1\nb: [x, "2", 3.5, true, null, ~]\nc:\n  - d: {}\n  - []\n',
    'base: &b {x: 1, y: [2]}\nother: *b\nlist: [*b, *b]\n',
    'a: &x 1\nb: *x\nc: &x 2\nd: *x\n',
    '1: a\ntrue: b\nnull: c\n',
    'toString: {a: 1}\nconstructor: 2\n',
    'text: |\n  two\n  lines\nfolded: >-\n  one\n  line\n',
    '- 1\n- 2\n',
    'just a text',
    '',
  ])('is what the parser makes of it: %j', (text) => {
    const { tree, flaws } = plainYaml(text);
    expect(flaws).toEqual([]);
    expect(tree).toEqual(parse(text));
  });

  it('has a place for each step of a path, through aliases', () => {
    const { placesAt, lines } = plainYaml('a: &a\n  b: 1\nc: *a\nd: [1,\n  2]\n');
    const lineAt = (...path: (string | number)[]) =>
      placesAt(path).map(({ value }) => lines.linePos(value!.range![0]).line);
    expect(lineAt('a', 'b')).toEqual([2, 2]);
    expect(lineAt('c', 'b')).toEqual([3, 2]);
    expect(lineAt('d', 1)).toEqual([4, 5]);
    expect(lineAt('d', 7)).toEqual([4]);
  });

  it.each([
    ['an alias in itself', 'a: &a [1, *a]\n', 'an alias is inside the value that it refers to'],
    [
      'an alias in itself further in',
      'a: &a {b: {c: *a}}\n',
      'an alias is inside the value that it refers to',
    ],
    ['an alias of nothing', 'a: *b\nb: &b 1\n', 'an alias has no anchor before it'],
    ['a key twice', 'a: 1\nb: 2\na: 3\n', 'a section has the same key twice'],
    ['a key that is a list', '? [a]\n: 1\n', 'a key is not a plain string'],
  ])('%s is told, with its place', (_name, text, message) => {
    const { flaws, lines } = plainYaml(text);
    expect(flaws.map((flaw) => flaw.message)).toEqual([message]);
    expect(lines.linePos(flaws[0]!.offset).line).toBeGreaterThan(0);
  });

  it('aliases of aliases are counted, not written out', () => {
    const levels = Array.from(
      { length: 40 },
      (_, i) => `a${i}: &a${i} [${i === 0 ? '1' : `*a${i - 1}, *a${i - 1}`}]`,
    );
    expect(flawsOf(levels.join('\n'))).toEqual(['aliases repeat more than 100000 values']);
    const many = Array.from({ length: 2000 }, (_, i) => `k${i}: *a`);
    expect(flawsOf(`a: &a {x: 1}\n${many.join('\n')}`)).toEqual([]);
  });

  it.each([
    ['written', '['.repeat(200) + ']'.repeat(200)],
    ['written so deep that no stack holds it', '['.repeat(50_000)],
    [
      'by aliases',
      Array.from({ length: 120 }, (_, i) => `a${i}: &a${i} [${i === 0 ? '1' : `*a${i - 1}`}]`).join(
        '\n',
      ),
    ],
  ])('nesting without end is refused: %s', (_name, text) => {
    expect(flawsOf(text)).toContain('lists and sections are nested more than 100 levels deep');
  });
});

it('__proto__ is no key: objects would take it for something else', () => {
  for (const text of ['__proto__: {a: 1}', 'a: { "__proto__": 1 }', '- &x { __proto__: 1 }']) {
    expect(plainYaml(text).flaws).toMatchObject([
      { message: 'a key is called __proto__, which is not allowed as a name' },
    ]);
  }
});
