import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { s3Files, type S3Access } from '../../../../src/rollout/sources/s3-files.ts';
import { fakeS3, S3_KEY, S3_REGION, S3_SECRET } from '../../../support/s3-server.ts';
import { HANGS, type Answer } from '../../../support/switchable-server.ts';
import { problemsOf } from '../../../support/thrown.ts';

const BYTES = Buffer.alloc(500_000, 'onnx');
const never = new AbortController().signal;

describe('files in S3', () => {
  const before = { ...process.env };
  let dir: string;
  let store: Awaited<ReturnType<typeof fakeS3>>;
  beforeEach(async () => {
    process.env['AWS_ACCESS_KEY_ID'] = S3_KEY;
    process.env['AWS_SECRET_ACCESS_KEY'] = S3_SECRET;
    dir = await mkdtemp(join(tmpdir(), 'stream-scorer-s3-'));
    store = await fakeS3();
    await store.put('fraud/ä 3.zip', BYTES);
  });
  afterEach(async () => {
    process.env = before;
    await store.stop();
    await rm(dir, { recursive: true });
  });

  const download = (more: Partial<S3Access> = {}, key = 'fraud/ä 3.zip', signal = never) =>
    s3Files({
      endpoint: store.url,
      region: S3_REGION,
      pathStyle: true,
      timeoutMs: 60_000,
      maxBytes: 1_000_000,
      ...more,
    })(`s3://models/${key}`, join(dir, 'file'), signal);
  const whatOf = async (work: () => unknown) => {
    const [problem] = await problemsOf(work);
    expect(problem!.code).toBe('MODEL_SOURCE_UNAVAILABLE');
    return problem!.what;
  };

  it('are downloaded', async () => {
    expect(await download()).toMatchObject({ bytes: BYTES.length });
    expect(BYTES.equals(await readFile(join(dir, 'file')))).toBe(true);
  });

  it('may not be there', async () => {
    expect(await download({}, 'fraud/4.zip')).toBeUndefined();
  });

  it('are not there for others', async () => {
    process.env['AWS_SECRET_ACCESS_KEY'] = 'another secret';
    expect(await whatOf(() => download())).toBe(
      'the source of the model does not answer: SignatureDoesNotMatch: no',
    );
  });

  it('have a largest size', async () => {
    expect(await whatOf(() => download({ maxBytes: 1000 }))).toBe(
      'the source of the model does not answer: the file has more than 1000 bytes',
    );
  });

  const half: Answer = (_request, response) => {
    response.writeHead(200, { 'content-length': BYTES.length });
    response.write(BYTES.subarray(0, 1000), () => response.destroy());
  };
  const stalls: Answer = (_request, response) => {
    response.writeHead(200, { 'content-length': BYTES.length });
    response.write(BYTES.subarray(0, 1000));
  };
  it.each<[string, Answer, number]>([
    ['ends early', half, 60_000],
    ['stops in the middle', stalls, 100],
    ['does not answer', HANGS, 100],
  ])('are an outage if the store %s', async (_name, answer, timeoutMs) => {
    store.server.answer = answer;
    await whatOf(() => download({ timeoutMs }));
  });

  it('are not waited for any longer when nobody wants them', async () => {
    const stop = new AbortController();
    store.server.answer = () => {
      stop.abort(new Error('told to stop'));
    };
    await expect(download({}, undefined, stop.signal)).rejects.toThrow('told to stop');
  });
});
