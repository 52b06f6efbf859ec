import { join } from 'node:path';
import { EXPLAINING } from '../../src/compose/explaining.ts';
import { createStages } from '../../src/compose/stages.ts';
import type { Background, ExplainMethod } from '../../src/flow/attributions.ts';
import { takeRows } from '../../src/flow/take-rows.ts';
import { loadModel } from '../../src/infer/load-model.ts';
import { batchOf, framed, TOPIC } from '../support/avro-given.ts';
import { CONFORMANCE, conformanceModels, paymentBytes, planOf } from './scored.ts';

const models = await conformanceModels();
const events = paymentBytes().slice(0, 60);
const BACKGROUND = 40;
const ROWS = 5;

/** How each model is explained. The others are sampled. */
const METHODS: readonly (readonly [RegExp, ExplainMethod])[] = [
  [/^(catboost|lightgbm|xgboost)-(binary|regressor)|^sklearn-(boosting|forest-tensor|histogram)/, 'interventional'],
  [/logistic|raw-scores|sklearn-(double|int64|text|columns)$|keras-(columns|softmax)|onnx-text/, 'linear'],
];

const numbers = (count: number, first = 0): number[] => Array.from({ length: count }, (_, i) => first + i);

it.each(models)('%s: what its fields add is its score, however many rows are explained at once', async (name) => {
  const plan = await planOf(join(CONFORMANCE, name));
  const [version] = plan.versions;
  const { bundle } = version;
  await version.model.release();
  const options = { name: 'm', threads: 1, compileTrees: false, workers: 0, probe: false };
  const model = await loadModel(bundle, { ...options, explaining: EXPLAINING });
  const stages = createStages(plan, {
    settings: { input: {}, schemaRegistry: { unknownIdRetryMs: 0 } } as never,
    registry: { byId: () => Promise.resolve(plan.stream.readers.get(TOPIC)!) },
    schemaId: 0,
    now: Date.now,
  });
  const all = stages.map(await stages.decode(batchOf(events.map((value) => framed(1, value)))));
  let fields = 0;
  const fieldOf = all.map(({ values, rows }) => numbers(values.length / rows).map(() => fields++));
  const background: Background = {
    tensors: takeRows(all, numbers(BACKGROUND)),
    rows: BACKGROUND,
    fieldOf,
    fields,
    method: 'auto',
    budget: 256,
  };
  const { method, space } = await model.explainer!.prepare(background);
  expect(method).toBe(METHODS.find(([of]) => of.test(name))?.[1] ?? 'sampled');

  const some = takeRows(all, numbers(ROWS, BACKGROUND));
  const { base, values, columns, errors } = await model.explainer!.explain(some, ROWS);
  expect(columns).toBe(fields);
  expect(errors === undefined).toBe(method !== 'sampled');
  const { score } = await model.score(some, ROWS);
  for (const [row, expected] of score.entries()) {
    const own = values.subarray(row * columns, (row + 1) * columns);
    const raw = own.reduce((sum, value) => sum + value, base);
    // The other raw numbers of a softmax are not known here.
    if (name === 'keras-softmax') expect(Number.isFinite(raw)).toBe(true);
    else expect(space === 'score' ? raw : 1 / (1 + Math.exp(-raw))).toBeCloseTo(expected, 5);
    const alone = await model.explainer!.explain(takeRows(all, [BACKGROUND + row]), 1);
    expect(alone.values).toEqual(own);
  }
  await model.release();
});
