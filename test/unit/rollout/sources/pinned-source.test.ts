import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PinnedSource, type Pins } from '../../../../src/rollout/sources/pinned-source.ts';
import { zipOf } from '../../../support/archives.ts';
import { problemsOf } from '../../../support/thrown.ts';

const never = new AbortController().signal;
const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');
const ZIP = zipOf([{ name: 'model.yaml', bytes: Buffer.from('file: model.onnx') }]);

/** A source whose files and pins are the test's. */
function world(pins: Pins, format: 'zip' | 'model.yaml' = 'zip') {
  const files = new Map<string, Buffer>([['at 3', ZIP]]);
  const state = { pins, asked: [] as string[] };
  const source = new PinnedSource({
    at: (version) => `at ${version}`,
    format,
    pins: () => state.pins,
    download: async (address, to) => {
      state.asked.push(address);
      const bytes = files.get(address);
      if (bytes === undefined) return undefined;
      await writeFile(to, bytes);
      return { bytes: bytes.length, sha256: sha256(bytes) };
    },
    beside: (address, name) => `${address}/${name}`,
    filesOf: () => [{ name: 'model.onnx', sha256: sha256('onnx') }],
    maxBytes: 1000,
  });
  return { source, state, files };
}

describe('a pinned source', () => {
  let folder: string;
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'stream-scorer-pinned-')), 'bundle');
    await mkdir(folder);
  });
  afterEach(() => rm(dirname(folder), { recursive: true }));

  it('finds versions without asking anybody, and new ones as they are pinned', async () => {
    const { source, state } = world({ '9': 'a'.repeat(64), '10': 'b'.repeat(64) });
    expect(await source.find('latest')).toEqual({ version: '10', stamp: 'b'.repeat(64) });
    const [problem] = await problemsOf(() => source.find('11'));
    expect(problem).toMatchObject({
      code: 'MODEL_NOT_FOUND',
      what: 'model.sha256 has no version 11; it has 9, 10',
    });
    state.pins = { ...(state.pins as object), '11': 'c'.repeat(64) };
    expect((await source.find('latest')).version).toBe('11');
    expect(await problemsOf(() => source.find('constructor'))).toHaveLength(1);
    expect(state.asked).toEqual([]);
  });

  it('names its only version by the checksum', async () => {
    const { source } = world('abcdef'.padEnd(64, '0'));
    const found = await source.find('latest');
    expect(found.version).toBe('abcdef000000');
    expect(await source.find('abcdef000000')).toEqual(found);
  });

  it('leaves nothing but the bundle', async () => {
    const { source } = world({ '3': sha256(ZIP) });
    await source.download(await source.find('3'), folder, never);
    expect(await readFile(join(folder, 'model.yaml'), 'utf8')).toBe('file: model.onnx');
    expect(await readdir(dirname(folder))).toEqual(['bundle']);
  });

  it('refuses another file before it looks into it', async () => {
    const { source, files } = world({ '3': sha256(ZIP) });
    files.set('at 3', Buffer.from('no archive'));
    const [problem] = await problemsOf(async () =>
      source.download(await source.find('3'), folder, never),
    );
    expect(problem).toMatchObject({
      code: 'MODEL_CHECKSUM',
      what: `the checksum of the file is ${sha256('no archive')}, not ${sha256(ZIP)}`,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('says that the file of a version is not there', async () => {
    const { source } = world({ '4': sha256(ZIP) });
    const problems = await problemsOf(async () =>
      source.download(await source.find('4'), folder, never),
    );
    expect(problems).toMatchObject([{ code: 'MODEL_NOT_FOUND', where: 'at 4' }]);
  });

  it('takes a model.yaml with its files beside it', async () => {
    const { source, files } = world({ '3': sha256('yaml') }, 'model.yaml');
    files.set('at 3', Buffer.from('yaml')).set('at 3/model.onnx', Buffer.from('onnx'));
    await source.download(await source.find('3'), folder, never);
    expect(await readdir(folder)).toEqual(['model.onnx', 'model.yaml']);
    files.set('at 3', Buffer.from('other'));
    const problems = await problemsOf(async () =>
      source.download(await source.find('3'), folder, never),
    );
    expect(problems).toMatchObject([{ code: 'MODEL_CHECKSUM' }]);
  });
});
