import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { createTreeExplainer } from '../../../../src/explain/trees/create-tree-explainer.ts';
import type { Reference } from '../../../../src/explain/trees/tree-explainer.ts';
import { readTreeModel } from '../../../../src/onnx/trees/tree-model.ts';

type Rows = readonly (readonly (number | null)[])[];

interface Answer {
  readonly phi: readonly (readonly number[])[];
  readonly base: number;
}

interface Golden {
  readonly name: string;
  readonly model: string;
  readonly output: string;
  readonly column: number;
  readonly rows: Rows;
  readonly covers: Answer;
  readonly background?: Answer & { readonly rows: Rows };
}

const goldens = JSON.parse(
  gunzipSync(readFileSync('test/data/tree-shap-goldens.json.gz')).toString(),
) as readonly Golden[];

const flat = (rows: Rows): Float32Array =>
  Float32Array.from(rows.flatMap((row) => row.map((value) => value ?? NaN)));

async function expectAgreement(
  { model, output, column, rows }: Golden,
  reference: Reference,
  { phi, base }: Answer,
): Promise<void> {
  const width = rows[0]!.length;
  const explainer = await createTreeExplainer({
    model: readTreeModel(Buffer.from(model, 'base64'), output),
    column,
    width,
    reference,
  });
  const found = explainer.explain(flat(rows), rows.length);
  const expected = phi.flat();
  const off = expected.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - found[i]!)),
    Math.abs(base - explainer.base),
  );
  expect(off).toBeLessThan(1e-5);
  expect(found).toHaveLength(expected.length);
}

describe.each(goldens)('contributions that shap computes for $name', (golden) => {
  it('are ours by covers', async () => {
    await expectAgreement(golden, { kind: 'covers' }, golden.covers);
  });

  // shap refuses categories there; the tests by brute force have them
  const { background } = golden;
  if (background === undefined) return;
  it('are ours against a background', async () => {
    const { rows } = background;
    const reference = { kind: 'background', matrix: flat(rows), rows: rows.length } as const;
    await expectAgreement(golden, reference, background);
  });
});
