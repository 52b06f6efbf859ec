import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from '../../../src/commands/check.ts';
import { modelBytes, sha256Of } from '../../models/models.ts';

const EVENT = {
  type: 'record',
  name: 'Event',
  fields: ['a', 'b', 'c'].map((name) => ({ name, type: 'double' })),
};

describe('check examines versions that do not decide alone', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-others-'));
    await writeFile(join(folder, 'event.avsc'), JSON.stringify(EVENT));
    await version('1', 'a, b, c');
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function version(name: string, fields: string, sha256?: string): Promise<void> {
    const bytes = modelBytes('matrix');
    const bundle = join(folder, 'models', name);
    await mkdir(bundle, { recursive: true });
    await writeFile(join(bundle, 'model.onnx'), bytes);
    const yaml = `file: model.onnx\nsha256: ${sha256 ?? sha256Of(bytes)}\ninputs: { features: [${fields}] }\n`;
    await writeFile(join(bundle, 'model.yaml'), yaml);
  }

  async function checked(model: string, carry = '') {
    const config = `kafka: { brokers: [localhost:1] }
schemaRegistry: { url: http://localhost:1 }
input: { topics: [in] }
output: { topic: out, carry: [${carry}] }
model: { dir: models, champion: 1, ${model} }
`;
    await writeFile(join(folder, 'scorer.yaml'), config);
    const said = { out: '', err: '' };
    const code = await check(
      { config: 'scorer.yaml', set: [], offline: true, schema: 'event.avsc' },
      {
        env: {},
        cwd: folder,
        out: (text) => (said.out += text),
        err: (text) => (said.err += text),
        stop: AbortSignal.any([]),
        terminal: false,
      },
    );
    return { code, ...said };
  }

  it('names them', async () => {
    await version('2', 'b, a, c');
    const { code, out, err } = await checked('canary: { version: 2, percent: 5 }, challenger: 2');
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain('canary         stream-scorer version 2, decides for 5 % of the keys\n');
    expect(out).toContain('challenger     stream-scorer version 2, never decides\n');
  });

  it('tells what is wrong with them, and what is wrong with all only once', async () => {
    await version('2', 'a, b, d');
    await version('3', 'a, b, c', 'f'.repeat(64));
    const wrong = 'canary: { version: 2, percent: 5 }, challenger: 3';
    const { code, err } = await checked(wrong, 'id');
    expect(code).toBe(2);
    const codes = [...err.matchAll(/^([A-Z_]+) {2}/gm)].map(([, one]) => one);
    expect(codes).toEqual(['CONTRACT_FIELD', 'CONTRACT_FIELD', 'MODEL_CHECKSUM']);
    expect(err).toContain('the event has no field d');
    expect(err).toContain('3 problems');
  });

  it('names the key of a version that is not there', async () => {
    const { err } = await checked('canary: { version: 7, percent: 5 }');
    expect(err).toMatch(/^MODEL_NOT_FOUND {2}.*\n {2}where {3}model\.canary\.version$/m);
  });
});
