// Run as a process of its own: scores rows of a model that nobody asked for, when it is told to.
import { emptyValues, type InputTensor } from '../src/flow/tensors.ts';
import { columnsOf } from '../src/flow/features.ts';
import { readBundle } from '../src/infer/bundle.ts';
import { loadOnnxModel } from '../src/infer/onnx-session.ts';
import { fillProbeRows } from '../src/infer/probe-rows.ts';

/** So many rows are scored together, as a challenger does at most. */
const BATCH = 16_384;
const WARM_UP = 10;

const dir = process.argv[2]!;
const version = process.argv[3]!;
const bundle = await readBundle(dir, version);
const options = { threads: 1, name: 'bench', compileTrees: true, probe: false };
const model = await loadOnnxModel(bundle, options);
const specs = bundle.description.inputs;

function rowsOf(rows: number, seed: number): InputTensor[] {
  const tensors = model.inputs.map(({ name, type, flat }): InputTensor => {
    const columns = columnsOf(specs.find((spec) => spec.name === name)!);
    return { name, type, rows, columns, flat, values: emptyValues(type, rows * columns) };
  });
  return fillProbeRows({ tensors, specs, texts: [], scale: 10, seed });
}

function firstRows(tensor: InputTensor, rows: number): InputTensor {
  const { values, columns } = tensor;
  const end = rows * columns;
  const own = Array.isArray(values) ? values.slice(0, end) : values.subarray(0, end);
  return { ...tensor, rows, values: own };
}

const whole = Array.from({ length: 4 }, (_, seed) => rowsOf(BATCH, seed));

async function score(rows: number): Promise<void> {
  let left = rows;
  for (let i = 0; left >= BATCH; i++, left -= BATCH)
    await model.score(whole[i % whole.length]!, BATCH);
  if (left > 0)
    await model.score(
      whole[0]!.map((tensor) => firstRows(tensor, left)),
      left,
    );
}

await score(WARM_UP * BATCH);
process.on('message', (rows: number) => {
  const before = process.cpuUsage();
  void score(rows).then(() => {
    const { user, system } = process.cpuUsage(before);
    process.send!({ rows, micros: user + system });
  });
});
process.send!({ rows: 0, micros: 0 });
