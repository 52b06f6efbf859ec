import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sourceVersions } from '../../src/compose/source-versions.ts';
import type { Settings } from '../../src/config/settings.ts';
import type { VersionStore } from '../../src/rollout/version-store.ts';
import {
  mlflowPython,
  realMlflow,
  recordedMlflow,
  type MlflowServer,
} from '../support/mlflow-server.ts';
import { problemsOf } from '../support/thrown.ts';

/**
 * What a real MLflow server answers: as it was recorded, and where MLflow is installed, from the
 * server itself.
 */
const python = mlflowPython();
const WORLDS: readonly (readonly [string, () => Promise<MlflowServer>])[] = [
  ['as recorded', recordedMlflow],
  ...(python === undefined ? [] : [['started here', () => realMlflow(python)] as const]),
];

const BUNDLE = resolve('test/e2e/bundle/1');

describe.each(WORLDS)('an MLflow server, %s', (_name, start) => {
  let server: MlflowServer;
  let dir: string;
  beforeAll(async () => {
    server = await start();
  }, 300_000);
  afterAll(() => server.stop(), 60_000);
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'stream-scorer-cache-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  const versions = (name = 'fraud'): Promise<VersionStore> => {
    const model = {
      registryUri: server.url,
      cacheDir: dir,
      keepCached: 10,
      keepWarm: 1,
      sourceTimeoutMs: 60_000,
      maxBundleBytes: 1 << 20,
    };
    return sourceVersions(model as Settings['model'], `models:/${name}`, {});
  };

  it.each([
    ['1', '1'],
    ['2', '2'],
    ['@champion', '2'],
    ['latest', '3'],
  ])('finds version %s', async (wanted, version) => {
    const store = await versions();
    const found = await store.find(wanted);
    expect(found.version).toBe(version);
    expect(await store.find(wanted)).toEqual(found);
  });

  it.each(['1', '@champion'])(
    'downloads the files of version %s as they were logged',
    async (wanted) => {
      const store = await versions();
      const folder = await store.fetch(await store.find(wanted));
      for (const file of ['model.yaml', 'model.onnx', 'golden.jsonl'])
        expect(await readFile(join(folder, file))).toEqual(await readFile(join(BUNDLE, file)));
    },
  );

  it.each([
    ['fraud', '9', 'Model Version (name=fraud, version=9) not found'],
    ['fraud', '@nobody', 'Registered model alias nobody not found.'],
    ['nothing', '@champion', 'Registered Model with name=nothing not found'],
    ['empty', 'latest', 'the registered model empty has no version that is ready'],
    ['fraud', 'champion', 'champion does not name a version of a registered model'],
  ])('says that models:/%s has no %s', async (name, wanted, what) => {
    const store = await versions(name);
    const [problem] = await problemsOf(() => store.find(wanted));
    expect(problem).toMatchObject({ code: 'MODEL_NOT_FOUND', what });
  });

  it.each([
    ['plain', '1', 'MODEL_INVALID', 'version 1 of the model is not a bundle: it has no model.yaml'],
    [
      'fraud',
      '3',
      'MODEL_NOT_FOUND',
      'version 3 of the model has no file model.onnx, which its model.yaml names',
    ],
    [
      'elsewhere',
      '1',
      'MODEL_SOURCE_UNAVAILABLE',
      'the source of the model does not answer: status 500 (the artifacts are in s3:)',
    ],
  ])('says why models:/%s/%s cannot be used', async (name, version, code, what) => {
    const store = await versions(name);
    const found = await store.find(version);
    expect(await problemsOf(() => store.fetch(found))).toMatchObject([{ code, what }]);
  });
});
