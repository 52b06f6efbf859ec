import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { MlflowSource } from '../../../../src/rollout/sources/mlflow-source.ts';
import {
  SourceRequests,
  type Credentials,
} from '../../../../src/rollout/sources/source-requests.ts';
import {
  answers,
  HANGS,
  HANGS_UP,
  SwitchableServer,
  type Answer,
} from '../../../support/switchable-server.ts';
import { problemsOf } from '../../../support/thrown.ts';

const ONNX = Buffer.alloc(300_000, 'onnx');
const SHA256 = createHash('sha256').update(ONNX).digest('hex');
const never = new AbortController().signal;

describe('the versions of a registered model', () => {
  let server: SwitchableServer;
  let other: SwitchableServer;
  let folder: string;
  /** By the end of the path. */
  let answer: Record<string, Answer>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-source-'));
    answer = {
      alias: answers(200, versionJson('7')),
      'model-versions/get': answers(200, versionJson('7')),
      'get-download-uri': answers(200, '{"artifact_uri": "mlflow-artifacts:/0/run/artifacts"}'),
      'model.yaml': answers(200, 'file: model.onnx', 'text/plain'),
      'model.onnx': (_request, response) => response.end(ONNX),
    };
    server = await new SwitchableServer((request, response) => {
      const path = request.url!.split('?')[0]!;
      const known = Object.keys(answer).find((end) => path.endsWith(end));
      (known === undefined ? answers(404, 'nothing') : answer[known]!)(request, response);
    }).start();
    other = await new SwitchableServer((_request, response) => response.end(ONNX)).start();
  });
  afterEach(async () => {
    await server.stop();
    await other.stop();
    await rm(folder, { recursive: true });
  });

  const versionJson = (version: string, more: object = {}): string =>
    JSON.stringify({ model_version: { version, status: 'READY', source: 's', ...more } });

  function source(credentials?: Credentials, path = '', timeoutMs = 60_000): MlflowSource {
    const registryUri = `${server.url}${path}`;
    const requests = new SourceRequests({
      address: registryUri,
      credentials,
      timeoutMs,
      maxBytes: 1_000_000,
    });
    const filesOf = (text: string) => [{ name: text.replace('file: ', ''), sha256: SHA256 }];
    return new MlflowSource({ registryUri, name: 'fraud', requests, filesOf });
  }

  const find = (wanted = '@champion', from = source()) => from.find(wanted, never);
  const fetch = async (from = source()) =>
    from.download({ version: '7', stamp: '' }, folder, never);
  const codeOf = async (work: () => unknown) => (await problemsOf(work))[0]!;
  const authorizations = (of: SwitchableServer) =>
    of.requests.map(({ headers }) => headers.authorization);

  it('are other ones if one of the same number was made again', async () => {
    const first = await find();
    answer['alias'] = answers(200, versionJson('7', { creation_timestamp: 2 }));
    const second = await find();
    expect(second.version).toBe('7');
    expect(second.stamp).not.toBe(first.stamp);
    expect(source().digestOf(second)).not.toBe(source().digestOf(first));
  });

  it('are not taken before they are ready', async () => {
    answer['alias'] = answers(200, versionJson('8', { status: 'PENDING_REGISTRATION' }));
    expect(await codeOf(() => find())).toMatchObject({
      code: 'MODEL_NOT_FOUND',
      what: 'version 8 is not ready (PENDING_REGISTRATION)',
    });
  });

  it('latest is the highest number that is ready, whatever the order', async () => {
    const all = [
      { version: '9', status: 'READY' },
      { version: '11', status: 'FAILED_REGISTRATION' },
      { version: '10', status: 'READY' },
    ];
    answer['search'] = answers(200, JSON.stringify({ model_versions: all }));
    expect((await find('latest')).version).toBe('10');
  });

  it.each<[string, Answer]>([
    ['500', answers(500, 'oops')],
    ['403', answers(403, '{"error_code": "PERMISSION_DENIED"}')],
    ['429', answers(429, '')],
    ['a page of a proxy', answers(200, '<html>', 'text/html')],
    ['404 of something else', answers(404, '{"detail": "Not Found"}')],
    ['an answer without a version', answers(200, '{}')],
    ['a closed connection', HANGS_UP],
    [
      'half an answer',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('{');
        setImmediate(() => response.destroy());
      },
    ],
  ])('are not found, but may be later, after %s', async (_name, wrong) => {
    answer['alias'] = wrong;
    const problem = await codeOf(() => find());
    expect(problem.code).toBe('MODEL_SOURCE_UNAVAILABLE');
    expect(problem.where).toContain(server.url);
  });

  it('are not waited for when the server does not answer', async () => {
    answer['alias'] = HANGS;
    const problem = await codeOf(() => find('@champion', source(undefined, '', 50)));
    expect(problem.what).toBe('the source of the model does not answer: no answer within 50 ms');
    answer['model.onnx'] = (_request, response) => {
      response.write('a piece');
    };
    const piece = await codeOf(() => fetch(source(undefined, '', 200)));
    expect(piece.what).toBe('the source of the model does not answer: no answer within 200 ms');
  });

  it('are asked for three times before the server counts as away', async () => {
    let asked = 0;
    answer['alias'] = (request, response) => {
      asked += 1;
      answers(asked < 3 ? 503 : 200, versionJson('7'))(request, response);
    };
    expect((await find()).version).toBe('7');
  });

  it('are downloaded with exactly the files that model.yaml names', async () => {
    await fetch();
    expect(await readdir(folder)).toEqual(['model.onnx', 'model.yaml']);
    expect(ONNX.equals(await readFile(join(folder, 'model.onnx')))).toBe(true);
  });

  it('are downloaded again after half a file', async () => {
    let cut = 0;
    answer['model.onnx'] = (_request, response) => {
      response.writeHead(200, { 'content-length': String(ONNX.length) });
      if (cut++ > 0) return void response.end(ONNX);
      response.write(ONNX.subarray(0, 1000), () => response.destroy());
    };
    await fetch();
    expect(ONNX.equals(await readFile(join(folder, 'model.onnx')))).toBe(true);
  });

  it.each<[string, string, Answer]>([
    [
      'half a file each time',
      'MODEL_SOURCE_UNAVAILABLE',
      (_request, response) => {
        response.writeHead(200, { 'content-length': String(ONNX.length) });
        response.write(ONNX.subarray(0, 1000), () => response.destroy());
      },
    ],
    ['another file', 'MODEL_CHECKSUM', answers(200, 'other')],
    ['no file', 'MODEL_NOT_FOUND', answers(404, '')],
    ['a file that is too large', 'MODEL_SOURCE_UNAVAILABLE', answers(200, 'x'.repeat(1_000_001))],
    ['500', 'MODEL_SOURCE_UNAVAILABLE', answers(500, '')],
  ])('are refused with %s', async (_name, code, wrong) => {
    answer['model.onnx'] = wrong;
    expect((await codeOf(() => fetch())).code).toBe(code);
  });

  it.each(['../escaped', '/etc/passwd', 'a/../../b', 'C:\\x', 'a\\b', ''])(
    'never leave their folder: %j',
    async (name) => {
      answer['model.yaml'] = answers(200, `file: ${name}`, 'text/plain');
      if (name === '') await fetch();
      else expect((await codeOf(() => fetch())).code).toBe('MODEL_INVALID');
      expect(await readdir(folder)).toEqual(['model.yaml']);
    },
  );

  it('are asked for below the path of a proxy', async () => {
    await find('@champion', source(undefined, '/mlflow/'));
    expect(server.requests[0]!.url).toBe(
      '/mlflow/api/2.0/mlflow/registered-models/alias?name=fraud&alias=champion',
    );
  });

  it.each<[Credentials, string]>([
    [{ username: 'me', password: 'pä:ss' }, `Basic ${Buffer.from('me:pä:ss').toString('base64')}`],
    [{ token: 'secret' }, 'Bearer secret'],
  ])('are asked for with credentials', async (credentials, header) => {
    const from = source(credentials);
    await find('@champion', from);
    await fetch(from);
    expect(new Set(authorizations(server))).toEqual(new Set([header]));
  });

  it('never send credentials to another host: not after a redirect, nor for artifacts', async () => {
    const from = source({ token: 'secret' });
    answer['model.onnx'] = (_request, response) => {
      response.writeHead(302, { location: `${other.url}/signed` }).end();
    };
    await fetch(from);
    const host = new URL(other.url).host;
    answer['get-download-uri'] = answers(200, `{"artifact_uri": "mlflow-artifacts://${host}/0"}`);
    await problemsOf(() => fetch(from)); // it has another model.yaml
    expect(authorizations(other).length).toBeGreaterThan(1);
    expect(new Set(authorizations(other))).toEqual(new Set([undefined]));
  });

  it('show no secret in an error', async () => {
    answer['alias'] = answers(401, '');
    const problem = await codeOf(() => find('@champion', source({ token: 'secret' })));
    expect(JSON.stringify(problem)).not.toContain('secret');
  });
});
