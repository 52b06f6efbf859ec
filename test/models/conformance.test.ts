import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planOf, CONFORMANCE, conformanceModels, expectedOf, paymentBytes, scorerOf } from './scored.ts';

const models = await conformanceModels();
const events = paymentBytes();

/** What float32 arithmetic in another order may differ by. */
const TOLERANCE = 1e-6;

function worst(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found).toHaveLength(expected.length);
  return expected.reduce((most, score, i) => Math.max(most, Math.abs(score - found[i]!)), 0);
}

describe('a model as its exporter writes it', () => {
  it('is there in all the usual forms', () => {
    expect(models.length).toBeGreaterThanOrEqual(40);
  });

  it.each(models)('%s scores as it does in Python, whatever the batch around an event', async (name) => {
    const plan = await planOf(join(CONFORMANCE, name));
    const { score, scores, exact } = expectedOf(name);
    const scorer = scorerOf(plan);
    const found = await scorer(events);
    expect(found.fates.alive).toBe(events.length);
    expect(worst(found.score, score)).toBeLessThanOrEqual(exact ? 0 : TOLERANCE);

    expect(found.classes).toEqual(scores && Object.keys(scores[0]!));
    if (scores !== null) {
      const byRow = scores.flatMap((row) => found.classes!.map((label) => row[label]!));
      expect(worst(found.perClass!, byRow)).toBeLessThanOrEqual(exact ? 0 : TOLERANCE);
    }

    // Bit for bit, but for networks: the last bits of their exponentials are the processor's
    // business.
    const same = exact || name.startsWith('sklearn') ? 0 : TOLERANCE;
    for (const size of [1, 2, 7, 64, 333]) {
      const count = Math.min(events.length, 40 * size);
      const parts: number[] = [];
      for (let i = 0; i < count; i += size)
        parts.push(...(await scorer(events.slice(i, Math.min(i + size, count)))).score);
      expect(worst(parts, [...found.score.subarray(0, count)])).toBeLessThanOrEqual(same);
    }
    await plan.versions[0].model.release();
  });

  /** Why the others' trees stay with ONNX Runtime. */
  const NOT_COMPILED: Readonly<Record<string, string>> = {
    'sklearn-calibrated': 'the model has several tree ensembles',
    'sklearn-isolation-forest': 'the model has several tree ensembles',
    'sklearn-stacking': 'the score does not depend on them alone',
  };

  it.each(models.filter((name) => /^(catboost|lightgbm|xgboost)|forest|tree|boosting|histogram|calibrated|stacking/.test(name)))('%s has the same scores with its trees compiled and without', async (name) => {
    const [compiled, plain] = await Promise.all([true, false].map((compileTrees) => planOf(join(CONFORMANCE, name), undefined, compileTrees)));
    const why = NOT_COMPILED[name];
    const note = why === undefined ? /^its trees are compiled \(\d+\); 1\d{3} scores/ : `ONNX Runtime runs its trees: ${why}`;
    expect(compiled!.versions[0].model.notes).toContainEqual(expect.stringMatching(note));
    expect(plain!.versions[0].model.notes).toContain('ONNX Runtime runs its trees: inference.compileTrees is false');
    const [found, expected] = [await scorerOf(compiled!)(events), await scorerOf(plain!)(events)];
    expect(found.score).toEqual(expected.score);
    expect(found.perClass).toEqual(expected.perClass);
    await Promise.all([compiled!.versions[0].model.release(), plain!.versions[0].model.release()]);
  });

  it.each(['torch-dynamic-beside', 'onnx-zipmap-beside'])('%s has its weights from the file beside it', async (name) => {
    const folder = await mkdtemp(join(tmpdir(), 'stream-scorer-beside-'));
    await cp(join(CONFORMANCE, name), folder, { recursive: true });
    const [weights, yaml] = ['model.onnx.data', 'model.yaml'].map((file) => join(folder, '1', file)) as [string, string];
    await writeFile(weights, Buffer.alloc((await stat(weights)).size));
    await expect(planOf(folder)).rejects.toThrow(/MODEL_CHECKSUM.*model\.onnx\.data/s);
    await writeFile(yaml, (await readFile(yaml, 'utf8')).replace(/"files": \{[^}]*\},?/, ''));
    const plan = await planOf(folder);
    expect(plan.versions[0].model.warnings.join()).toContain('weights in model.onnx.data');
    const { score } = await scorerOf(plan)(events);
    expect(new Set(score).size).toBeLessThan(3);
    await plan.versions[0].model.release();
    await rm(weights);
    await expect(planOf(folder)).rejects.toThrow(/MODEL_NOT_FOUND.*model\.onnx\.data/s);
    await rm(folder, { recursive: true });
  });

  // A ZipMap has its labels as numbers or texts; the tensor behind it has columns, and may be named
  // as either.
  it.each([
    ['onnx-zipmap-beside', '{ class: mid }', 'mid'],
    ['onnx-zipmap-beside', '{ class: high, tensor: output_probability }', 'high'],
    ['lightgbm-multi', '{ class: 1 }', '1'],
    ['lightgbm-multi', '{ class: "2" }', '2'],
  ])('%s has the score of a class behind its ZipMap by its class: %s', async (name, score, label) => {
    const folder = await mkdtemp(join(tmpdir(), 'stream-scorer-class-'));
    await cp(join(CONFORMANCE, name), folder, { recursive: true });
    const yaml = join(folder, '1', 'model.yaml');
    await writeFile(yaml, (await readFile(yaml, 'utf8')).replace(/\}\s*$/, `, "outputs": { "score": ${score} } }`));
    const plan = await planOf(folder);
    expect(plan.versions[0].model.scoreFrom).toMatch(new RegExp(`= "?${label}"?$`));
    const found = await scorerOf(plan)(events);
    const { scores, exact } = expectedOf(name);
    const expected = scores!.map((row) => row[label]!);
    expect(worst(found.score, expected)).toBeLessThanOrEqual(exact ? 0 : TOLERANCE);
    expect(new Set(expected).size).toBeGreaterThan(2);
    await plan.versions[0].model.release();
    await writeFile(yaml, (await readFile(yaml, 'utf8')).replace(score, '{ class: nobody }'));
    await expect(planOf(folder)).rejects.toThrow(/MODEL_OUTPUT.*nobody/s);
    await rm(folder, { recursive: true });
  });
});
