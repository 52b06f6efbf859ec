import { join } from 'node:path';
import { blueprintOf, CONFORMANCE, conformanceModels, expectedOf, paymentBytes, scorerOf } from './scored.ts';

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
    const blueprint = await blueprintOf(join(CONFORMANCE, name));
    const { score, scores, exact } = expectedOf(name);
    const scorer = scorerOf(blueprint);
    const found = await scorer(events);
    expect(found.fates.alive).toBe(events.length);
    expect(worst(found.score, score)).toBeLessThanOrEqual(exact ? 0 : TOLERANCE);

    expect(found.classes).toEqual(scores && Object.keys(scores[0]!));
    if (scores !== null) {
      const byRow = scores.flatMap((row) => found.classes!.map((label) => row[label]!));
      expect(worst(found.perClass!, byRow)).toBeLessThanOrEqual(exact ? 0 : TOLERANCE);
    }

    const alone: number[] = [];
    for (const event of events.slice(0, 40)) alone.push((await scorer([event])).score[0]!);
    expect(worst(alone, score.slice(0, 40))).toBeLessThanOrEqual(exact ? 0 : TOLERANCE);
    await blueprint.model.release();
  });
});
