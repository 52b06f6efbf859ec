import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { loadConfig } from '../../../src/config/load.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { widthOf } from '../../../src/flow/features.ts';
import type { ModelDescription } from '../../../src/infer/model-description.ts';
import { parseModelYaml } from '../../support/parsed-model-yaml.ts';
import { blocks, documents } from '../../support/documents.ts';

const pages = documents();
const examples = (path: string, language: string): string[] =>
  blocks(
    pages.find((page) => page.path === path)!,
    language,
  );

/** A `model.yaml` from an example, which need not name a file with its checksum, and has a shortened one if it does. */
function modelOf(yaml: string): ModelDescription {
  const head = yaml.includes('file: ') ? '' : `file: m.onnx\nsha256: ${'a'.repeat(64)}\n`;
  return parseModelYaml(head + yaml.replaceAll(/\b[0-9a-f]{4}…/g, 'a'.repeat(64)), 'docs');
}

const settingsOf = async (yaml: string): Promise<Settings> =>
  (
    await loadConfig({
      file: 'scorer.yaml',
      env: {},
      cwd: '.',
      readFile: () => Promise.resolve(yaml),
    })
  ).settings;

describe('the YAML in README and docs', () => {
  it.each(['README.md', 'docs/configuration.md'])('of %s is a configuration', async (path) => {
    const [yaml, ...others] = examples(path, 'yaml');
    const { input, output, decision } = await settingsOf(yaml!);
    expect(input.topics).toEqual(['transactions']);
    expect(output.topic).toBe('transaction-scores');
    expect(decision?.bands).toHaveLength(3);
    expect(others).toEqual([]);
  });

  it('of docs/schemas.md is a part of one', async () => {
    const [start] = examples('docs/configuration.md', 'yaml');
    const [input] = examples('docs/schemas.md', 'yaml');
    const { input: settings } = await settingsOf(start!.replace(/^input: .*\n/m, input!));
    expect(settings.types).toEqual(['com.acme.Payment', 'com.acme.Refund']);
  });

  it('of docs/policy.md is a part of one', async () => {
    const [start] = examples('docs/configuration.md', 'yaml');
    const [policy] = examples('docs/policy.md', 'yaml');
    const { decision } = await settingsOf(start!.replace(/^decision:\n(?: .*\n)*/m, policy!));
    expect(decision).toMatchObject({
      segments: [{ name: 'high-value' }],
      rules: [
        { name: 'large-abroad', stage: 'after' },
        { name: 'night', shadow: true },
      ],
      lists: [{ name: 'blocked-cards' }],
    });
  });

  it('of docs/model-versions.md is a part of one', async () => {
    const [start] = examples('docs/configuration.md', 'yaml');
    const [model, ...others] = examples('docs/model-versions.md', 'yaml');
    const { model: settings } = await settingsOf(start!.replace(/^model: .*\n/m, model!));
    expect(settings).toMatchObject({ champion: 'latest', keepWarm: 1, maxMemoryBytes: 2 ** 31 });
    for (const other of others.filter((text) => text.startsWith('decision:'))) {
      const whole = start!.replace(/^decision:\n(?: .*\n)*/m, other);
      const { decision } = await settingsOf(whole);
      expect(decision?.segments?.map(({ name }) => name)).toEqual(['version-2']);
    }
    for (const other of others.filter((text) => text.startsWith('model:'))) {
      const written = other.replace('model:', 'model:\n  dir: models');
      const whole = start!.replace(/^model: .*\n/m, `${written}\n`);
      const { champion, ...parsed } = (parse(other) as { model: { champion: string } }).model;
      const { model: settled } = await settingsOf(whole);
      expect(settled).toMatchObject(parsed);
      expect(settled.champion).toBe(settled.labels?.[champion] ?? champion);
    }
  });

  it('of docs/model-sources.md are parts of one, or of a pod', async () => {
    const [start] = examples('docs/configuration.md', 'yaml');
    const [pod, ...models] = examples('docs/model-sources.md', 'yaml');
    expect(Object.keys(parse(pod!) as object)).toEqual(['volumes', 'containers']);
    const champions = models.map(async (model) => {
      const written = model.replaceAll(/\b[0-9a-f]{4}…/g, 'a'.repeat(64));
      const settings = await settingsOf(start!.replace(/^model: .*\n/m, written));
      return settings.model.champion;
    });
    expect(await Promise.all(champions)).toEqual(['@champion', '3', 'latest']);
  });

  it('of docs/privacy.md is a part of one', async () => {
    const [start] = examples('docs/configuration.md', 'yaml');
    const [output] = examples('docs/privacy.md', 'yaml');
    const own = output!.replace(/"\$\{file:.*\}"/, 'a key of 16 characters');
    const { output: settings } = await settingsOf(start!.replace(/^output: .*\n/m, own));
    expect(settings.carry).toEqual([
      'transactionId',
      { field: 'cardId', hash: true },
      { field: 'phone', keepLast: 2 },
    ]);
  });

  it('of docs/model-bundle.md is a model.yaml', () => {
    const [yaml, ...others] = examples('docs/model-bundle.md', 'yaml');
    const { inputs, golden } = modelOf(yaml!);
    expect(inputs[0]!.features.map(widthOf)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(golden).toBe('golden.jsonl');
    expect(others).toEqual([]);
  });

  it('of docs/features.md are parts of one', () => {
    const [inputs, outputs, ...others] = examples('docs/features.md', 'yaml');
    const [{ features }] = modelOf(inputs!).inputs as [ModelDescription['inputs'][number]];
    expect(features.map(widthOf)).toEqual([1, 1, 1, 1, 16, 2, 1, 1, 1]);
    expect(features.at(-1)!.transforms.map(({ kind }) => kind)).toEqual(['log1p', 'clip', 'scale']);
    expect(modelOf(`${inputs!}${outputs!}`).outputs.score).toEqual({ class: 'fraud' });
    expect(others).toEqual([]);
  });

  it('of docs/reasons.md are parts of one, and of a model.yaml', async () => {
    const [start] = examples('docs/configuration.md', 'yaml');
    const [explain, labels, ...others] = examples('docs/reasons.md', 'yaml');
    const { explain: settings } = await settingsOf(`${start!}${explain!}`);
    expect(settings).toMatchObject({ decisions: ['REVIEW', 'REJECT'], top: 4, method: 'auto' });
    const { background, labels: known } = modelOf(`inputs: { x: [amount] }\n${labels!}`);
    expect([background, known['amount']?.code]).toEqual(['background.jsonl', 'R01']);
    expect(others).toEqual([]);
  });

  it.each(['docs/drift.md', 'docs/fairness.md', 'docs/quality.md'])(
    'of %s is a section of one',
    async (page) => {
      const [start] = examples('docs/configuration.md', 'yaml');
      for (const section of examples(page, 'yaml'))
        expect(await settingsOf(`${start!}${section}`)).toMatchObject(parse(section) as object);
    },
  );

  it('stands on no other page without a test', () => {
    const others = pages.filter((page) => blocks(page, 'yaml').length > 0).map(({ path }) => path);
    expect(others).toEqual([
      'README.md',
      'docs/configuration.md',
      'docs/drift.md',
      'docs/fairness.md',
      'docs/features.md',
      'docs/model-bundle.md',
      'docs/model-sources.md',
      'docs/model-versions.md',
      'docs/policy.md',
      'docs/privacy.md',
      'docs/quality.md',
      'docs/reasons.md',
      'docs/schemas.md',
    ]);
  });
});

describe('the JSON in README and docs', () => {
  it.each(pages.flatMap((page) => blocks(page, 'json').map((body) => [page.path, body])))(
    'of %s is JSON',
    (_, body) => {
      expect(() => JSON.parse(body) as unknown).not.toThrow();
    },
  );

  it('names the fields of a score as its schema does', () => {
    const [, score] = examples('docs/schemas.md', 'json');
    const encoder = readFileSync('src/encode/score-schema.ts', 'utf8');
    for (const field of Object.keys(JSON.parse(score!) as object))
      expect(encoder).toContain(`'${field}'`);
  });
});

it('no page has a code block without a fence, in which no test would look', () => {
  const indented = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\n\n {4}(?![-*|\d`])(\S.*)/g)].map(([, line]) => `${path}: ${line!}`),
  );
  expect(indented).toEqual([]);
});
