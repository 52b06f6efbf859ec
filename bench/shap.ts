// `npm run bench -- shap`: exact contributions of trees beside those of the libraries, on one core.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTreeExplainer } from '../src/explain/trees/create-tree-explainer.ts';
import type { Reference, TreeExplainer } from '../src/explain/trees/tree-explainer.ts';
import { readTreeModel } from '../src/onnx/trees/tree-model.ts';
import { UnsupportedTrees } from '../src/onnx/trees/unsupported.ts';
import { round, spread, table } from './report-table.ts';
import { openPython, type Python } from './shap-python.ts';
import { median } from './statistics.ts';

const ROUNDS = 7;
const MODELS = ['lightgbm-100', 'lightgbm-200', 'xgboost-100'];
const MODES = ['covers', 'background'] as const;
type Mode = (typeof MODES)[number];

/** Rows of one run: about a tenth of a second each. */
const ROWS = { tables: 8192, walk: 64, library: 256, shap: 128, one: 16 };

interface Runner {
  readonly name: string;
  readonly rows: number;
  /** Seconds of CPU. */
  readonly run: () => Promise<number>;
  readonly found: () => Promise<Float64Array>;
  readonly note: string;
  readonly rates: number[];
}

/** The processor's time, because other programs of the machine do not count. */
function cpuSeconds(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

const floats = async (file: string): Promise<Float32Array> =>
  new Float32Array(new Uint8Array(await readFile(file)).buffer);

/** Measures, and writes a table in Markdown to standard output by `print`. */
export async function measureShap(
  say: (line: string) => void,
  print: (text: string) => void,
  python: string | undefined,
): Promise<void> {
  if (python === undefined || python === '')
    throw new TypeError(
      'Name a Python with shap, lightgbm, xgboost, scikit-learn and onnxmltools: PYTHON=python3 npm run bench -- shap',
    );
  const folder = await mkdtemp(join(tmpdir(), 'stream-scorer-shap-'));
  const other = openPython(python, folder);
  try {
    say('Python trains the models');
    const { versions } = await other.ready();
    const rows: string[][] = [];
    for (const model of MODELS)
      for (const mode of MODES) rows.push(...(await compare(model, mode, folder, other, say)));
    const by = Object.entries(versions ?? {}).map(([name, version]) => `${name} ${version}`);
    print(
      `Rows a second of one core, median of ${ROUNDS} rounds (lowest to highest), interleaved; ${by.join(', ')}, Node.js ${process.versions.node}\n\n` +
        table(
          ['model', 'mode', 'by', 'rows/s', 'beside the first', 'furthest from the walk'],
          rows,
        ),
    );
  } finally {
    other.close();
    await rm(folder, { recursive: true });
  }
}

async function compare(
  model: string,
  mode: Mode,
  folder: string,
  python: Python,
  say: (line: string) => void,
): Promise<string[][]> {
  const [x, background] = [
    await floats(join(folder, 'rows.f32')),
    await floats(join(folder, 'background.f32')),
  ];
  const width = background.length / 100;
  const reference: Reference =
    mode === 'covers' ? { kind: 'covers' } : { kind: 'background', matrix: background, rows: 100 };
  const read = readTreeModel(await readFile(join(folder, `${model}.onnx`)), 'probabilities');
  const asked = { model: read, column: 1, width, reference };
  const fast = await createTreeExplainer(asked);
  const walk = await createTreeExplainer({
    ...asked,
    tables: () => Promise.reject(new UnsupportedTrees('not wanted')),
  });
  const ours = (name: string, trees: TreeExplainer, count: number): Runner => ({
    name,
    rows: count,
    run: () =>
      Promise.resolve(cpuSeconds(() => trees.explain(x.subarray(0, count * width), count))),
    found: () => Promise.resolve(trees.explain(x.subarray(0, ROWS.one * width), ROWS.one)),
    note: trees.note,
    rates: [],
  });
  const theirs = (by: 'library' | 'shap', name: string, count: number): Runner => ({
    name,
    rows: count,
    run: () => python.explain(model, by, mode, count),
    found: async () => {
      await python.explain(model, by, mode, ROWS.one);
      return new Float64Array(new Uint8Array(await readFile(join(folder, 'found.f64'))).buffer);
    },
    note: '',
    rates: [],
  });
  const library = model.startsWith('lightgbm') ? 'LightGBM' : 'XGBoost';
  const runners = [
    ours('this program, from tables', fast, ROWS.tables),
    ours('this program, walking', walk, ROWS.walk),
    ...(mode === 'covers' ? [theirs('library', `${library} (C++)`, ROWS.library)] : []),
    theirs('shap', 'shap (C++)', ROWS.shap),
  ];
  for (let i = 0; i <= ROUNDS; i++) {
    for (const { run, rows, rates } of runners) {
      const rate = rows / (await run());
      if (i > 0) rates.push(rate); // the first round warms up
    }
  }
  const expected = await runners[1]!.found();
  const scale = Math.max(...expected.map(Math.abs));
  const lines: string[][] = [];
  for (const { name, rates, found, note } of runners) {
    const off = (await found()).reduce(
      (most, one, i) => Math.max(most, Math.abs(one - expected[i]!)),
      0,
    );
    const times = median(runners[0]!.rates) / median(rates);
    say(`${model} ${mode} ${name}: ${spread(rates, round(0))} rows/s ${note}`);
    lines.push([
      model,
      mode,
      name,
      spread(rates, round(0)),
      times === 1 ? '1' : `1/${round(0)(times)}`,
      (off / scale).toExponential(0),
    ]);
  }
  return lines;
}
