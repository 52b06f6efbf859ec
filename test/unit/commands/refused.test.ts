import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from '../../../src/commands/check.ts';
import { loadOnnxModel } from '../../../src/infer/onnx-session.ts';
import { bundleOf, modelBytes, sha256Of, type BasicModel } from '../../models/models.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const EVENT = {
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'a', type: 'double' },
    { name: 'b', type: 'double' },
    { name: 'c', type: ['null', 'double'] },
    { name: 'name', type: 'string' },
    { name: 'tags', type: { type: 'array', items: 'string' } },
  ],
};

const CONFIG = `kafka: { brokers: [localhost:1] }
name: refused
schemaRegistry: { url: http://localhost:1 }
input: { topics: [in] }
output: { topic: out }
model: { dir: models }
`;

/** What a bundle is made of; by default one that is in order. */
interface Given {
  readonly model?: BasicModel;
  readonly bytes?: Buffer;
  readonly inputs?: string;
  readonly more?: string;
  readonly sha256?: string;
  readonly golden?: string;
}

describe('check refuses a bundle, with code, place and remedy, and never crashes', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-refused-'));
    await mkdir(join(folder, 'models', '1'), { recursive: true });
    await writeFile(join(folder, 'scorer.yaml'), CONFIG);
    await writeFile(join(folder, 'event.avsc'), JSON.stringify(EVENT));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function checked({
    model = 'matrix',
    bytes = modelBytes(model),
    inputs = 'features: [a, b, { field: c, missing: 0 }]',
    more = '',
    sha256 = sha256Of(bytes),
    golden,
  }: Given) {
    const bundle = join(folder, 'models', '1');
    await writeFile(join(bundle, 'model.onnx'), bytes);
    await writeFile(
      join(bundle, 'model.yaml'),
      `file: model.onnx\nsha256: ${sha256}\ninputs: { ${inputs} }\n${more}`,
    );
    if (golden !== undefined) await writeFile(join(bundle, 'golden.jsonl'), golden);
    let [out, err] = ['', ''];
    const code = await check(
      { config: 'scorer.yaml', set: [], offline: true, schema: 'event.avsc' },
      {
        env: {},
        cwd: folder,
        out: (text) => (out += text),
        err: (text) => (err += text),
        stop: AbortSignal.any([]),
        terminal: false,
      },
    );
    return { code, out, err };
  }

  it('but not one that is in order', async () => {
    const { code, out, err } = await checked({});
    expect([err, code]).toEqual(['', 0]);
    expect(out).toContain('no problems found');
  });

  const event = (c: unknown) => JSON.stringify({ a: 1, b: 0, c, name: '', tags: [] });
  const cases: readonly [
    string,
    Given,
    code: string,
    what: RegExp,
    where: RegExp,
    remedy?: RegExp,
  ][] = [
    [
      'whose checksum is another',
      { sha256: 'f'.repeat(64) },
      'MODEL_CHECKSUM',
      /the checksum of \S+model\.onnx is/,
      /model\.yaml sha256/,
      /update sha256/,
    ],
    [
      'that is not ONNX',
      { bytes: Buffer.from('PK\u0003\u0004 a zip') },
      'MODEL_UNREADABLE',
      /not an ONNX model, or it is truncated/,
      /model\.onnx/,
    ],
    [
      'that is empty',
      { bytes: Buffer.alloc(0) },
      'MODEL_UNREADABLE',
      /not an ONNX model, or it is truncated/,
      /model\.onnx/,
    ],
    [
      'that is cut',
      { bytes: modelBytes('matrix').subarray(0, 150) },
      'MODEL_UNREADABLE',
      /truncated/,
      /model\.onnx/,
      /Export the model again/,
    ],
    [
      'of an opset to come',
      { model: 'future' },
      'MODEL_OPERATOR',
      /opset ai\.onnx 99/,
      /model\.onnx/,
      /opset that this version/,
    ],
    [
      'with a custom operator',
      { model: 'custom', inputs: 'text: [name]' },
      'MODEL_OPERATOR',
      /acme\.text\.Tokenise/,
      /model\.onnx/,
      /operators of ONNX/,
    ],
    [
      'with an input that nothing feeds',
      { model: 'columns', inputs: 'amount: [a]' },
      'MODEL_INPUT',
      /no columns for the input risk/,
      /model\.yaml inputs/,
      /inputs\.risk/,
    ],
    [
      'with too few columns',
      { inputs: 'features: [a, b]' },
      'MODEL_INPUT',
      /lists 2 columns for features, but the model takes 3/,
      /inputs\.features/,
      /exactly 3/,
    ],
    [
      'with an input it does not have',
      { inputs: 'features: [a, b, c], featurs: [a]' },
      'MODEL_INPUT',
      /no input featurs/,
      /inputs\.featurs/,
      /Did you mean features/,
    ],
    [
      'with a column of the wrong type',
      { inputs: 'features: [a, b, name]' },
      'CONTRACT_TYPE',
      /name is string, but the model takes float32/,
      /inputs\.features\[2\]/,
      /categories.*oneHot/,
    ],
    [
      'with an array as a column',
      { inputs: 'features: [a, b, tags]' },
      'CONTRACT_TYPE',
      /tags is array/,
      /inputs\.features\[2\]/,
      /part: length/,
    ],
    [
      'with a field that is not there',
      { inputs: 'features: [a, b, d.e]' },
      'CONTRACT_FIELD',
      /no field d\.e/,
      /inputs\.features\[2\]/,
    ],
    [
      'whose weights are not beside it',
      { model: 'beside' },
      'MODEL_NOT_FOUND',
      /beside\.bin/,
      /model\.onnx/,
      /Copy beside\.bin/,
    ],
    [
      'with an output that is not there',
      { more: 'outputs: { score: { tensor: propabilities } }' },
      'MODEL_OUTPUT',
      /no output propabilities; it has label \(int64\), probabilities/,
      /outputs\.score/,
    ],
    [
      'with a column of it that is not there',
      { more: 'outputs: { score: { tensor: probabilities, column: 2 } }' },
      'MODEL_OUTPUT',
      /column is 2, but probabilities has 2 columns/,
      /outputs\.score/,
    ],
    [
      'with an output of one row',
      { model: 'summed', inputs: 'features: [a, b]' },
      'MODEL_OUTPUT',
      /has 1 rows for 3 events/,
      /outputs\.score/,
      /dynamic batch/,
    ],
    [
      'that misses a golden event',
      { more: 'golden: golden.jsonl', golden: `{"event":${event(0)},"score":2.5}` },
      'MODEL_GOLDEN',
      /the score is 2, expected 2\.5/,
      /golden\.jsonl:1/,
    ],
    [
      'whose golden event has another type',
      { more: 'golden: golden.jsonl', golden: `{"event":${event('x')},"score":2}` },
      'MODEL_GOLDEN',
      /does not fit the schema: .*\bc is not one of/,
      /golden\.jsonl:1/,
    ],
    [
      'whose golden events are not there',
      { more: 'golden: gold.jsonl' },
      'MODEL_GOLDEN',
      /cannot be read/,
      /gold\.jsonl/,
    ],
    [
      'with pictures',
      { model: 'image', inputs: 'pixels: [a]' },
      'MODEL_OUTPUT',
      /has 1 rows for 3 events/,
      /outputs\.score/,
    ],
  ];
  it.each(cases)('%s', async (_name, given, code, what, where, remedy = /\w+/) => {
    const { code: exit, err } = await checked(given);
    expect(exit).toBe(2);
    const [head, place, way] = err.trim().split('\n');
    expect(head!.split('  ')[0]).toBe(code);
    expect(head).toMatch(what);
    expect(place).toMatch(/^ {2}where {3}/);
    expect(place).toMatch(where);
    expect(way).toMatch(/^ {2}remedy {2}/);
    expect(way).toMatch(remedy);
  });

  it('cut anywhere', async () => {
    const whole = modelBytes('zipmap');
    const codes = new Set<string>();
    // A few, as each is opened in a process of its own; all of them are below.
    for (let length = 0; length < whole.length; length += Math.ceil(whole.length / 10)) {
      const { code, err } = await checked({ bytes: whole.subarray(0, length) });
      // What is left may be a model again: the versions of operators stand at the end, and may be
      // left out.
      if (code === 0) expect(length).toBeGreaterThan(whole.length * 0.8);
      else codes.add(err.trim().split('  ')[0]!);
    }
    expect([...codes].filter((code) => !/^MODEL_/.test(code))).toEqual([]);
    expect(codes.size).toBeGreaterThan(0);
  });

  it('cut at any place, and opened here', async () => {
    const whole = modelBytes('zipmap');
    const file = join(folder, 'model.onnx');
    for (let length = 0; length < whole.length * 0.8; length += 3) {
      await writeFile(file, whole.subarray(0, length));
      const opening = (): Promise<unknown> =>
        loadOnnxModel(bundleOf(file), { name: 'm', threads: 1, compileTrees: true });
      expect((await scorerErrorOf(opening)).code).toMatch(/^MODEL_/);
    }
  });

  it('that takes the model of another folder for a version', async () => {
    await copyFile('test/models/data/matrix.onnx', join(folder, 'models', 'model.onnx'));
    await rm(join(folder, 'models', '1'), { recursive: true });
    let err = '';
    const context = {
      env: {},
      cwd: folder,
      out: () => undefined,
      stop: AbortSignal.any([]),
      terminal: false,
    };
    const code = await check(
      { config: 'scorer.yaml', set: [], offline: true },
      { ...context, err: (text) => (err += text) },
    );
    expect(code).toBe(2);
    expect(err).toContain('MODEL_NOT_FOUND');
  });
});
