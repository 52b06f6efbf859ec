import { sampledWay } from '../../../src/explain/sampled.ts';
import { NotThisWay, type Explainable } from '../../../src/explain/explainable.ts';
import type { Background } from '../../../src/flow/attributions.ts';
import type { InputTensor } from '../../../src/flow/tensors.ts';
import { random } from '../../../src/runtime/random.ts';

const FIELDS = 4;
const next = random(7);
const numbers = (rows: number): Float32Array => Float32Array.from({ length: rows * 3 }, next);
const matrix = (values: Float32Array): InputTensor => ({
  name: 'x',
  type: 'float32',
  rows: values.length / 3,
  columns: 3,
  flat: false,
  values,
});
const texts = (values: string[]): InputTensor => ({
  name: 'country',
  type: 'string',
  rows: values.length,
  columns: 1,
  flat: true,
  values,
});

/** Fields meet each other in it. */
const f = (a: number, b: number, c: number, country: string): number =>
  a * b + Math.sin(4 * c) + (country === 'DE' ? a : c * c);

const score = ([x, countries]: readonly InputTensor[], rows: number) => {
  const values = x!.values as Float32Array;
  return Promise.resolve({
    score: Float64Array.from({ length: rows }, (_, row) =>
      f(
        values[3 * row]!,
        values[3 * row + 1]!,
        values[3 * row + 2]!,
        (countries!.values as string[])[row]!,
      ),
    ),
  });
};
const model = { score } as unknown as Explainable;

const BACKGROUND_ROWS = 8;
const background = [
  matrix(numbers(BACKGROUND_ROWS)),
  texts(['DE', 'FR', 'DE', 'IT', 'FR', 'FR', 'DE', 'IT']),
];
const wanted = (budget: number): Background => ({
  tensors: background,
  rows: BACKGROUND_ROWS,
  fieldOf: [[0, 1, 2], [3]],
  fields: FIELDS,
  method: 'sampled',
  budget,
});
const events = [matrix(numbers(3)), texts(['DE', 'FR', 'XX'])];

/** Shapley values by their definition: over all sets of fields. */
async function byDefinition(row: number): Promise<readonly number[]> {
  const value = async (set: number): Promise<number> => {
    let sum = 0;
    for (let other = 0; other < BACKGROUND_ROWS; other++) {
      const pick = (field: number): number =>
        set & (1 << field)
          ? (events[0]!.values as Float32Array)[3 * row + field]!
          : (background[0]!.values as Float32Array)[3 * other + field]!;
      const country = (set & 8 ? events : background)[1]!.values as string[];
      sum += f(pick(0), pick(1), pick(2), country[set & 8 ? row : other]!);
    }
    return sum / BACKGROUND_ROWS;
  };
  const factorial = [1, 1, 2, 6, 24];
  const values: number[] = [];
  for (let field = 0; field < FIELDS; field++) {
    let sum = 0;
    for (let set = 0; set < 2 ** FIELDS; set++) {
      if (set & (1 << field)) continue;
      const size = [0, 1, 2, 3].filter((i) => set & (1 << i)).length;
      const weight = (factorial[size]! * factorial[FIELDS - size - 1]!) / factorial[FIELDS]!;
      sum += weight * ((await value(set | (1 << field))) - (await value(set)));
    }
    values.push(sum);
  }
  return values;
}

it('is near the Shapley values, by its own standard errors', async () => {
  const way = await sampledWay(model, wanted(20_000));
  const { values, errors } = await way.explain(events, 3);
  for (let row = 0; row < 3; row++) {
    for (const [field, expected] of (await byDefinition(row)).entries()) {
      const at = row * FIELDS + field;
      expect(errors![at]).toBeLessThan(0.02);
      expect(Math.abs(values[at]! - expected)).toBeLessThan(5 * errors![at]! + 1e-9);
    }
  }
});

it.each([14, 30, 100, 2048])(
  'adds up to the score, and is the same beside other rows, with a budget of %d rows',
  async (budget) => {
    const way = await sampledWay(model, wanted(budget));
    const { base, values } = await way.explain(events, 3);
    const { score: scores } = await score(events, 3);
    for (let row = 0; row < 3; row++) {
      const own = values.subarray(row * FIELDS, (row + 1) * FIELDS);
      expect(own.reduce((sum, value) => sum + value, base)).toBeCloseTo(scores[row]!, 12);
      const alone = [
        matrix((events[0]!.values as Float32Array).slice(3 * row, 3 * row + 3)),
        texts([(events[1]!.values as string[])[row]!]),
      ];
      expect((await way.explain(alone, 1)).values).toEqual(own);
    }
  },
);

it('scores no more rows for one event than the budget allows', async () => {
  let most = 0;
  const counted = {
    score: (tensors: readonly InputTensor[], rows: number) => {
      most = Math.max(most, rows);
      return score(tensors, rows);
    },
  } as unknown as Explainable;
  const way = await sampledWay(counted, wanted(100));
  await way.explain(events, 3);
  expect(most).toBeLessThanOrEqual(100);
  expect(most).toBeGreaterThan(90);
});

it('refuses a budget without a standard error', async () => {
  await expect(sampledWay(model, wanted(12))).rejects.toThrow(NotThisWay);
});
