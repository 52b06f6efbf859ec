import { readFile } from 'node:fs/promises';
import { alternativesOf } from '../../../src/monitor/alternatives.ts';
import { EDetector } from '../../../src/monitor/e-detector.ts';
import { psiOf } from '../../../src/monitor/psi.ts';
import type { Slots } from '../../../src/monitor/reference.ts';

interface Golden {
  readonly numeric: boolean;
  readonly reference: readonly number[];
  readonly effect: number;
  readonly blocks: readonly (readonly number[])[];
  readonly psi: number;
  readonly evidence: readonly number[];
}

const goldens = JSON.parse(await readFile('test/data/drift-goldens.json', 'utf8')) as Golden[];

describe('figures of drift are those of scripts/goldens/drift_figures.py', () => {
  it.each(goldens.map((golden, i) => [i, golden] as const))('case %d', (_i, golden) => {
    const { numeric, reference, effect, blocks } = golden;
    const slots: Slots = {
      kind: numeric ? 'numeric' : 'categorical',
      names: reference.map(String),
      counts: reference,
      ordered: numeric ? reference.slice(1).map((_, i) => i + 1) : [],
    };
    const alternatives = alternativesOf(slots, { effect });
    expect(alternatives.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    const detector = new EDetector(alternatives, reference.length);
    const evidence = blocks.map((counts) => {
      detector.add(counts, alternatives);
      return detector.evidence;
    });
    evidence.forEach((one, block) => {
      expect(one / golden.evidence[block]!).toBeCloseTo(1, 6);
    });
    const total = reference.map((_, slot) => blocks.reduce((sum, block) => sum + block[slot]!, 0));
    expect(psiOf(reference, total) / golden.psi).toBeCloseTo(1, 9);
  });
});
