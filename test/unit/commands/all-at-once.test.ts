import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from '../../../src/commands/check.ts';
import { modelBytes, sha256Of, type BasicModel } from '../../models/models.ts';

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

const BANDS =
  'decision: { bands: [{ upTo: 0.5, decision: A }, { upTo: 0.2, decision: B }, { decision: C }] }';
const WRONG = 'f'.repeat(64);

interface Given {
  readonly model?: BasicModel;
  /** The model's file; null: none. */
  readonly bytes?: Buffer | null;
  readonly inputs?: string;
  readonly more?: string;
  readonly sha256?: string;
  /** The whole of model.yaml, in which SHA stands for the checksum. */
  readonly yaml?: string;
  readonly golden?: string;
  readonly carry?: string;
  readonly config?: string;
}

describe('check tells everything that is wrong at once, and each thing once', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-at-once-'));
    await mkdir(join(folder, 'models', '1'), { recursive: true });
    await writeFile(join(folder, 'event.avsc'), JSON.stringify(EVENT));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** The problems that are told, a line each: code, what and where, without the folder. */
  async function told(given: Given): Promise<string[]> {
    const {
      model = 'matrix',
      inputs = 'features: [a, b, { field: c, missing: 0 }]',
      more = '',
      golden,
      config = '',
    } = given;
    const bytes = given.bytes === undefined ? modelBytes(model) : given.bytes;
    const bundle = join(folder, 'models', '1');
    const sha256 = given.sha256 ?? sha256Of(bytes ?? Buffer.alloc(0));
    if (bytes !== null) await writeFile(join(bundle, 'model.onnx'), bytes);
    if (golden !== undefined) await writeFile(join(bundle, 'golden.jsonl'), golden);
    const { yaml = `file: model.onnx\nsha256: SHA\ninputs: { ${inputs} }\n${more}` } = given;
    await writeFile(join(bundle, 'model.yaml'), yaml.replace('SHA', sha256));
    const usual = {
      kafka: 'brokers: [localhost:1]',
      schemaRegistry: 'url: http://localhost:1',
      input: 'topics: [in, in2]',
      output: `topic: out, carry: [${given.carry ?? ''}]`,
      model: 'dir: models',
    };
    const sections = Object.entries(usual).filter(([name]) => !config.includes(`${name}:`));
    await writeFile(
      join(folder, 'scorer.yaml'),
      `${sections.map(([name, keys]) => `${name}: { ${keys} }\n`).join('')}${config}\n`,
    );
    let err = '';
    const code = await check(
      { config: 'scorer.yaml', set: [], offline: true, schema: 'event.avsc' },
      {
        env: {},
        cwd: folder,
        out: () => undefined,
        err: (text) => (err += text),
        stop: AbortSignal.any([]),
        terminal: false,
      },
    );
    expect(code).toBe(err === '' ? 0 : 2);
    const blocks = err.replaceAll(folder, '').trim().split('\n\n');
    const problems = blocks
      .filter((block) => !/^\d+ problems?$/.test(block))
      .map((block) => block.replace(/\n {2}where {3}/, ' @ ').replace(/\n {2}remedy [^]*/, ''));
    expect(new Set(problems).size).toBe(problems.length);
    return problems;
  }

  const invalid = (what: string, line: number, key: string) =>
    `^MODEL_INVALID  .*${what}.* @ /models/1/model\\.yaml${line === 0 ? '' : `:${line}`} ?${key}$`;
  const bands = 'CONFIG_INVALID  must be above the upTo of the band before it';
  const checksum = 'MODEL_CHECKSUM  the checksum of /models/1/model.onnx is';
  const output = 'MODEL_OUTPUT  the model has no output propabilities';
  const propabilities = 'outputs: { score: { tensor: propabilities } }';
  const cut = modelBytes('matrix').subarray(0, 100);
  const golden = (score: number) =>
    `{"event":{"a":1,"b":2,"c":null,"name":"","tags":[]},"score":${score}}`;
  const cases: readonly [string, Given, readonly string[]][] = [
    [
      'a checksum, fields, an output, what is carried, bands',
      {
        sha256: WRONG,
        inputs: 'features: [a, bb, tags]',
        more: propabilities,
        carry: 'id',
        config: BANDS,
      },
      [
        bands,
        checksum,
        output,
        'CONTRACT_FIELD  the event has no field bb',
        'CONTRACT_TYPE  tags is array, but the model takes float32',
        'CONTRACT_FIELD  the event has no field id @ output.carry[0]',
      ],
    ],
    [
      'no model at all, fields, golden events, what is carried',
      { bytes: null, inputs: 'features: [a, bb, tags]', more: 'golden: gold.jsonl', carry: 'id' },
      [
        'MODEL_NOT_FOUND  the file /models/1/model.onnx does not exist',
        'CONTRACT_FIELD  the event has no field bb',
        'CONTRACT_TYPE  tags is array, but a model takes a number or a string',
        'CONTRACT_FIELD  the event has no field id',
        'MODEL_GOLDEN  the file of golden events cannot be read',
      ],
    ],
    [
      'a model that is cut, fields that no tensor takes',
      {
        bytes: cut,
        inputs:
          'features: [name, { field: name, part: hourOfDay }, { field: name, transform: log }, { field: name, categories: [a], missing: b }]',
      },
      [
        'MODEL_UNREADABLE  the file is not an ONNX model, or it is truncated',
        'CONTRACT_TYPE  name is string, but part: hourOfDay takes a time',
        'CONTRACT_TYPE  name is string, but a model takes a number',
        'CONTRACT_TYPE  missing of name must be a number',
      ],
    ],
    [
      'a broken copy, which the checksum says already',
      { bytes: cut, sha256: WRONG, inputs: 'features: [zz]' },
      [checksum, 'CONTRACT_FIELD  the event has no field zz'],
    ],
    [
      'an input called otherwise, its columns, a class',
      { inputs: 'featurs: [a, bb, tags, b]', more: 'outputs: { score: { class: fraud } }' },
      [
        'MODEL_OUTPUT  outputs.score.class is "fraud"',
        'MODEL_INPUT  the model has no input featurs',
        'MODEL_INPUT  model.yaml has no columns for the input features',
        'MODEL_INPUT  model.yaml lists 4 columns for featurs, but the model takes 3',
        'CONTRACT_FIELD  the event has no field bb',
        'CONTRACT_TYPE  tags is array, but the model takes float32',
      ],
    ],
    [
      'two inputs, one not fed, a column of the output',
      { model: 'columns', inputs: 'amuont: [name]', more: 'outputs: { score: { column: 7 } }' },
      [
        'MODEL_OUTPUT  outputs.score.column is 7',
        'MODEL_INPUT  the model has no input amuont',
        'MODEL_INPUT  model.yaml has no columns for the input amount',
        'MODEL_INPUT  model.yaml has no columns for the input risk',
        'CONTRACT_TYPE  name is string, but the model takes float32',
      ],
    ],
    [
      'inputs that cannot be fed together, an output',
      { model: 'unequal', inputs: 'a: [zz], b: [a, b]', more: propabilities },
      [
        'MODEL_INPUT  the inputs of the model need different numbers of rows',
        output,
        'MODEL_INPUT  model.yaml lists 2 columns for b',
        'CONTRACT_FIELD  the event has no field zz',
      ],
    ],
    [
      'a model that draws its scores, its columns, a column of the output',
      { model: 'dropout', inputs: 'features: [a]', more: 'outputs: { score: { column: 9 } }' },
      [
        'MODEL_OUTPUT  outputs.score.column is 9',
        'MODEL_NOT_REPEATABLE',
        'MODEL_INPUT  model.yaml lists 1 columns',
      ],
    ],
    [
      'weights that are listed and those that are not, golden events',
      {
        model: 'beside',
        inputs: 'features: [a, zz]',
        more: `files: { other.bin: ${WRONG} }\ngolden: gold.jsonl`,
      },
      [
        'MODEL_NOT_FOUND  the file /models/1/other.bin does not exist',
        'MODEL_NOT_FOUND  the model has weights in the file beside.bin',
        'CONTRACT_FIELD  the event has no field zz',
        'MODEL_GOLDEN  the file',
      ],
    ],
    [
      'weights that are listed, which the model would miss as well',
      { model: 'beside', inputs: 'features: [a, zz]', more: `files: { beside.bin: ${WRONG} }` },
      [
        'MODEL_NOT_FOUND  the file /models/1/beside.bin does not exist',
        'CONTRACT_FIELD  the event has no field zz',
      ],
    ],
    [
      'an operator, fields',
      { model: 'custom', inputs: 'text: [nam]' },
      ['MODEL_OPERATOR', 'CONTRACT_FIELD  the event has no field nam'],
    ],
    [
      'what is carried, and a golden event',
      { carry: 'x', more: 'golden: golden.jsonl', golden: golden(17) },
      [
        'CONTRACT_FIELD  the event has no field x',
        'MODEL_GOLDEN  the score is 10, expected 17 @ /models/1/golden.jsonl:1',
      ],
    ],
    [
      'golden events of several kinds',
      {
        more: 'golden: golden.jsonl',
        golden: `x\n${golden(17)}\n{"event":{"a":1},"score":1}\n${golden(10)}\n${golden(0)}`,
      },
      [
        'MODEL_GOLDEN  the line does not have the form {"event": {…}, "score": number} @ /models/1/golden.jsonl:1',
        'MODEL_GOLDEN  the score is 10, expected 17 @ /models/1/golden.jsonl:2',
        'MODEL_GOLDEN  the event does not fit the schema',
        'MODEL_GOLDEN  the score is 10, expected 0 @ /models/1/golden.jsonl:5',
      ],
    ],
    [
      'many golden events, not each',
      { more: 'golden: golden.jsonl', golden: Array(15).fill(golden(1)).join('\n') },
      [
        ...Array.from(
          { length: 10 },
          (_, i) => `MODEL_GOLDEN  the score is 10, expected 1 @ /models/1/golden.jsonl:${i + 1}`,
        ),
        'MODEL_GOLDEN  5 more golden events do not have the expected score @ /models/1/golden.jsonl',
      ],
    ],
    [
      'a section that does not say which model is meant',
      { carry: 'x', config: 'model: { dirr: models }\nlog: { level: loud }' },
      [
        'CONFIG_INVALID  unknown key "dirr"',
        'CONFIG_INVALID  needs either dir or source @ scorer.yaml:5 model',
        'CONFIG_INVALID  must be one of trace',
        'CONTRACT_FIELD  the event has no field x',
      ],
    ],
    [
      'a section with a key missing, what it carries, and the model',
      { config: 'output: { carry: [x] }', inputs: 'features: [a, b]' },
      [
        'CONFIG_INVALID  is missing @ scorer.yaml:5 output.topic',
        'MODEL_INPUT  model.yaml lists 2 columns',
        'CONTRACT_FIELD  the event has no field x',
      ],
    ],
    [
      'a list in which one entry is wrong',
      { config: 'htttp: {}\ninput: { topics: [in, 7] }', inputs: 'features: [a, b]' },
      [
        'CONFIG_INVALID  must be a string, not a number @ scorer.yaml:6 input.topics[1]',
        'CONFIG_INVALID  unknown key "htttp"',
        'MODEL_INPUT  model.yaml lists 2 columns',
      ],
    ],
    [
      'model.yaml, a file that is not there, golden events, a field',
      {
        bytes: null,
        inputs: 'features: [a, bb, { field: c, missng: 0 }]',
        more: 'golden: gold.jsonl',
      },
      [
        invalid('this key does not exist', 3, 'inputs.features.2.missng'),
        'MODEL_NOT_FOUND  the file /models/1/model.onnx does not exist',
        'CONTRACT_FIELD  the event has no field bb',
        'MODEL_GOLDEN  the file of golden events cannot be read',
      ],
    ],
    [
      'model.yaml, a checksum, what is carried',
      { sha256: WRONG, more: 'warmup: [0]', carry: 'id' },
      [invalid('', 4, 'warmup.0'), checksum, 'CONTRACT_FIELD  the event has no field id'],
    ],
    [
      'model.yaml, and a field of the very column that is wrong',
      { inputs: 'features: [a, b, { field: zz, part: hour }]' },
      [invalid('', 3, 'inputs.features.2.part'), 'CONTRACT_FIELD  the event has no field zz'],
    ],
    [
      'a column that is wrong says nothing about their number, another input does',
      { model: 'columns', inputs: 'amount: [{ field: a, clipp: 1 }, b], rsk: [b]' },
      [
        invalid('this key does not exist', 3, 'inputs.amount.0.clipp'),
        'MODEL_INPUT  the model has no input rsk',
        'MODEL_INPUT  model.yaml has no columns for the input risk',
      ],
    ],
    [
      'a key called otherwise, and what follows of it',
      { yaml: 'file: model.onnx\nsha256: SHA\nimputs: { features: [a] }\n', carry: 'id' },
      [
        invalid('this key does not exist', 3, 'imputs'),
        'CONTRACT_FIELD  the event has no field id',
      ],
    ],
    [
      'no inputs, and an output',
      { yaml: 'file: model.onnx\nsha256: SHA\noutputs: { score: { tensor: propabilities } }\n' },
      [invalid('', 0, 'inputs'), output],
    ],
    [
      'what is wrong in the outputs says nothing about the score, the tensor does',
      {
        inputs: 'features: [a, bb]',
        more: 'outputs: { score: { tensor: propabilities, colum: 1 } }',
      },
      [
        invalid('this key does not exist', 4, 'outputs.score.colum'),
        output,
        'MODEL_INPUT  model.yaml lists 2 columns',
        'CONTRACT_FIELD  the event has no field bb',
      ],
    ],
    ['outputs of which nothing is left', { more: 'outputs: 7' }, [invalid('', 4, 'outputs')]],
    [
      'a key of the outputs in the wrong place',
      { more: 'score: { column: 1 }' },
      [invalid('this key does not exist', 4, 'score')],
    ],
    [
      'no file and no checksum, weights, a field',
      { yaml: `sha265: 7\ninputs: { features: [a, bb] }\nfiles: { w.bin: ${WRONG} }\n` },
      [
        invalid('', 0, 'file'),
        invalid('this key does not exist', 1, 'sha265'),
        'MODEL_NOT_FOUND  the file /models/1/w.bin does not exist',
        'CONTRACT_FIELD  the event has no field bb',
      ],
    ],
    [
      'whether the score depends on the batch, which it does',
      { model: 'softmax-down', inputs: 'features: [a]', more: 'batchDependent: yess' },
      [invalid('', 4, 'batchDependent')],
    ],
    [
      'model.yaml, and a model that draws its scores',
      { model: 'dropout', inputs: 'features: [a, b]', more: 'warmup: [0]' },
      [invalid('', 4, 'warmup.0'), 'MODEL_NOT_REPEATABLE'],
    ],
    [
      'model.yaml, and a model that is cut',
      { bytes: cut, more: 'warmup: [0]' },
      [
        invalid('', 4, 'warmup.0'),
        'MODEL_UNREADABLE  the file is not an ONNX model, or it is truncated',
      ],
    ],
    [
      'model.yaml, and a broken copy',
      { bytes: cut, sha256: WRONG, more: 'warmup: [0]' },
      [invalid('', 4, 'warmup.0'), checksum],
    ],
    [
      'a model.yaml that is no section',
      { yaml: '- a', carry: 'id' },
      [invalid('', 0, ''), 'CONTRACT_FIELD  the event has no field id'],
    ],
    [
      'a policy, and no model at all',
      {
        bytes: null,
        config:
          'decision: { bands: [{ decision: A }], rules: [{ name: r, when: "event.aa > 1 && score", decision: B }] }',
      },
      [
        'MODEL_NOT_FOUND',
        'POLICY_INVALID  the event has no field aa @ decision.rules[0].when, character 1',
        'POLICY_INVALID  && takes a bool, not a double @ decision.rules[0].when, character 17',
      ],
    ],
    [
      'a list in a file, and columns',
      {
        inputs: 'features: [a, bb, c]',
        config:
          'decision: { bands: [{ decision: A }], lists: [{ name: l, key: name, file: no.txt, decision: B }] }',
      },
      [
        'CONTRACT_FIELD  the event has no field bb',
        'LIST_NOT_FOUND  the file /no.txt of a list cannot be read (ENOENT) @ decision.lists[0].file',
      ],
    ],
    [
      'a variable, and the model',
      { config: 'log: { level: "${NOT_SET_AT_ALL}" }', inputs: 'features: [a, b]' },
      ['CONFIG_VARIABLE', 'MODEL_INPUT  model.yaml lists 2 columns'],
    ],
  ];
  it.each(cases)('%s', async (_name, given, expected) => {
    const problems = await told(given);
    expect(problems).toEqual(
      expected.map(
        (what) =>
          (what.startsWith('^')
            ? expect.stringMatching(what)
            : expect.stringContaining(what)) as unknown,
      ),
    );
  });
});
