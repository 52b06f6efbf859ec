import { BAD_GATES } from '../../../../chaos/rollout/bad-versions.ts';
import { planSteps } from '../../../../chaos/rollout/plan.ts';

const kinds = (seed: number, swaps = 20): string[] =>
  planSteps(seed, swaps).map(({ kind }) => kind);

const SWAPS = [
  'swap',
  'kill -9 in a swap',
  'SIGTERM in a swap',
  'join in a swap',
  'half-copied',
  'moved twice',
];

describe('the plan of a life of models', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planSteps(5, 20)).toEqual(planSteps(5, 20));
    expect(planSteps(5, 20)).not.toEqual(planSteps(6, 20));
  });

  it.each([1, 2, 3, 4])('has all that may happen, with seed %i', (seed) => {
    const all = kinds(seed);
    expect(all.filter((kind) => SWAPS.includes(kind))).toHaveLength(20);
    expect(all.slice(0, 2)).toEqual(['swap', 'challenger']);
    expect(all.indexOf('leave')).toBeGreaterThan(all.indexOf('join in a swap'));
    for (const kind of ['back, warm', 'back, cold', 'canary', 'canary that stops', 'policy'])
      expect(all).toContain(kind);
    const gates = planSteps(seed, 20).flatMap((step) => (step.kind === 'refused' ? step.gate : []));
    expect(gates.toSorted()).toEqual([...BAD_GATES].sort());
  });
});
