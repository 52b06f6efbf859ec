import type { ErrorCode, Problem } from '../errors.ts';

/** The gates that a version has to pass before it may decide, in this order. */
export const GATES = [
  'bundle',
  'files',
  'load',
  'memory',
  'warmup',
  'signature',
  'contract',
  'golden',
  'score-schema',
] as const;

export type Gate = (typeof GATES)[number];

const BY_CODE: Partial<Record<ErrorCode, Gate>> = {
  MODEL_NOT_FOUND: 'files',
  MODEL_INVALID: 'bundle',
  MODEL_ARCHIVE: 'files',
  MODEL_CACHE: 'files',
  MODEL_CHECKSUM: 'files',
  MODEL_MEMORY: 'memory',
  MODEL_WARMUP: 'warmup',
  MODEL_BATCH_DEPENDENT: 'warmup',
  MODEL_INPUT: 'signature',
  MODEL_OUTPUT: 'signature',
  MODEL_GOLDEN: 'golden',
  SCHEMA_INCOMPATIBLE: 'score-schema',
  SCORE_SCHEMA_DIFFERS: 'score-schema',
};

/** The gate at which a problem stops a version. */
export function gateOf({ code }: Pick<Problem, 'code'>): Gate {
  const known = BY_CODE[code];
  if (known !== undefined) return known;
  if (code.startsWith('MODEL_')) return 'load';
  return 'contract';
}

/** The first gate at which any of the problems stops it. */
export function firstGate(problems: readonly Problem[]): Gate {
  const gates = problems.map((problem) => GATES.indexOf(gateOf(problem)));
  return GATES[Math.min(...gates)]!;
}
