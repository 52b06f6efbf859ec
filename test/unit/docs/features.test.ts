import { readFileSync } from 'node:fs';
import { widthOf } from '../../../src/flow/features.ts';
import { parseModelYaml } from '../../../src/infer/model-yaml.ts';

it('the example of docs/features.md is a model.yaml', () => {
  const [, yaml] = /```yaml\n(.*?)```/s.exec(readFileSync('docs/features.md', 'utf8'))!;
  const { inputs } = parseModelYaml(`file: m.onnx\nsha256: ${'a'.repeat(64)}\n${yaml!}`, 'docs');
  expect(inputs[0]!.features.map(widthOf)).toEqual([1, 1, 1, 1, 16, 2, 1, 1, 1]);
  expect(inputs[0]!.features.at(-1)!.transforms.map(({ kind }) => kind)).toEqual([
    'log1p',
    'clip',
    'scale',
  ]);
});
