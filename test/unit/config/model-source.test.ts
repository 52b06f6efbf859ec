import { parseSource } from '../../../src/config/model-source.ts';
import { LEAST, load, problemsOf } from './given.ts';

const SHA256 = 'a'.repeat(64);
const withModel = (model: string): string => LEAST.replace(/model: .*/, `model: { ${model} }`);
const whatOf = async (model: string) =>
  (await problemsOf(withModel(model))).map(({ what, where }) => `${where?.split(' ')[1]}: ${what}`);

describe('model.source', () => {
  it.each([
    ['models:/fraud', { kind: 'mlflow', name: 'fraud' }],
    ['models:/fraud@champion', { kind: 'mlflow', name: 'fraud', wanted: '@champion' }],
    ['models:/fraud/3', { kind: 'mlflow', name: 'fraud', wanted: '3' }],
    ['models:/fraud/latest', { kind: 'mlflow', name: 'fraud', wanted: 'latest' }],
    ['https://h/fraud.tar.gz?sig=1', { from: 'http', several: false, format: 'tar.gz' }],
    ['http://h/{version}.zip', { from: 'http', several: true, format: 'zip' }],
    ['s3://bucket/a/{version}/model.yaml', { from: 's3', several: true, format: 'model.yaml' }],
  ])('names %s', (text, named) => {
    expect(parseSource(text)).toMatchObject(named);
  });

  it('puts the name of a version into the address', () => {
    const named = parseSource('https://h/fraud-{version}/{version}.tgz');
    expect('at' in named && named.at('3 b/c')).toBe('https://h/fraud-3%20b%2Fc/3%20b%2Fc.tgz');
  });

  it.each([
    'models:/fraud/champion',
    'models:fraud',
    'ftp://h/x.zip',
    'models/fraud',
    'https://h/model.onnx',
    'https://u:p@h/x.zip',
    'https://h/x.zip#sha256=1',
    's3:///x.zip',
    's3://bucket',
  ])('is not %s', (text) => {
    expect(parseSource(text)).toEqual({ wrong: expect.stringMatching(/^must /) as string });
  });

  it('names the version that decides', async () => {
    const { model } = await load(
      withModel('source: "models:/fraud@champion", registryUri: "http://h"'),
    );
    expect(model).toMatchObject({
      source: 'models:/fraud',
      champion: '@champion',
      cacheDir: '/app/model-cache',
    });
  });

  it.each([
    ['', ['model: needs either dir or source']],
    [
      'dir: a, source: "models:/x", registryUri: "http://h"',
      ['model: must have either dir or source, not both'],
    ],
    ['dir: a, registryUri: "http://h"', ['model.registryUri: has no meaning without source']],
    ['source: "models:/x"', ['model.source: needs registryUri, the address of the MLflow server']],
    [
      'source: "models:/x@a", champion: "2", registryUri: "http://h"',
      ['model.champion: is not the version that model.source names (@a)'],
    ],
    [
      'source: "https://h/x.zip"',
      ['model.source: needs sha256: a file that may change is not taken'],
    ],
    [
      `source: "https://h/x.zip", sha256: { "1": ${SHA256} }`,
      ['model.sha256: must be one sha256: source has no {version}'],
    ],
    [
      `source: "https://h/{version}.zip", sha256: ${SHA256}`,
      ['model.sha256: must have an entry for each version (version: sha256)'],
    ],
    [
      `source: "https://h/x.zip", sha256: ${SHA256}, champion: "2"`,
      ['model.champion: must be latest: source has no {version}'],
    ],
    [
      `source: "s3://b/x.zip", sha256: ${SHA256}, credentials: { token: t }`,
      ['model.credentials: has no meaning for s3://: the AWS SDK finds them'],
    ],
    [
      'source: "models:/x", registryUri: "http://h", credentials: { username: a }',
      ['model.credentials: needs either token, or username and password together'],
    ],
  ])('is refused with %j', async (model, problems) => {
    expect(await whatOf(model)).toEqual(problems);
  });
});
