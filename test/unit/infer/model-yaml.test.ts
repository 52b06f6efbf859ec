import type { FeatureSpec } from '../../../src/flow/features.ts';
import type { ModelDescription } from '../../../src/infer/model-description.ts';
import { parseModelYaml } from '../../support/parsed-model-yaml.ts';
import { problemsOf, scorerErrorOf } from '../../support/thrown.ts';

const SHA256 = 'a'.repeat(64);
const HEAD = `file: model.onnx\nsha256: ${SHA256}\n`;

const parse = (text: string): ModelDescription => parseModelYaml(text, 'm/1/model.yaml');

function feature(yaml: string): FeatureSpec {
  return parse(`${HEAD}inputs:\n  x:\n    - ${yaml}\n`).inputs[0]!.features[0]!;
}

/** `where what` of every problem, without the path of the file. */
async function problems(text: string): Promise<string[]> {
  const found = await problemsOf(() => parse(text));
  expect(new Set(found.map(({ code }) => code))).toEqual(new Set(['MODEL_INVALID']));
  return found.map(
    ({ what, where }) => `${where!.replace(/m\/1\/model\.yaml(:\d+)?/, '').trim()}: ${what}`,
  );
}

describe('model.yaml', () => {
  it('may be as short as this', () => {
    expect(parse(`${HEAD}inputs: { features: [amount] }`)).toEqual({
      file: 'model.onnx',
      sha256: SHA256,
      files: {},
      inputs: [{ name: 'features', features: [{ field: 'amount', transforms: [] }] }],
      outputs: {},
      golden: undefined,
      profile: undefined,
      background: undefined,
      labels: {},
      batchDependent: false,
      warmup: [1, 64, 1024],
    });
  });

  it('may say everything', () => {
    const text = `file: sub/model.onnx
sha256: ${SHA256.toUpperCase()}
files: { weights.bin: ${SHA256.toUpperCase()} }
inputs:
  features: [a, b.c]
  merchant: [{ field: merchant.name }]
outputs: { score: { tensor: probabilities, column: 1 }, classes: [travel, 7] }
golden: golden.jsonl
profile: profile.json
background: background.avro
labels:
  a: { label: the amount, group: amounts, code: R01 }
  'list:blocked': { code: R90 }
batchDependent: true
warmup: [1, 16]
`;
    expect(parse(text)).toEqual({
      file: 'sub/model.onnx',
      sha256: SHA256,
      files: { 'weights.bin': SHA256 },
      inputs: [
        {
          name: 'features',
          features: [
            { field: 'a', transforms: [] },
            { field: 'b.c', transforms: [] },
          ],
        },
        { name: 'merchant', features: [{ field: 'merchant.name', transforms: [] }] },
      ],
      outputs: { score: { tensor: 'probabilities', column: 1 }, classes: ['travel', '7'] },
      golden: 'golden.jsonl',
      profile: 'profile.json',
      background: 'background.avro',
      labels: {
        a: { label: 'the amount', group: 'amounts', code: 'R01' },
        'list:blocked': { code: 'R90' },
      },
      batchDependent: true,
      warmup: [1, 16],
    });
  });

  it.each<[string, Omit<FeatureSpec, 'field' | 'transforms'> & Partial<FeatureSpec>]>([
    ['{ field: f, missing: 0 }', { missing: 0 }],
    ['{ field: f, missing: .nan }', { missing: NaN }],
    ['{ field: f, missing: none }', { missing: 'none' }],
    ['{ field: f, categories: [a, 2], unknown: -1 }', { categories: ['a', 2], unknown: -1 }],
    ['{ field: f, oneHot: [a, 2], unknown: zeros }', { oneHot: ['a', 2], unknown: 'zeros' }],
    [
      '{ field: f, part: dayOfWeek, oneHot: [6, 7], unknown: column }',
      { part: 'dayOfWeek', oneHot: [6, 7], unknown: 'column' },
    ],
    ['{ field: f, vector: 16 }', { vector: 16 }],
    ['{ field: f, part: length }', { part: 'length' }],
    [
      '{ field: f, part: hourOfDay, timeZone: Europe/Paris }',
      { part: 'hourOfDay', timeZone: 'Europe/Paris' },
    ],
    ['{ field: f, transform: log1p }', { transforms: [{ kind: 'log1p' }] }],
    [
      '{ field: f, transform: { clip: { min: 0, max: 9 } } }',
      { transforms: [{ kind: 'clip', min: 0, max: 9 }] },
    ],
    [
      '{ field: f, transform: [log, { scale: { mean: 1, std: 2 } }] }',
      { transforms: [{ kind: 'log' }, { kind: 'scale', mean: 1, std: 2 }] },
    ],
    ['{ field: f, clip: { min: 0, max: 9 } }', { transforms: [{ kind: 'clip', min: 0, max: 9 }] }],
    [
      '{ field: f, scale: { mean: 1, std: 2 }, clip: { min: 0, max: 9 }, transform: log }',
      {
        transforms: [
          { kind: 'log' },
          { kind: 'clip', min: 0, max: 9 },
          { kind: 'scale', mean: 1, std: 2 },
        ],
      },
    ],
  ])('a feature %s', (yaml, compiled) => {
    expect(feature(yaml)).toEqual({ field: 'f', transforms: [], ...compiled });
  });
});

describe('what is wrong in model.yaml is told with its place', () => {
  it('names of what every object has are names as any, but for one that is refused', async () => {
    const names = ['constructor', 'toString', 'hasOwnProperty', 'valueOf'];
    const { inputs } = parse(
      `${HEAD}inputs: { ${names.map((name) => `${name}: [${name}.${name}]`).join(', ')} }`,
    );
    expect(inputs.map(({ name, features }) => [name, features[0]!.field])).toEqual(
      names.map((name) => [name, `${name}.${name}`]),
    );
    expect(parse(`${HEAD}inputs: { x: [a] }\nfiles: { constructor: ${SHA256} }`).files).toEqual({
      constructor: SHA256,
    });
    expect(await problems(`${HEAD}inputs: { __proto__: [a], x: [a] }`)).toEqual([
      expect.stringContaining('a key is called __proto__'),
    ]);
    expect(await problems(`${HEAD}inputs: { x: [a] }\ntoString: 1`)).toEqual([
      'toString: this key does not exist',
    ]);
  });

  it.each<[string, string, RegExp]>([
    ['no file', `sha256: ${SHA256}\ninputs: { x: [a] }`, /^file: /],
    ['no checksum', 'file: m.onnx\ninputs: { x: [a] }', /^sha256: /],
    [
      'a checksum that is none',
      'file: m.onnx\nsha256: abc\ninputs: { x: [a] }',
      /^sha256: must be 64 hexadecimal/,
    ],
    ['no inputs', HEAD, /^inputs: /],
    ['an input without columns', `${HEAD}inputs: { x: [] }`, /^inputs\.x: /],
    [
      'an unknown key',
      `${HEAD}inputs: { x: [a] }\nwarmUp: [1]`,
      /^warmUp: this key does not exist$/,
    ],
    ['a warm-up of nothing', `${HEAD}inputs: { x: [a] }\nwarmup: [0]`, /^warmup\.0: /],
    [
      'a column before the first',
      `${HEAD}inputs: { x: [a] }\noutputs: { score: { tensor: p, column: -1 } }`,
      /^outputs\.score\.column: /,
    ],
    ['one class', `${HEAD}inputs: { x: [a] }\noutputs: { classes: [a] }`, /^outputs\.classes: /],
    ['nothing at all', '', /^: /],
    ['a list', '- a', /^: /],
  ])('%s', async (_what, text, problem) => {
    const found = await problems(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(problem);
  });

  it.each<[string, RegExp]>([
    ['{ field: f, missng: 0 }', /^\.missng: this key does not exist$/],
    ['{ missing: 0 }', /^\.field: .*expected string/],
    ['{ field: f, missing: [1] }', /^\.missing: .*expected number/],
    ['{ field: f, part: hour }', /^\.part: .*"hourOfDay"/],
    ['{ field: f, part: hourOfDay, timeZone: Mars/Base }', /^\.timeZone: is not a time zone/],
    ['{ field: f, categories: [] }', /^\.categories: /],
    [
      '{ field: f, categories: [a], oneHot: [a] }',
      /^: takes either categories or oneHot, not both/,
    ],
    ['{ field: f, vector: 3, part: length }', /^: takes either vector or part, not both/],
    ['{ field: f, vector: 0 }', /^\.vector: /],
    ['{ field: f, oneHot: [a, b, a] }', /^\.oneHot: lists the same value twice/],
    [
      '{ field: f, oneHot: [a], unknown: 1 }',
      /^: takes only zeros or column for unknown together with oneHot/,
    ],
    [
      '{ field: f, oneHot: [a], transform: log }',
      /^: cannot have a transform together with oneHot/,
    ],
    [
      '{ field: f, categories: [a], unknown: zeros }',
      /^: takes only a number for unknown together with categories/,
    ],
    ['{ field: f, unknown: 1 }', /^: takes unknown only together with categories or oneHot/],
    [
      '{ field: f, part: length, timeZone: UTC }',
      /^: takes timeZone only together with a part of a time/,
    ],
    ['{ field: f, clip: { min: 2, max: 1 } }', /^\.clip: min must not be above max/],
    ['{ field: "a..b" }', /^\.field: must be a path/],
    ['{ field: "a[-1]" }', /^\.field: must be a path/],
    ['"[0].a"', /^: must be a path/],
    ['{ field: f, scale: { mean: 0, std: 0 } }', /^\.scale\.std: must not be 0/],
    ['{ field: f, clip: { min: 0 } }', /^\.clip\.max: /],
    ['{ field: f, transform: sqrt }', /^\.transform: .*"log"\|"log1p"/],
    ['{ field: f, transform: [log, sqrt] }', /^\.transform\.1: .*"log"\|"log1p"/],
    ['7', /^: .*expected string.* or .*expected object/],
  ])('a feature %s', async (yaml, what) => {
    const found = await problems(`${HEAD}inputs:\n  x:\n    - a\n    - ${yaml}\n`);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^inputs\.x\.1/);
    expect(found[0]!.replace('inputs.x.1', '')).toMatch(what);
  });

  it('all of it at once', async () => {
    const found = await problems(
      'sha256: x\ninputs: { x: [a, { field: f, scale: { mean: 0, std: 0 } }] }\nmore: 1',
    );
    const places = found.map((problem) => problem.split(':')[0]);
    expect(places).toEqual(['file', 'sha256', 'inputs.x.1.scale.std', 'more']);
  });

  it('the line, and what was probably meant by a key that is none', async () => {
    const [key, field] = await problemsOf(() =>
      parse(`${HEAD}warmUp: [1]\ninputs:\n  x:\n    - { field: f, missing: [1] }\n`),
    );
    const places = [key, field].map((problem) => problem!.where);
    expect(places.sort()).toEqual([
      'm/1/model.yaml:3 warmUp',
      'm/1/model.yaml:6 inputs.x.0.missing',
    ]);
    expect([key, field].map((problem) => problem!.remedy)).toContain('Did you mean warmup?');
  });

  it('YAML that is none, once, with what brackets need', async () => {
    const found = await problemsOf(() =>
      parse(`${HEAD}inputs:\n  x:\n    - { field: a[0], missing: 0 }\n    - b\n`),
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      what: 'Unexpected flow-seq-start at node end',
      where: 'm/1/model.yaml:5',
    });
    expect(found[0]!.remedy).toContain('items.0.price');
  });

  it('YAML that is none, with the line', async () => {
    const [problem] = await problemsOf(() => parse('file: [a\nsha256: b'));
    expect(problem).toMatchObject({ code: 'MODEL_INVALID', where: 'm/1/model.yaml:2' });
  });
});

it('the class of the score may be a text, a number or a truth value, and stands in the place of a column', async () => {
  const classOf = (text: string): string | undefined =>
    parse(`${HEAD}inputs: { x: [a] }\noutputs: { score: ${text} }`).outputs.score?.class;
  expect(['{ class: fraud }', '{ class: 1, tensor: p }', '{ class: true }'].map(classOf)).toEqual([
    'fraud',
    '1',
    'true',
  ]);
  for (const text of ['{ class: a, column: 1 }', '{ }', '{ class: [a] }']) {
    expect((await scorerErrorOf(() => classOf(text))).code).toBe('MODEL_INVALID');
  }
});

describe('aliases', () => {
  it('in themselves or without end, and what nests without end, are told', async () => {
    for (const inputs of [
      '&a { x: *a }',
      `{ x: ${'['.repeat(5000)}`,
      `{ x: ${'['.repeat(150)}${']'.repeat(150)} }`,
    ]) {
      const [problem] = await problemsOf(() => parse(`${HEAD}inputs: ${inputs}\n`));
      expect(problem).toMatchObject({
        code: 'MODEL_INVALID',
        where: expect.stringContaining('m/1/model.yaml') as string,
      });
    }
  });

  it('may be shared by many features', () => {
    const features = Array.from(
      { length: 500 },
      (_, i) => `    - { field: f${i}, transform: ${i === 0 ? '&t [log1p]' : '*t'} }`,
    );
    expect(
      parse(`${HEAD}inputs:\n  x:\n${features.join('\n')}\n`).inputs[0]!.features,
    ).toHaveLength(500);
  });
});
