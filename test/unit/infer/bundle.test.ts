import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lookAtFiles } from '../../../src/infer/bundle-files.ts';
import { listVersions, readBundle, resolveVersion } from '../../../src/infer/bundle.ts';
import { modelBytes, sha256Of, writeBundle } from '../../models/models.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stream-scorer-bundle-'));
});
afterEach(() => rm(dir, { recursive: true }));

const problemOf = async (work: () => Promise<unknown>) => (await scorerErrorOf(work)).problems[0]!;

describe('versions', () => {
  it('are the folders with a model.yaml, oldest first by natural order', async () => {
    for (const version of ['10', '2', '1', 'v9', 'v11']) await writeBundle(dir, version);
    await mkdir(join(dir, 'training'));
    await writeFile(join(dir, 'README.md'), '');
    await writeBundle(dir, '.3.partial');
    expect(await listVersions(dir)).toEqual(['1', '2', '10', 'v9', 'v11']);
  });

  it('none in an empty folder', async () => {
    expect(await listVersions(dir)).toEqual([]);
  });

  it('latest is the last of them, whatever else is there', async () => {
    for (const version of ['9', '10']) await writeBundle(dir, version);
    expect(await resolveVersion(dir, 'latest')).toBe('10');
    expect(await resolveVersion(dir, '9')).toBe('9');
  });

  it('one that is not there: the others are named, and the nearest is suggested', async () => {
    for (const version of ['fraud-2025', 'fraud-2026']) await writeBundle(dir, version);
    expect(await problemOf(() => resolveVersion(dir, 'fruad-2026'))).toEqual({
      code: 'MODEL_NOT_FOUND',
      what: `${dir} has no version fruad-2026; it has fraud-2025, fraud-2026`,
      where: 'model.champion',
      remedy: 'Did you mean fraud-2026?',
    });
  });

  it('none at all', async () => {
    const problem = await problemOf(() => resolveVersion(dir, 'latest'));
    expect(problem).toMatchObject({ code: 'MODEL_NOT_FOUND', where: 'model.dir' });
    expect(problem.what).toContain('has no version');
  });

  it('a folder that is a bundle itself', async () => {
    const folder = await writeBundle(dir, '1');
    const problem = await problemOf(() => resolveVersion(folder, 'latest'));
    expect(problem).toMatchObject({ code: 'MODEL_NOT_FOUND', where: 'model.dir' });
    expect(problem.what).toContain('is a model bundle');
    expect(problem.remedy).toContain(join(folder, '1'));
  });

  it('a folder that is not there', async () => {
    const problem = await problemOf(() => resolveVersion(join(dir, 'nowhere'), 'latest'));
    expect(problem).toMatchObject({ code: 'MODEL_NOT_FOUND', where: 'model.dir' });
    expect(problem.what).toBe(`the folder ${join(dir, 'nowhere')} does not exist`);
    expect(problem.remedy).toContain('starts at the working directory of the program');
  });
});

const filesOf = async (version: string) =>
  lookAtFiles(await readBundle(join(dir, version), version));

describe('a bundle', () => {
  it('is read with its checksum compared', async () => {
    const folder = await writeBundle(dir, '3');
    const bundle = await readBundle(join(dir, '3'), '3');
    expect(bundle).toMatchObject({
      version: '3',
      folder,
      modelFile: join(folder, 'model.onnx'),
      yamlFile: join(folder, 'model.yaml'),
      description: { sha256: sha256Of(modelBytes('matrix')), inputs: [{ name: 'features' }] },
    });
    expect(await filesOf('3')).toEqual({ model: true, problems: [] });
  });

  it('with another file than it was made with is refused', async () => {
    const folder = await writeBundle(dir, '3');
    await writeFile(join(folder, 'model.onnx'), modelBytes('flat'));
    const { model, problems } = await filesOf('3');
    expect(model).toBe(true);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      code: 'MODEL_CHECKSUM',
      where: `${join(folder, 'model.yaml')} sha256`,
    });
    expect(problems[0]!.what).toContain(sha256Of(modelBytes('flat')));
  });

  it('whose checksum is written in capitals is the same', async () => {
    await writeBundle(dir, '3', `sha256: ${sha256Of(modelBytes('matrix')).toUpperCase()}\n`);
    expect(await filesOf('3')).toEqual({ model: true, problems: [] });
  });

  it('tells of all its files at once', async () => {
    const files = `file: other.onnx\nfiles: { a.bin: ${'a'.repeat(64)}, b.bin: ${'b'.repeat(64)} }\n`;
    const folder = await writeBundle(dir, '3', files);
    await writeFile(join(folder, 'b.bin'), 'b');
    const { model, problems } = await filesOf('3');
    expect(model).toBe(false);
    expect(problems.map(({ code, where }) => [code, where])).toEqual([
      ['MODEL_NOT_FOUND', `${join(folder, 'model.yaml')} file`],
      ['MODEL_NOT_FOUND', `${join(folder, 'model.yaml')} files`],
      ['MODEL_CHECKSUM', `${join(folder, 'model.yaml')} files.b.bin`],
    ]);
  });

  it.each<[string, () => Promise<unknown>, string, string]>([
    ['without a model.yaml', () => mkdir(join(dir, '3')), 'MODEL_NOT_FOUND', 'model.yaml'],
    [
      'with a model.yaml that is no section',
      async () => writeFile(join(await writeBundle(dir, '3'), 'model.yaml'), '- a'),
      'MODEL_INVALID',
      'model.yaml',
    ],
  ])('%s is refused', async (_what, make, code, where) => {
    await make();
    const problem = await problemOf(() => readBundle(join(dir, '3'), '3'));
    expect(problem).toMatchObject({ code, where: join(dir, '3', where) });
  });

  it('with a model.yaml that is wrong says so, and what is left of it', async () => {
    await writeBundle(dir, '3', 'warmup: none\n');
    const { invalid, doubtful, description } = await readBundle(join(dir, '3'), '3');
    expect(invalid.map(({ where }) => where)).toEqual([join(dir, '3', 'model.yaml:4 warmup')]);
    expect(doubtful).toEqual(new Set(['warmup']));
    expect(description.inputs).not.toEqual([]);
  });
});
