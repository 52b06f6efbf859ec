import { withKeys } from '../../../src/infer/model-yaml-keys.ts';
import { plainYaml } from '../../../src/runtime/plain-yaml.ts';
import { problemsOf } from '../../support/thrown.ts';

const SHA256 = 'a'.repeat(64);
const BLOCK = `file: model.onnx # the model
sha256: "${SHA256}"
inputs:
  x: [amount]
outputs:
  score: { tensor: p, column: 1 }
`;
const FLOW = `# made by a tool
{
  "file": "model.onnx", "sha256": "${SHA256}",
  "inputs": { "x": ["amount"] },
  "outputs": { "score": { "tensor": "p", "column": 1 } } # fraud
}
`;
const KEYS = { profile: 'profile.json', background: 'background.jsonl' };

describe('keys that are written into model.yaml', () => {
  it('are added at the end, and nothing else changes', () => {
    const lines = 'profile: profile.json\nbackground: background.jsonl\n';
    expect(withKeys(BLOCK, KEYS, 'f')).toBe(BLOCK + lines);
    expect(withKeys(BLOCK.trimEnd(), KEYS, 'f')).toBe(BLOCK + lines);
  });

  it('are added within the braces of a text in flow style, such as JSON', () => {
    const text = withKeys(FLOW, KEYS, 'f');
    expect(plainYaml(text).tree).toEqual({ ...(plainYaml(FLOW).tree as object), ...KEYS });
    expect(text).toContain('# made by a tool');
    expect(text).toContain('# fraud');
    const one = `{ file: m.onnx, sha256: "${SHA256}", inputs: { x: [a] }, outputs: { score: { tensor: p, column: 1 } }, }`;
    const changed = plainYaml(withKeys(one, KEYS, 'f')).tree;
    expect(changed).toEqual({ ...(plainYaml(one).tree as object), ...KEYS });
  });

  it('leave a text alone that has them', () => {
    const text = withKeys(FLOW, KEYS, 'f');
    expect(withKeys(text, KEYS, 'f')).toBe(text);
  });

  it('do not replace another value', async () => {
    const text = `${BLOCK}profile: other.json\n`;
    const problems = await problemsOf(() => withKeys(text, KEYS, 'f'));
    expect(problems).toMatchObject([{ code: 'MODEL_INVALID', where: 'f profile' }]);
  });
});
